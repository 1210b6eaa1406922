//! The canonical form of a request, which its signature is computed over.

use std::borrow::Cow;

use http::request::Parts;

use super::credential::RequestSignature;
use crate::wire::{percent_decode_bytes, query_pairs};

/// Returns the canonical request as bytes; `None` if the signed headers are out of order.
pub(super) fn request(parts: &Parts, signed: &RequestSignature<'_>, payload_hash: &str) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(1024);
    text.extend_from_slice(parts.method.as_str().as_bytes());
    text.push(b'\n');
    // Services other than S3 sign the path as sent, encoded again: `%3A` becomes `%253A`.
    let path = normal_path(parts.uri.path());
    encode_into(&mut text, path.as_bytes(), true);
    text.push(b'\n');
    query_into(&mut text, parts.uri.query().unwrap_or_default(), signed.in_query);
    text.push(b'\n');
    let mut previous = "";
    for name in signed.signed_headers.split(';') {
        if name <= previous || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        previous = name;
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        for (index, value) in parts.headers.get_all(name).iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            trimmed_into(&mut text, value.as_bytes());
        }
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(signed.signed_headers.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(payload_hash.as_bytes());
    Some(text)
}

/// Removes empty and relative segments from a path.
fn normal_path(path: &str) -> Cow<'_, str> {
    if !path.contains("//") && !path.contains("/.") {
        return Cow::Borrowed(path);
    }
    let mut kept = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    Cow::Owned(format!("/{}{end}", kept.join("/")))
}

/// Decodes the query, encodes it again, and sorts it by name and value.
fn query_into(text: &mut Vec<u8>, query: &str, presigned: bool) {
    if query.is_empty() {
        return;
    }
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = query_pairs(query)
        .filter(|(name, _)| !(presigned && *name == "X-Amz-Signature"))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push(b'&');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value);
    }
}

fn encoded(part: &str) -> Vec<u8> {
    let mut text = Vec::with_capacity(part.len());
    encode_into(&mut text, &percent_decode_bytes(part), false);
    text
}

fn encode_into(text: &mut Vec<u8>, bytes: &[u8], keep_slash: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        if plain || (keep_slash && byte == b'/') {
            text.push(byte);
        } else {
            text.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// Trims a header value and replaces several spaces by one.
fn trimmed_into(text: &mut Vec<u8>, value: &[u8]) {
    let mut space = false;
    for &byte in value.trim_ascii() {
        if byte == b' ' && space {
            continue;
        }
        space = byte == b' ';
        text.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_query(query: &str) -> String {
        let mut text = Vec::new();
        query_into(&mut text, query, false);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_query_is_sorted_by_name_and_then_value() {
        assert_eq!(canonical_query("b=2&a=z&a=b%20c&c"), "a=b%20c&a=z&b=2&c=");
    }

    #[test]
    fn empty_and_relative_segments_are_removed() {
        assert_eq!(normal_path("//a/./b/../c/"), "/a/c/");
        assert_eq!(normal_path("/.."), "/");
        assert_eq!(normal_path("/tags/a%2F%2Fb"), "/tags/a%2F%2Fb");
    }

    #[test]
    fn an_encoded_path_is_encoded_again() {
        let mut text = Vec::new();
        encode_into(&mut text, b"/tags/arn%3Aaws", true);
        assert_eq!(text, b"/tags/arn%253Aaws");
    }

    #[test]
    fn spaces_of_a_header_are_trimmed_and_joined() {
        let mut text = Vec::new();
        trimmed_into(&mut text, b"  a   b c  ");
        assert_eq!(text, b"a b c");
    }
}
