//! ARNs that differ from one that is there.

/// The ARN with one of its parts (3 the region, 4 the account, 2 the service) replaced.
pub(crate) fn with_part(arn: &str, part: usize, text: &str) -> String {
    let parts = arn.splitn(6, ':').enumerate().map(|(index, old)| if index == part { text } else { old });
    parts.collect::<Vec<_>>().join(":")
}
