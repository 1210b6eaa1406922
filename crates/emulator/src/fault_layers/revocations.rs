//! Faults in the revocation of viewer sessions that show under load only, or in the errors of a batch.

use ivs_model::fnv1a;
use serde_json::Value;

use crate::document::Document;
use crate::input::Input;

/// One viewer in so many is not revoked.
const ONE_IN: u64 = 1000;

/// Removes the viewers that are not revoked from a batch.
pub(super) fn lose(input: &mut Input) {
    if let Some(Value::Array(sessions)) = input.0.get_mut("viewerSessions") {
        sessions.retain(|session| !is_lost(session.get("viewerId").and_then(Value::as_str).unwrap_or_default()));
    }
}

/// Lists the first error of a batch twice.
pub(super) fn repeat_error(output: &mut Document) {
    if let Some(Value::Array(errors)) = output.get_mut("errors") {
        errors.extend(errors.first().cloned());
    }
}

/// Tells whether a viewer is one of those that are not revoked, by the hash of its ID.
fn is_lost(viewer: &str) -> bool {
    (fnv1a(viewer.bytes()) >> 16).is_multiple_of(ONE_IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_viewer_in_a_thousand_is_lost() {
        let lost = (0..100_000).filter(|number| is_lost(&format!("viewer-{}-{number}", number % 7))).count();
        assert!((60..140).contains(&lost), "{lost}");
    }
}
