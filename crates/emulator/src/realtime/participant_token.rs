//! Participant tokens: signed JWTs for one participant of one stage (facts section 3.10).

use serde_json::{Value, json};

use super::connection_token;
use crate::call::{Answer, Call, Fill, Handler, Input, Reply};
use crate::choices::MAX_ATTRIBUTE_BYTES;
use crate::clock::Timestamp;
use crate::failure::Failure;
use crate::state::{Document, Kind, Region};
use crate::token::TokenKeys;
use crate::{ids, public_key};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("CreateParticipantToken", create)];

/// Life of a token where none is asked for, in minutes.
const DEFAULT_MINUTES: i64 = 720;

/// A token before it is signed.
pub(super) struct Draft {
    shown: Document,
    claims: Document,
}

impl Draft {
    /// A token as asked for, for a participant with a fresh id.
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

        // Publishing and subscribing are both allowed unless one is picked.
        let may = |capability: &str| {
            let picked = wanted.list("capabilities");
            picked.is_empty() || picked.iter().any(|one| one == capability)
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

    /// The token as the operations show it. Signing takes long: do it with the region unlocked.
    pub(super) fn sign(self) -> Document {
        let mut shown = self.shown;
        shown.set("token", TokenKeys::get().participant(&self.claims));
        shown
    }
}

/// What a participant token says of who holds it.
pub(super) struct Claims {
    pub(super) id: String,
    pub(super) may_publish: bool,
    pub(super) may_subscribe: bool,
    /// `userId` and `attributes`, where the token has them.
    pub(super) members: Document,
    pub(super) expires: Timestamp,
    stage: String,
}

impl Claims {
    /// The claims of a token that admits its holder to a stage now.
    ///
    /// # Errors
    /// ValidationException for any other text, and for a token that was revoked.
    pub(super) fn admitted(token: &str, region: &Region, stage: &str, now: Timestamp) -> Result<Self, Failure> {
        let claims = Self::read(token, region)?;
        claims.check(stage, now)?;
        connection_token::check(region, &claims.id)?;
        Ok(claims)
    }

    /// The claims of a token: one of ours, or one signed for a public key of this region, which its `kid` names.
    ///
    /// # Errors
    /// ValidationException for any other text.
    fn read(token: &str, region: &Region) -> Result<Self, Failure> {
        let key = |arn: &str| {
            let key = region.store(Kind::PublicKey).get(arn)?;
            public_key::point(key.text("publicKeyMaterial"))
        };
        let claims = TokenKeys::get().participant_claims(token, key);
        let claims = claims.ok_or_else(|| Failure::invalid("/token", "is no participant token"))?;
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
        Ok(Self {
            id: text("jti"),
            may_publish: may("allow_publish"),
            may_subscribe: may("allow_subscribe"),
            members,
            expires: Timestamp(claims.get("exp").and_then(Value::as_i64).unwrap_or_default().saturating_mul(1000)),
            stage: text("resource"),
        })
    }

    /// ValidationException where the token is for another stage, has expired, or names nobody.
    fn check(&self, stage: &str, now: Timestamp) -> Result<(), Failure> {
        if self.stage != stage {
            return Err(Failure::invalid("/token", "is for another stage"));
        }
        if self.expires <= now {
            return Err(Failure::invalid("/token", "has expired"));
        }
        if self.id.is_empty() {
            return Err(Failure::invalid("/token", "has no jti"));
        }
        Ok(())
    }
}

/// Attributes may hold 1 KB together.
pub(super) fn rules(wanted: &Input, pointer: &str) -> Result<(), Failure> {
    attributes_fit(wanted.object("attributes"), pointer)
}

/// ValidationException for attributes of more than 1 KB, keys and values together.
pub(crate) fn attributes_fit(attributes: Option<&Document>, pointer: &str) -> Result<(), Failure> {
    let bytes: usize =
        attributes.into_iter().flatten().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if bytes > MAX_ATTRIBUTE_BYTES {
        return Err(Failure::invalid(pointer, "must not exceed 1 KB together"));
    }
    Ok(())
}

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    rules(&call.input, "/attributes")?;
    let stage = region.get(Kind::Stage, call.input.required("stageArn"))?;
    let draft = Draft::new(&call.input, &stage.document, call.now);
    Ok(Reply::Later(Box::new(move || {
        let mut output = Document::new();
        output.set("participantToken", draft.sign());
        output
    })))
}
