//! Participant tokens: signed JWTs for one participant of one stage (fact `participant-tokens`).

use serde_json::{Value, json};

use super::connection_token;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::input::Input;
use crate::public_key;
use crate::service_error::ServiceError;
use crate::services::attributes::check_attributes_size;
use crate::state::{JoiningParticipant, Region};
use crate::token::TokenKeys;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("CreateParticipantToken", create)];

/// The default lifetime of a token, in minutes.
const DEFAULT_MINUTES: i64 = 720;

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
        claims.set("attributes", shown.get("attributes").cloned().unwrap_or_default());
        claims.set(
            "capabilities",
            json!({
                "allow_publish": may("PUBLISH"),
                "allow_subscribe": may("SUBSCRIBE"),
            }),
        );
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

/// The claims of a participant token.
struct TokenClaims {
    participant: JoiningParticipant,
    expires: Timestamp,
    stage: String,
}

/// Returns the participant that a token admits to a stage now.
///
/// # Errors
/// ValidationException for any other text, and for a revoked token.
pub(super) fn admit(
    token: &str,
    region: &Region,
    stage: &str,
    now: Timestamp,
) -> Result<JoiningParticipant, ServiceError> {
    let claims = TokenClaims::read(token, region)?;
    claims.check(stage, now)?;
    connection_token::check_not_revoked(region, &claims.participant.id)?;
    Ok(claims.participant)
}

impl TokenClaims {
    /// Parses the claims of a token: one of this emulator, or one signed for a public key of the region, which its
    /// `kid` names.
    ///
    /// # Errors
    /// ValidationException for any other text.
    fn read(token: &str, region: &Region) -> Result<Self, ServiceError> {
        let key = |arn: &str| {
            let key = region.store(ResourceType::PublicKey).get(arn)?;
            public_key::point(key.text("publicKeyMaterial"))
        };
        let claims = TokenKeys::get().participant_claims(token, key);
        let claims = claims.ok_or_else(|| ServiceError::invalid("/token", "is not a participant token"))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let may = |name: &str| {
            let capabilities = claims.get("capabilities").and_then(Value::as_object);
            capabilities.and_then(|all| all.get(name)).and_then(Value::as_bool).unwrap_or(false)
        };
        let mut members = Document::new();
        for (member, claim) in [("userId", "user_id"), ("attributes", "attributes")] {
            if let Some(value) = claims.get(claim) {
                members.set(member, value.clone());
            }
        }
        let expires = Timestamp(claims.get("exp").and_then(Value::as_i64).unwrap_or_default().saturating_mul(1000));
        let participant = JoiningParticipant {
            id: text("jti"),
            may_publish: may("allow_publish"),
            may_subscribe: may("allow_subscribe"),
            expires: Some(expires),
            members,
        };
        Ok(Self { participant, expires, stage: text("resource") })
    }

    /// Returns ValidationException if the token is for another stage, has expired, or lacks a participant.
    fn check(&self, stage: &str, now: Timestamp) -> Result<(), ServiceError> {
        if self.stage != stage {
            return Err(ServiceError::invalid("/token", "is for another stage"));
        }
        if self.expires <= now {
            return Err(ServiceError::invalid("/token", "has expired"));
        }
        if self.participant.id.is_empty() {
            return Err(ServiceError::invalid("/token", "has no jti"));
        }
        Ok(())
    }
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
