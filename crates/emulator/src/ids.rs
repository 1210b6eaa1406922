//! Identifiers: unique, of the lengths and alphabets that the facts give (section 1.7).

use crate::hex;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// That many random letters and digits. Twelve of them hold 71 bits.
pub(crate) fn alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        text.push(char::from(ALPHANUMERIC[fastrand::usize(..ALPHANUMERIC.len())]));
    }
    text
}

/// The id of a resource: 12 letters and digits, as most samples show.
pub(crate) fn resource() -> String {
    alphanumeric(12)
}

/// A random UUID of version 4, as request ids and participant ids are written.
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
    fn uuids_are_of_version_4() {
        for _ in 0..200 {
            let id = uuid();
            assert_eq!(id.len(), 36);
            assert_eq!(&id[14..15], "4");
            assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
        }
    }
}
