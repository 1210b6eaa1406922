//! The access keys that an emulator knows, and the signing keys derived from them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::credential::CredentialScope;
use crate::hex;

/// The secret of every access key when no keys are given.
const DEFAULT_SECRET: &str = "test";

/// The text that marks an access key as unknown when no keys are given.
const UNKNOWN: &str = "UNKNOWN";

/// One pair of keys that an emulator accepts.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The access key ID. An ID of 12 digits is also the account ID.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The session token of the pair, if the pair is temporary.
    pub session_token: Option<String>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The known keys, and the signing keys derived so far.
pub(crate) struct KnownKeys {
    keys: Vec<AccessKey>,
    /// By the credential scope, as sent.
    derived: RwLock<HashMap<String, Hmac<Sha256>>>,
}

/// The number of derived keys kept. Each access key, day, region and service needs a new one.
const MAX_DERIVED: usize = 1024;

impl KnownKeys {
    pub(crate) fn new(keys: Vec<AccessKey>) -> Self {
        Self { keys, derived: RwLock::default() }
    }

    fn key(&self, id: &str) -> Option<&AccessKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// Returns whether an access key is known.
    pub(super) fn knows(&self, id: &str) -> bool {
        if self.keys.is_empty() { !id.contains(UNKNOWN) } else { self.key(id).is_some() }
    }

    /// Returns whether a session token belongs to an access key.
    pub(super) fn accepts_token(&self, id: &str, token: &str) -> bool {
        if self.keys.is_empty() {
            token.starts_with(DEFAULT_SECRET)
        } else {
            self.key(id).is_some_and(|key| key.session_token.as_deref() == Some(token))
        }
    }

    /// Returns whether hex digits are the signature of a text, given in pieces, with the key of a scope.
    pub(super) fn verifies(&self, scope: &CredentialScope<'_>, text: &[&str], signature: &str) -> bool {
        let Some(signature) = hex::decode(signature) else {
            return false;
        };
        let mut mac = self.signing_key(scope);
        for piece in text {
            mac.update(piece.as_bytes());
        }
        mac.verify_slice(&signature).is_ok()
    }

    /// Returns the signing key of a scope as a MAC. It is derived once.
    fn signing_key(&self, scope: &CredentialScope<'_>) -> Hmac<Sha256> {
        let derived = self.derived.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(mac) = derived.get(scope.text) {
            return mac.clone();
        }
        drop(derived);
        let secret = self.key(scope.access_key).map_or(DEFAULT_SECRET, |key| key.secret.as_str());
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [scope.date, scope.region, scope.service, scope.terminator] {
            let mut mac = keyed(&key);
            mac.update(part.as_bytes());
            key = mac.finalize().into_bytes().to_vec();
        }
        let mac = keyed(&key);
        let mut derived = self.derived.write().unwrap_or_else(PoisonError::into_inner);
        if derived.len() >= MAX_DERIVED {
            derived.clear();
        }
        derived.insert(scope.text.to_owned(), mac.clone());
        mac
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_secrets() {
        let key = AccessKey { id: "AK".to_owned(), secret: "hush".to_owned(), session_token: Some("hush".to_owned()) };
        assert!(!format!("{key:?}").contains("hush"));
    }

    #[test]
    fn with_given_keys_all_others_are_unknown() {
        let keys = KnownKeys::new(vec![AccessKey { id: "AK".to_owned(), secret: "s".to_owned(), session_token: None }]);
        assert!(keys.knows("AK"));
        assert!(!keys.knows("test"));
        assert!(!keys.accepts_token("AK", "test"));
    }
}
