//! Participant and chat tokens: JWTs signed with keys that live as long as the emulator.
//!
//! Participant tokens use ES384, the algorithm that the documentation names for stage tokens. Chat tokens are opaque to
//! clients and use HS256. ring signs both.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::Value;

use crate::document::Document;

/// The keys that sign tokens.
pub(crate) struct TokenKeys {
    participant: EcdsaKeyPair,
    chat: hmac::Key,
}

/// The keys of the process. Generating a key pair is slow.
static KEYS: LazyLock<TokenKeys> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let pair =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).expect("the system gives random bytes");
    let participant = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pair.as_ref(), &random)
        .expect("a fresh key pair is well formed");
    let secret: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
    TokenKeys { participant, chat: hmac::Key::new(hmac::HMAC_SHA256, &secret) }
});

impl TokenKeys {
    /// Returns the keys of this process, generated at the first call.
    pub(crate) fn get() -> &'static Self {
        &KEYS
    }

    /// Signs a participant token with these claims.
    pub(crate) fn participant(&self, claims: &Document) -> String {
        signed("ES384", claims, |text| {
            let signature = self.participant.sign(&SystemRandom::new(), text);
            signature.expect("the system gives random bytes").as_ref().to_vec()
        })
    }

    /// Returns the claims of a correctly signed participant token; `None` for any other text.
    ///
    /// The key is that of this process, or the one that `kid` names, whose point `imported` finds.
    pub(crate) fn participant_claims(
        &self,
        token: &str,
        imported: impl FnOnce(&str) -> Option<Vec<u8>>,
    ) -> Option<Document> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Document>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let header = read(header)?;
        if header.get("alg").and_then(Value::as_str) != Some("ES384") {
            return None;
        }
        let point = match header.get("kid").and_then(Value::as_str) {
            Some(key) => imported(key)?,
            None => self.participant.public_key().as_ref().to_vec(),
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
        key.verify(signed.as_bytes(), &signature).ok()?;
        read(claims)
    }

    /// Signs a chat token with these claims.
    pub(crate) fn chat(&self, claims: &Document) -> String {
        signed("HS256", claims, |text| hmac::sign(&self.chat, text).as_ref().to_vec())
    }
}

/// Writes a JWT (RFC 7519) with these claims.
fn signed(algorithm: &str, claims: &Document, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#);
    let claims = serde_json::to_vec(claims).expect("claims are JSON");
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_participant_token_has_three_parts_and_names_es384() {
        let mut claims = Document::new();
        claims.insert("jti".to_owned(), Value::from("p1"));
        let token = TokenKeys::get().participant(&claims);
        let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let header: Value = serde_json::from_slice(&parts[0]).unwrap();
        assert_eq!(header["alg"], "ES384");
        assert_eq!(serde_json::from_slice::<Value>(&parts[1]).unwrap()["jti"], "p1");
        assert_eq!(parts[2].len(), 96);
    }
}
