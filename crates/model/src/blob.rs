//! The length of a blob that stands as base64 text in JSON.

/// The bytes that a base64 text (RFC 4648, padded) holds; `None` if it is no such text.
pub(crate) fn decoded_length(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = &bytes[..bytes.len() - padding];
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    (padding <= 2 && digits.iter().all(is_digit)).then(|| (digits.len() * 3 / 4) as u64)
}

#[cfg(test)]
mod tests {
    use super::decoded_length;

    #[test]
    fn padding_does_not_count() {
        for (text, length) in [
            ("", 0),
            ("AA==", 1),
            ("AAA=", 2),
            ("AAAA", 3),
            ("AAAAAA==", 4),
            ("+/+/", 3),
        ] {
            assert_eq!(decoded_length(text), Some(length), "{text}");
        }
    }

    #[test]
    fn what_is_no_base64_has_no_length() {
        for text in [
            "A", "AA", "AAA", "A===", "====", "AA=A", "AA-_", "AAA\n", "ÄÄ",
        ] {
            assert_eq!(decoded_length(text), None, "{text}");
        }
    }
}
