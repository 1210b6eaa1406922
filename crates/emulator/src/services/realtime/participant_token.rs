//! Participant tokens: signed JWTs for one participant of one stage (fact `participant-tokens`).

use serde_json::Value;

use super::claims::Claims;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::input::Input;
use crate::service_error::ServiceError;
use crate::services::attributes::check_attributes_size;
use crate::state::{JoiningParticipant, Region};
use crate::token::TokenKeys;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("CreateParticipantToken", create)];

/// The default lifetime of a token, in minutes.
const DEFAULT_MINUTES: i64 = 720;

/// The capabilities of a token, each with its claim.
const CAPABILITIES: [(&str, &str); 2] = [("PUBLISH", "allow_publish"), ("SUBSCRIBE", "allow_subscribe")];

/// The longest lifetime of a token that a customer signs, in seconds: 14 days (fact `D7`).
const SELF_SIGNED_SECONDS: i64 = 14 * 24 * 3600;

/// A participant token before it is signed.
pub(super) struct TokenDraft {
    shown: Document,
    claims: Document,
}

impl TokenDraft {
    /// Prepares a token for a participant with a new ID.
    pub(super) fn new(wanted: &Input, stage: &Document, now: Timestamp) -> Self {
        let stage_arn = stage.get("arn").and_then(Value::as_str).unwrap_or_default();
        let participant = ids::alphanumeric(12);
        let minutes = wanted.integer("duration").unwrap_or(DEFAULT_MINUTES);
        let expires = now.plus_seconds(minutes * 60);
        let endpoint = |name: &str| stage.get("endpoints").and_then(|all| all.get(name)).cloned();

        let mut shown = Document::new();
        for member in ["userId", "attributes", "duration", "capabilities"] {
            if let Some(value) = wanted.get(member) {
                shown.set(member, value.clone());
            }
        }
        shown.default("userId", "");
        shown.default("attributes", Document::new());
        shown.set("participantId", participant.as_str());
        shown.set("expirationTime", expires.iso());

        // Without capabilities, publishing and subscribing are both allowed.
        let may = |capability: &str| {
            let capabilities = wanted.list("capabilities");
            capabilities.is_empty() || capabilities.iter().any(|one| one == capability)
        };
        let mut claims = Document::new();
        claims.set("exp", expires.epoch_seconds());
        claims.set("iat", now.epoch_seconds());
        claims.set("jti", participant);
        claims.set("resource", stage_arn);
        claims.set("topic", stage_arn.rsplit('/').next().unwrap_or_default());
        claims.set("events_url", endpoint("events").unwrap_or_default());
        claims.set("whip_url", endpoint("whip").unwrap_or_default());
        claims.set("user_id", wanted.text("userId").unwrap_or_default());
        // Only what was given and what is granted (fact `D8`).
        if let Some(attributes) = wanted.object("attributes").filter(|attributes| !attributes.is_empty()) {
            claims.set("attributes", attributes.clone());
        }
        let granted = CAPABILITIES.into_iter().filter(|(capability, _)| may(capability));
        let granted: Document = granted.map(|(_, claim)| (claim.to_owned(), Value::Bool(true))).collect();
        claims.set("capabilities", granted);
        claims.set("version", "0.0");
        Self { shown, claims }
    }

    /// Signs the token and returns it as the operations show it. Signing takes long, so the region must be unlocked.
    pub(super) fn sign(self) -> Document {
        let mut shown = self.shown;
        shown.set("token", TokenKeys::get().participant(&self.claims));
        shown
    }
}

/// Returns the participant that a token admits to a stage now.
///
/// # Errors
/// ValidationException for any other text, for a token that was used up by DisconnectParticipant (fact `D3`), and for one
/// that a customer signed without the claims that it must have (fact `D7`).
pub(super) fn admit(
    token: &str,
    region: &Region,
    stage: &str,
    now: Timestamp,
) -> Result<JoiningParticipant, ServiceError> {
    let token = Claims::read("/token", token, region)?;
    token.is("resource", stage)?;
    let expires = token.check_not_expired(now)?;
    if token.is_self_signed {
        token.check_form(SELF_SIGNED_SECONDS)?;
        let whip = region.get(ResourceType::Stage, stage)?.document.get("endpoints");
        let whip = whip.and_then(|endpoints| endpoints.get("whip")).and_then(Value::as_str).unwrap_or_default();
        token.is("whip_url", whip)?;
        token.is("topic", stage.rsplit('/').next().unwrap_or_default())?;
    }
    let id = token.id()?;
    if region.stages.is_used_up(stage, id) {
        return Err(ServiceError::invalid("/token", "is used up: its participant was disconnected"));
    }
    let capabilities = token.claims.get("capabilities").and_then(Value::as_object);
    let may = |name: &str| capabilities.is_some_and(|all| all.get(name) == Some(&Value::Bool(true)));
    let mut members = Document::new();
    for (member, claim) in [("userId", "user_id"), ("attributes", "attributes")] {
        if let Some(value) = token.claims.get(claim) {
            members.set(member, value.clone());
        }
    }
    Ok(JoiningParticipant {
        id: id.to_owned(),
        may_publish: may("allow_publish"),
        may_subscribe: may("allow_subscribe"),
        expires: Some(expires),
        connection: None,
        members,
    })
}

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    check_attributes_size(call.input.object("attributes"), "/attributes")?;
    let stage = region.get(ResourceType::Stage, call.input.required("stageArn"))?;
    let draft = TokenDraft::new(&call.input, &stage.document, call.now);
    Ok(HandlerOutput::Deferred(Box::new(move || {
        let mut output = Document::new();
        output.set("participantToken", draft.sign());
        output
    })))
}
