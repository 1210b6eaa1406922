//! The claims of tokens that participants present, and the rules for those that customers sign (facts `D2`, `D7`).

use serde_json::Value;

use super::stage::EVENTS_URL;
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::public_key;
use crate::service_error::ServiceError;
use crate::state::Region;
use crate::token::TokenKeys;

/// The version that a token of a customer must have.
const VERSION: &str = "1.0";

/// The claims of a token whose signature is right.
pub(super) struct Claims {
    pub(super) is_self_signed: bool,
    pub(super) claims: Document,
    /// The input member with the token, for errors.
    pointer: &'static str,
}

impl Claims {
    /// Verifies a token of this emulator, or one signed for a public key of the region, which its `kid` names.
    ///
    /// # Errors
    /// ValidationException for any other text.
    pub(super) fn read(pointer: &'static str, token: &str, region: &Region) -> Result<Self, ServiceError> {
        let key = |arn: &str| {
            let key = region.store(ResourceType::PublicKey).get(arn)?;
            public_key::point(key.text("publicKeyMaterial"))
        };
        let verified = TokenKeys::get().verify(token, key);
        let verified = verified.ok_or_else(|| ServiceError::invalid(pointer, "is not a token of a known key"))?;
        Ok(Self { is_self_signed: verified.is_self_signed, claims: verified.claims, pointer })
    }

    /// Returns ValidationException unless a claim has this text.
    pub(super) fn is(&self, claim: &str, wanted: &str) -> Result<(), ServiceError> {
        match self.claims.get(claim).and_then(Value::as_str) == Some(wanted) {
            true => Ok(()),
            false => Err(self.invalid(&format!("must have {wanted:?} as {claim}"))),
        }
    }

    /// Returns the ID of the token: 1 to 64 letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// ValidationException for any other `jti`.
    pub(super) fn id(&self) -> Result<&str, ServiceError> {
        let is_id = |id: &&str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let id = self.claims.get("jti").and_then(Value::as_str).filter(is_id);
        id.ok_or_else(|| self.invalid("must have a jti of 1 to 64 letters, digits, - and _"))
    }

    /// Returns the time at which the token expires.
    ///
    /// # Errors
    /// ValidationException if it has expired.
    pub(super) fn check_not_expired(&self, now: Timestamp) -> Result<Timestamp, ServiceError> {
        let expires = Timestamp(self.seconds("exp").unwrap_or_default().saturating_mul(1000));
        match expires > now {
            true => Ok(expires),
            false => Err(self.invalid("has expired")),
        }
    }

    /// Checks what every token of a customer must have, and that it lives no longer than this.
    pub(super) fn check_form(&self, longest_seconds: i64) -> Result<(), ServiceError> {
        self.is("version", VERSION)?;
        self.is("events_url", EVENTS_URL)?;
        let Some((issued, expires)) = self.seconds("iat").zip(self.seconds("exp")) else {
            return Err(self.invalid("must have iat and exp"));
        };
        match expires.saturating_sub(issued) <= longest_seconds {
            true => Ok(()),
            false => Err(self.invalid(&format!("must expire at most {longest_seconds} seconds after iat"))),
        }
    }

    fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim).and_then(Value::as_i64)
    }

    fn invalid(&self, rule: &str) -> ServiceError {
        ServiceError::invalid(self.pointer, rule)
    }
}
