//! Lower-case hexadecimal encoding and decoding.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Encodes bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len() * 2];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    String::from_utf8(text).expect("hex digits are ASCII")
}

/// Decodes 64 lower-case digits, the form of a signature.
pub(crate) fn decode(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_64_lower_case_hex_digits() {
        assert!(decode(&"0a".repeat(32)).is_some());
        assert!(decode(&"0A".repeat(32)).is_none());
        assert!(decode(&"0a".repeat(31)).is_none());
    }

    #[test]
    fn decoding_reverses_encoding() {
        let bytes: [u8; 32] = std::array::from_fn(|index| index as u8 * 7);
        assert_eq!(decode(&encode(&bytes)), Some(bytes));
    }
}
