//! Page tokens: opaque, authenticated texts that contain a place in a listing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key that authenticates page tokens. Tokens of another emulator are refused.
pub(crate) struct PageTokenKey {
    mac: Hmac<Sha256>,
}

/// The bytes of a token's place: position and version.
const PLACE: usize = 16;

/// The bytes of a token's authentication code: half a MAC.
const CODE: usize = 16;

/// The place where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The position of the last item shown; 0 is before all items.
    pub(crate) after: u64,
    /// The value that the whole walk is bound to, such as a store's version. The first page sets it.
    pub(crate) version: u64,
}

impl PageTokenKey {
    /// Generates a random key.
    pub(crate) fn new() -> Self {
        let key: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
        Self { mac: Hmac::new_from_slice(&key).expect("HMAC takes a key of any length") }
    }

    /// Writes a token that contains a place and is valid for one binding, such as an operation with its filters.
    pub(crate) fn write(&self, binding: &[Vec<u8>], cursor: Cursor) -> String {
        let mut bytes = Vec::with_capacity(PLACE + CODE);
        bytes.extend(cursor.after.to_be_bytes());
        bytes.extend(cursor.version.to_be_bytes());
        let code = self.code(binding, &bytes);
        bytes.extend(code);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses a token; returns `None` if it was not written with this key for this binding.
    pub(crate) fn read(&self, binding: &[Vec<u8>], token: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (place, code) = bytes.split_at_checked(PLACE)?;
        if code.len() != CODE || code != self.code(binding, place) {
            return None;
        }
        let (after, version) = place.split_at(8);
        Some(Cursor {
            after: u64::from_be_bytes(after.try_into().ok()?),
            version: u64::from_be_bytes(version.try_into().ok()?),
        })
    }

    fn code(&self, binding: &[Vec<u8>], place: &[u8]) -> Vec<u8> {
        let mut mac = self.mac.clone();
        for part in binding.iter().map(Vec::as_slice).chain([place]) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes()[..CODE].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Cursor = Cursor { after: 3, version: 7 };

    #[test]
    fn a_token_is_read_with_its_own_key_and_binding_only() {
        let key = PageTokenKey::new();
        let binding = [b"ivs.ListChannels".to_vec(), b"filter".to_vec()];
        let token = key.write(&binding, PLACE);
        assert_eq!(key.read(&binding, &token), Some(PLACE));
        assert_eq!(key.read(&binding[..1], &token), None);
        assert_eq!(PageTokenKey::new().read(&binding, &token), None);
    }

    #[test]
    fn parts_of_a_binding_do_not_run_into_each_other() {
        let key = PageTokenKey::new();
        let token = key.write(&[b"ab".to_vec(), b"c".to_vec()], PLACE);
        assert_eq!(key.read(&[b"a".to_vec(), b"bc".to_vec()], &token), None);
    }
}
