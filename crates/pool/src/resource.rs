//! A resource at the endpoint, known by its ARN.

use serde_json::Value;

/// One resource that a call has made.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// The kind, as the ARN names it: `channel`, `stream-key`, `room`.
    pub kind: String,
    /// The ARN.
    pub arn: String,
}

impl Resource {
    /// Reads the kind out of an ARN (`arn:aws:ivs:us-west-2:123456789012:channel/abc`); `None` if it is none.
    #[must_use]
    pub fn from_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (scheme, last) = (parts.next()?, parts.nth(4)?);
        let (kind, id) = last.split_once('/')?;
        (scheme == "arn" && !kind.is_empty() && !id.is_empty())
            .then(|| Self { kind: kind.to_owned(), arn: arn.to_owned() })
    }

    /// What an answer says it made: its own `arn` and those of its members, in its order.
    #[must_use]
    pub fn all_in(answer: &Value) -> Vec<Self> {
        let members = answer.as_object().into_iter().flat_map(|object| object.values());
        std::iter::once(answer).chain(members).filter_map(|value| Self::from_arn(value.get("arn")?.as_str()?)).collect()
    }

    /// Returns the region and the account.
    #[must_use]
    pub fn place(&self) -> Option<(&str, &str)> {
        let mut parts = self.arn.split(':').skip(3);
        parts.next().zip(parts.next())
    }

    /// An ARN beside this one that names nothing.
    pub(crate) fn absent(&self, number: u64) -> String {
        let start = self.arn.find('/').map_or(self.arn.len(), |slash| slash + 1);
        absent_arn(&self.arn[..start], number)
    }
}

/// A text like this one that names nothing: its last part is another one.
pub(crate) fn absent_name(text: &str, number: u64) -> String {
    let start = text.rfind(['/', ':']).map_or(0, |separator| separator + 1);
    absent_arn(&text[..start], number)
}

/// Twelve letters and digits, the length that chat's shapes demand.
pub(crate) fn absent_arn(start: &str, number: u64) -> String {
    format!("{start}Absent{number:06}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CHANNEL: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abc";

    #[test]
    fn the_kind_stands_in_the_arn() {
        assert_eq!(Resource::from_arn(CHANNEL).unwrap().kind, "channel");
        for text in
            ["", "abc", "arn:aws:ivs:us-west-2:123456789012:channel", "arn:aws:ivs:r:a:/x", "arn:aws:ivs:r:a:channel/"]
        {
            assert_eq!(Resource::from_arn(text), None, "{text}");
        }
    }

    #[test]
    fn an_answer_names_what_it_made_and_not_what_that_refers_to() {
        let policy = "arn:aws:ivs:us-west-2:123456789012:playback-restriction-policy/p";
        let key = "arn:aws:ivs:us-west-2:123456789012:stream-key/k";
        let answer = json!({
            "channel": {"arn": CHANNEL, "playbackRestrictionPolicyArn": policy},
            "streamKey": {"arn": key, "channelArn": CHANNEL},
        });
        let kinds: Vec<String> = Resource::all_in(&answer).into_iter().map(|resource| resource.kind).collect();
        assert_eq!(kinds, ["channel", "stream-key"]);
        assert_eq!(Resource::all_in(&json!({"arn": CHANNEL, "id": 1})).len(), 1);
        for odd in [json!(null), json!([CHANNEL]), json!({"arn": 7}), json!("x")] {
            assert!(Resource::all_in(&odd).is_empty());
        }
    }

    #[test]
    fn an_absent_resource_differs_in_its_id_alone() {
        let absent = Resource::from_arn(CHANNEL).unwrap().absent(2);
        assert_eq!(absent, "arn:aws:ivs:us-west-2:123456789012:channel/Absent000002");
    }
}
