//! Participant and chat tokens: JWTs signed with keys that live as long as the emulator.
//!
//! Participant tokens of the service name the algorithm `KMS` and have a DER signature (fact `D8`). Customers sign theirs
//! with ES384. Chat tokens are opaque to clients and use HS256. ring signs and verifies them all.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use serde_json::Value;

use crate::document::Document;

/// The keys that sign tokens.
pub(crate) struct TokenKeys {
    participant: EcdsaKeyPair,
    /// The key of participant tokens in PKCS #8.
    exported: Vec<u8>,
    chat: hmac::Key,
}

/// The keys of the process. Generating a key pair is slow.
static KEYS: OnceLock<TokenKeys> = OnceLock::new();

/// A token whose signature is right.
pub(crate) struct VerifiedToken {
    /// True if a customer signed it with an imported key.
    pub(crate) is_self_signed: bool,
    pub(crate) claims: Document,
}

impl TokenKeys {
    /// Returns the keys of this process, generated at the first call.
    pub(crate) fn get() -> &'static Self {
        KEYS.get_or_init(|| {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &SystemRandom::new());
            let key = key.expect("the system gives random bytes");
            Self::with(key.as_ref().to_vec()).expect("a fresh key pair is well formed")
        })
    }

    /// Creates keys with this one for participant tokens, in PKCS #8.
    fn with(exported: Vec<u8>) -> Option<Self> {
        let random = SystemRandom::new();
        let participant = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &exported, &random).ok()?;
        let secret: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
        Some(Self { participant, exported, chat: hmac::Key::new(hmac::HMAC_SHA256, &secret) })
    }

    /// Returns the key of participant tokens as text.
    pub(crate) fn export(&self) -> String {
        STANDARD.encode(&self.exported)
    }

    /// Makes an exported key that of this process, so that its tokens stay valid; `None` if it is not a key.
    ///
    /// A process that has keys already, because another emulator runs in it, keeps them.
    pub(crate) fn restore(text: &str) -> Option<()> {
        let keys = Self::with(STANDARD.decode(text).ok()?)?;
        let _ = KEYS.set(keys);
        Some(())
    }

    /// Signs a participant token with these claims.
    pub(crate) fn participant(&self, claims: &Document) -> String {
        signed("KMS", claims, |text| {
            let signature = self.participant.sign(&SystemRandom::new(), text);
            signature.expect("the system gives random bytes").as_ref().to_vec()
        })
    }

    /// Verifies a token of the service or of a customer; returns `None` for any other text.
    ///
    /// The key is that of this process, or the one that `kid` names, whose point `imported` finds.
    pub(crate) fn verify(&self, token: &str, imported: impl FnOnce(&str) -> Option<Vec<u8>>) -> Option<VerifiedToken> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Document>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let header = read(header)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let (key, is_self_signed) = match (text("alg")?, text("kid")) {
            ("ES384", Some(key)) => (UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, imported(key)?), true),
            ("KMS", None) => {
                let own = self.participant.public_key().as_ref().to_vec();
                (UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, own), false)
            }
            _ => return None,
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        key.verify(signed.as_bytes(), &signature).ok()?;
        Some(VerifiedToken { is_self_signed, claims: read(claims)? })
    }

    /// Signs a chat token with these claims.
    pub(crate) fn chat(&self, claims: &Document) -> String {
        signed("HS256", claims, |text| hmac::sign(&self.chat, text).as_ref().to_vec())
    }
}

/// Writes a JWT (RFC 7519) with these claims.
fn signed(algorithm: &str, claims: &Document, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    let claims = serde_json::to_vec(claims).expect("claims are JSON");
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_participant_token_has_three_parts_and_a_der_signature() {
        let mut claims = Document::new();
        claims.insert("jti".to_owned(), Value::from("p1"));
        let token = TokenKeys::get().participant(&claims);
        let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!(parts[0], br#"{"alg":"KMS","typ":"JWT"}"#);
        assert_eq!(serde_json::from_slice::<Value>(&parts[1]).unwrap()["jti"], "p1");
        // A DER sequence. Its length varies with the leading zeros of the two numbers.
        assert_eq!(parts[2][0], 0x30);
        assert!((99..=104).contains(&parts[2].len()), "{}", parts[2].len());
        let verified = TokenKeys::get().verify(&token, |_| None).unwrap();
        assert!(!verified.is_self_signed);
        assert_eq!(verified.claims, claims);
    }
}
