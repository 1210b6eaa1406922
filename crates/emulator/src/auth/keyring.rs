//! The keys an emulator knows, and the signing keys derived from them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::credential::Scope;
use crate::hex;

/// The secret of every access key when no keys are given.
const DEFAULT_SECRET: &str = "test";

/// Marks an access key that is not known, when no keys are given.
const UNKNOWN: &str = "UNKNOWN";

/// One pair of keys that an emulator takes.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The access key id; of 12 digits, it is the account too.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The session token that belongs to the pair, if it is a temporary one.
    pub session_token: Option<String>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a signing key is derived from: the scope of a credential, as sent.
type Derivation = String;

/// The known keys, with the signing keys derived so far.
pub(crate) struct Keyring {
    keys: Vec<AccessKey>,
    derived: RwLock<HashMap<Derivation, Hmac<Sha256>>>,
}

/// Derived keys that are kept; a caller makes new ones with each access key, day, region and service.
const MAX_DERIVED: usize = 1024;

impl Keyring {
    pub(crate) fn new(keys: Vec<AccessKey>) -> Self {
        Self { keys, derived: RwLock::default() }
    }

    fn key(&self, id: &str) -> Option<&AccessKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// Whether an access key is a known one.
    pub(super) fn knows(&self, id: &str) -> bool {
        if self.keys.is_empty() { !id.contains(UNKNOWN) } else { self.key(id).is_some() }
    }

    /// Whether a session token goes with an access key.
    pub(super) fn takes_token(&self, id: &str, token: &str) -> bool {
        if self.keys.is_empty() {
            token.starts_with(DEFAULT_SECRET)
        } else {
            self.key(id).is_some_and(|key| key.session_token.as_deref() == Some(token))
        }
    }

    /// Whether hex digits are the signature of a text, given in pieces, by the key of a scope.
    pub(super) fn verifies(&self, scope: &Scope<'_>, text: &[&str], signature: &str) -> bool {
        let Some(signature) = hex::decode(signature) else {
            return false;
        };
        let mut mac = self.signing_key(scope);
        for piece in text {
            mac.update(piece.as_bytes());
        }
        mac.verify_slice(&signature).is_ok()
    }

    /// The signing key of a scope, derived once and kept as a MAC that is ready to take text.
    fn signing_key(&self, scope: &Scope<'_>) -> Hmac<Sha256> {
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
    fn secrets_do_not_show() {
        let key = AccessKey { id: "AK".to_owned(), secret: "hush".to_owned(), session_token: Some("hush".to_owned()) };
        assert!(!format!("{key:?}").contains("hush"));
    }

    #[test]
    fn given_keys_shut_out_all_others() {
        let keyring =
            Keyring::new(vec![AccessKey { id: "AK".to_owned(), secret: "s".to_owned(), session_token: None }]);
        assert!(keyring.knows("AK"));
        assert!(!keyring.knows("test"));
        assert!(!keyring.takes_token("AK", "test"));
    }
}
