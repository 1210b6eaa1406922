//! ARNs that differ from one that is there.

/// The ARN with one of its parts (3 the region, 4 the account, 2 the service) replaced.
pub(crate) fn with_part(arn: &str, part: usize, text: &str) -> String {
    let parts = arn.splitn(6, ':').enumerate().map(|(index, old)| if index == part { text } else { old });
    parts.collect::<Vec<_>>().join(":")
}

/// The ARN with another resource type and the same id; none if it is no ARN of a type and an id.
pub(crate) fn of_another_type(arn: &str) -> Option<String> {
    let (kind, id) = arn.splitn(6, ':').nth(5)?.split_once('/')?;
    let other = if kind == "stage" { "channel" } else { "stage" };
    Some(with_part(arn, 5, &format!("{other}/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh";

    #[test]
    fn parts_of_an_arn_are_replaced_one_by_one() {
        assert_eq!(with_part(ARN, 3, "eu-west-1"), "arn:aws:ivs:eu-west-1:123456789012:channel/abcdABCDefgh");
        assert_eq!(of_another_type(ARN).as_deref(), Some("arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh"));
        assert_eq!(of_another_type("abcd"), None);
    }
}
