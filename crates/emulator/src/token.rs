//! Participant and chat tokens: JWTs signed with keys that live as long as the emulator.
//!
//! Participant tokens use ES384, the algorithm that the documentation names for stage tokens. Chat tokens are opaque to
//! clients and use HS256. `jsonwebtoken` writes them; ring and hmac sign, through an installed provider.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::Value;
use sha2::Sha256;
use signature::{Error, Signer};

use crate::document::Document;

/// The keys that sign tokens.
#[derive(Clone)]
pub(crate) struct TokenKeys {
    participant: EncodingKey,
    /// The public half: an uncompressed point.
    participant_point: Vec<u8>,
    chat: EncodingKey,
}

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// The keys of the process. Generating a key pair is slow.
static KEYS: LazyLock<TokenKeys> = LazyLock::new(|| {
    // Other code in the process may have installed a provider. Any provider that signs ES384 works.
    let _ = PROVIDER.install_default();
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new())
        .expect("the system gives random bytes");
    let random = SystemRandom::new();
    let public = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pair.as_ref(), &random)
        .expect("a fresh key pair is well formed");
    let secret: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
    TokenKeys {
        participant: EncodingKey::from_ec_der(pair.as_ref()),
        participant_point: public.public_key().as_ref().to_vec(),
        chat: EncodingKey::from_secret(&secret),
    }
});

impl TokenKeys {
    /// Returns the keys of this process, generated at the first call.
    pub(crate) fn get() -> &'static Self {
        &KEYS
    }

    /// Signs a participant token with these claims.
    pub(crate) fn participant(&self, claims: &Document) -> String {
        sign(Algorithm::ES384, claims, &self.participant)
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
            None => self.participant_point.clone(),
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
        key.verify(signed.as_bytes(), &signature).ok()?;
        read(claims)
    }

    /// Signs a chat token with these claims.
    pub(crate) fn chat(&self, claims: &Document) -> String {
        sign(Algorithm::HS256, claims, &self.chat)
    }
}

fn sign(algorithm: Algorithm, claims: &Document, key: &EncodingKey) -> String {
    encode(&Header::new(algorithm), &Value::Object(claims.clone()), key)
        .expect("claims are JSON and the key fits the algorithm")
}

struct Es384 {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer<Vec<u8>> for Es384 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let signature = self.pair.sign(&self.random, message);
        Ok(signature.map_err(|_| Error::new())?.as_ref().to_vec())
    }
}

impl JwtSigner for Es384 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES384
    }
}

struct Hs256(Hmac<Sha256>);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    match algorithm {
        Algorithm::ES384 => {
            let random = SystemRandom::new();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, key.as_bytes(), &random)
                .map_err(|_| ErrorKind::InvalidEcdsaKey)?;
            Ok(Box::new(Es384 { pair, random }))
        }
        Algorithm::HS256 => {
            let mac = Hmac::new_from_slice(key.as_bytes()).map_err(|_| ErrorKind::InvalidKeyFormat)?;
            Ok(Box::new(Hs256(mac)))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

/// Refuses every algorithm. [`TokenKeys::participant_claims`] verifies participant tokens; chat tokens are never
/// verified, since messaging is another endpoint.
fn verifier(_: &Algorithm, _: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Err(ErrorKind::InvalidAlgorithm.into())
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
