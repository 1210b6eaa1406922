//! Imported public keys: PEM, on the curve P-384 (facts `playback-key-curve`, `participant-public-keys`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ivs_model::P384_PREFIX;
use md5::{Digest, Md5};
use ring::agreement::{ECDH_P384, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;

use crate::service_error::ServiceError;

/// Returns the fingerprint of a key in PEM: the MD5 of its DER SubjectPublicKeyInfo as 16 lower-case hex bytes with
/// colons (observed). It does not depend on the line breaks of the text.
///
/// # Errors
/// ValidationException for the member at that pointer, if it is not a P-384 public key in PEM (knowledge
/// `wrong-key-error`).
pub(crate) fn fingerprint(pem: &str, pointer: &str) -> Result<String, ServiceError> {
    let key = parse(pem).ok_or_else(|| ServiceError::invalid(pointer, "must be a P-384 public key in PEM"))?;
    let digest = Md5::digest(&key);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(pairs.join(":"))
}

/// Returns the uncompressed point of a P-384 key in PEM, for the verification of signatures; `None` for any other text.
pub(crate) fn point(pem: &str) -> Option<Vec<u8>> {
    Some(point_of(&parse(pem)?).to_vec())
}

/// Returns the DER of a key with an uncompressed point on the curve. Lines may have any length.
fn parse(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let base64: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(base64).ok()?;
    (der.starts_with(&P384_PREFIX) && is_on_curve(point_of(&der))).then_some(der)
}

/// Returns the point of a DER with the prefix, whose mark belongs to the point.
fn point_of(der: &[u8]) -> &[u8] {
    &der[P384_PREFIX.len() - 1..]
}

/// Returns whether the bytes are an uncompressed point on the curve. A key agreement checks that first.
fn is_on_curve(point: &[u8]) -> bool {
    let own = EphemeralPrivateKey::generate(&ECDH_P384, &SystemRandom::new());
    own.is_ok_and(|own| agree_ephemeral(own, &UnparsedPublicKey::new(&ECDH_P384, point), |_| ()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled() -> &'static ivs_model::bundled::Keys {
        ivs_model::bundled::keys()
    }

    #[test]
    fn a_fingerprint_is_sixteen_pairs_and_does_not_depend_on_line_breaks() {
        for pem in bundled().p384 {
            let print = fingerprint(pem, "/key").unwrap();
            assert_eq!(print.split(':').filter(|pair| pair.len() == 2).count(), 16, "{print}");
            let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
            let one_line = format!("-----BEGIN PUBLIC KEY-----\r\n{body}\r\n-----END PUBLIC KEY-----\r\n");
            assert_eq!(fingerprint(&one_line, "/key").unwrap(), print);
        }
    }

    #[test]
    fn keys_of_other_curves_and_points_off_the_curve_are_refused() {
        for (_, pem) in bundled().wrong {
            assert!(fingerprint(pem, "/key").is_err());
        }
        let pem = bundled().p384.iter().next().unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let mut der = STANDARD.decode(body).unwrap();
        *der.last_mut().unwrap() ^= 1;
        let off = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(der));
        assert!(fingerprint(&off, "/key").is_err());
        assert!(fingerprint("no key", "/key").is_err());
    }
}
