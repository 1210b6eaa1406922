//! The check for PEMs with a public key on the curve P-384.

use crate::blob::decode;

/// DER of a SubjectPublicKeyInfo (RFC 5480) up to the point: sequence, id-ecPublicKey, secp384r1, bit string, and the
/// mark of an uncompressed point.
pub const P384_PREFIX: [u8; 24] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00, 0x04,
];

/// Two coordinates of 384 bits.
const POINT_BYTES: usize = 96;

/// Returns whether a text is a PEM with a public key on the curve P-384. It checks the form, but not that the point is
/// on the curve.
pub(crate) fn is_p384_public_key(text: &str) -> bool {
    let body = text
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"));
    let der = body.and_then(|body| decode(&body.split_ascii_whitespace().collect::<String>()));
    der.is_some_and(|der| der.len() == P384_PREFIX.len() + POINT_BYTES && der.starts_with(&P384_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::is_p384_public_key;
    use crate::bundled;

    #[test]
    fn the_bundled_keys_are_on_the_curve_and_the_wrong_ones_are_not() {
        let keys = bundled::keys();
        assert!(keys.p384.iter().all(|pem| is_p384_public_key(pem)));
        assert!(keys.wrong.iter().all(|(_, pem)| !is_p384_public_key(pem)));
        assert!(!is_p384_public_key(""));
    }
}
