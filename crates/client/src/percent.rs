//! Percent-encoding as restJson1 and SigV4 require it: of everything but RFC 3986's unreserved characters.

use std::fmt::Write as _;

/// Encodes one path segment or one query name or value (`/` and `:` too). The bytes need not be UTF-8.
pub(crate) fn encode(text: impl AsRef<[u8]>) -> String {
    encode_but(text.as_ref(), b"")
}

/// Encodes a greedy label, whose slashes are not encoded.
pub(crate) fn encode_greedy(text: &str) -> String {
    encode_but(text.as_bytes(), b"/")
}

/// Encodes every byte but the unreserved characters and `kept`.
#[must_use]
pub fn encode_but(bytes: &[u8], kept: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 4);
    for &byte in bytes {
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if unreserved || kept.contains(&byte) {
            out.push(byte as char);
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    out
}

/// Decodes percent-escapes. Malformed escapes are unchanged, and `+` is a plus sign (fact `request-encoding`: a space
/// is `%20`).
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = (bytes[index] == b'%')
            .then(|| bytes.get(index + 1..index + 3))
            .flatten()
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match escape {
            Some(byte) => {
                out.push(byte);
                index += 3;
            }
            None => {
                out.push(bytes[index]);
                index += 1;
            }
        }
    }
    out
}

/// Decodes percent-escapes of a text; bytes that are not UTF-8 are replaced.
#[must_use]
pub fn decode_text(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_arn_is_one_segment() {
        assert_eq!(
            encode("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"),
            "arn%3Aaws%3Aivs%3Aus-west-2%3A123456789012%3Achannel%2FabcdABCDefgh"
        );
    }

    #[test]
    fn greedy_labels_keep_slashes() {
        assert_eq!(encode_greedy("a b/c"), "a%20b/c");
    }

    #[test]
    fn malformed_escapes_are_unchanged() {
        assert_eq!(decode("%2G%2"), b"%2G%2");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in ".*") {
            prop_assert_eq!(decode(&encode(&text)), text.as_bytes());
        }
    }
}
