//! The nonce of a run: the source of every value that must be new in each run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ivs_model::P384_PREFIX;
use sha2::{Digest, Sha256};

use crate::p384::point;

/// Letters and digits, which names, tokens and tag values of all services take.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The most characters of a text that a nonce replaces: enough to be unique.
const MOST_REPLACED: usize = 16;
/// The number of tries for a point. Every second draw is one.
const DRAWS: u64 = 256;
/// Characters in a line of a PEM (RFC 7468).
const PEM_LINE: usize = 64;

/// Makes the values that must be new in each run: idempotency tokens, public keys, names that an endpoint wants unique.
///
/// The same nonce gives the same values. Libraries get it as a value; whoever starts a run draws it.
///
/// ```
/// use ivs_pool::RunNonce;
///
/// let (first, second) = (RunNonce::new(1), RunNonce::new(2));
/// assert_eq!(first.text("token", 1, 12), RunNonce::new(1).text("token", 1, 12));
/// assert_ne!(first.text("token", 1, 12), first.text("token", 2, 12));
/// assert_ne!(first.text("token", 1, 12), second.text("token", 1, 12));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunNonce(u128);

impl RunNonce {
    /// A nonce of this number.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// So many letters and digits. Each purpose counts its texts by itself.
    #[must_use]
    pub fn text(&self, purpose: &str, number: u64, length: usize) -> String {
        let block = |index: u64| self.bytes(purpose, number, index).map(|byte| ALPHABET[usize::from(byte) % 62]);
        (0..).flat_map(block).take(length).map(char::from).collect()
    }

    /// The text with its last letters and digits replaced, up to 16 of them. Length and character classes stay valid, and so
    /// does whatever else the text is about.
    #[must_use]
    pub fn renew(&self, purpose: &str, number: u64, text: &str) -> String {
        let fresh = self.text(purpose, number, MOST_REPLACED);
        let mut fresh = fresh.chars();
        let renewed: Vec<char> = text
            .chars()
            .rev()
            .map(|old| if old.is_ascii_alphanumeric() { fresh.next().unwrap_or(old) } else { old })
            .collect();
        renewed.into_iter().rev().collect()
    }

    /// A public key on the curve P-384, in PEM.
    #[must_use]
    pub fn public_key(&self, number: u64) -> String {
        let draw = |draw: u64| {
            let (left, right) = (self.bytes("key", number, 2 * draw), self.bytes("key", number, 2 * draw + 1));
            let mut x = [0; 48];
            for (to, from) in x.iter_mut().zip(left.into_iter().chain(right)) {
                *to = from;
            }
            point(&x)
        };
        let point = (0..DRAWS).find_map(draw).expect("every second text of 48 bytes is a coordinate of a point");
        let text = STANDARD.encode([&P384_PREFIX[..], &point].concat());
        // Base64 is ASCII: lines end anywhere.
        let lines = (0..text.len()).step_by(PEM_LINE).map(|start| &text[start..text.len().min(start + PEM_LINE)]);
        let lines: Vec<&str> = lines.collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    fn bytes(&self, purpose: &str, number: u64, block: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        hash.update(number.to_be_bytes());
        hash.update(block.to_be_bytes());
        hash.update(purpose.as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn runs_and_purposes_share_no_value() {
        let mut seen = HashSet::new();
        for nonce in 0..20 {
            for purpose in ["token", "name"] {
                for number in 0..20 {
                    assert!(seen.insert(RunNonce::new(nonce).text(purpose, number, 10)));
                }
            }
            assert!(seen.insert(RunNonce::new(nonce).public_key(1)));
        }
        assert_eq!(RunNonce::new(1).text("long", 1, 100).len(), 100);
    }

    #[test]
    fn a_renewed_text_keeps_its_length_and_what_it_is_about() {
        let nonce = RunNonce::new(7);
        for text in ["", "a", "ab-c_d", "\u{e9}abc!", &"x".repeat(64), "--__"] {
            let renewed = nonce.renew("token", 3, text);
            assert_eq!(renewed.chars().count(), text.chars().count());
            let others = |text: &str| text.replace(|it: char| it.is_ascii_alphanumeric(), "a");
            assert_eq!(others(&renewed), others(text));
        }
        let long = nonce.renew("token", 3, &"\u{7a}".repeat(64));
        assert!(long.starts_with(&"z".repeat(48)), "{long}");
        assert_ne!(nonce.renew("token", 3, "token-1"), nonce.renew("token", 4, "token-1"));
    }

    #[test]
    fn a_public_key_has_the_form_of_the_bundled_ones() {
        let pem = RunNonce::new(3).public_key(5);
        assert_eq!(pem.len(), ivs_model::bundled::keys().p384[0].len(), "{pem}");
        assert_ne!(pem, RunNonce::new(3).public_key(6));
    }
}
