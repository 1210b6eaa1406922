//! Identifiers with the lengths and alphabets of the real ones (fact `resource-ids`).

use crate::hex;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Returns that many random letters and digits. Twelve of them have 71 bits.
pub(crate) fn alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        text.push(char::from(ALPHANUMERIC[fastrand::usize(..ALPHANUMERIC.len())]));
    }
    text
}

/// Returns the ID of a resource: 12 letters and digits, as in most samples.
pub(crate) fn resource() -> String {
    alphanumeric(12)
}

/// Returns a random UUID of version 4, the form of request IDs.
pub(crate) fn uuid() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let digits = hex::encode(&bits.to_be_bytes());
    let [first, second, third, fourth, fifth] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| &digits[group]);
    [first, "-", second, "-", third, "-", fourth, "-", fifth].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_version_4() {
        for _ in 0..200 {
            let id = uuid();
            assert_eq!(id.len(), 36);
            assert_eq!(&id[14..15], "4");
            assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
        }
    }
}
