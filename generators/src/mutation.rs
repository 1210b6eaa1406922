//! One break of an input: what was done, where, and its application.

use serde::Serialize;
use serde_json::Value;

use crate::Site;

/// One break: what was done, where, and the value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutation {
    /// What was done.
    pub operator: Operator,
    /// Where, by kind of constraint.
    pub site: Site,
    /// The JSON pointer into `input` of the broken value, after the break. For a map key it ends with the new key.
    pub pointer: String,
    /// The value before; `None` if it was absent.
    pub before: Option<Value>,
    /// The value after; `None` if it was removed.
    pub after: Option<Value>,
    /// Which of several ways to break this site, such as `space` for a pattern; empty if there is one way only.
    pub variant: String,
}

/// The ways to break a constraint, in kebab case within case ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Operator {
    OmitRequired,
    NullRequired,
    WrongType,
    LengthBelowMin,
    LengthAboveMax,
    ValueBelowMin,
    ValueAboveMax,
    PatternMiss,
    EnumMiss,
    DuplicateItem,
    UnionNone,
    UnionTwo,
    UnionUnknown,
    TimestampMalformed,
}

impl Operator {
    /// The name within case ids.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OmitRequired => "omit-required",
            Self::NullRequired => "null-required",
            Self::WrongType => "wrong-type",
            Self::LengthBelowMin => "length-below-min",
            Self::LengthAboveMax => "length-above-max",
            Self::ValueBelowMin => "value-below-min",
            Self::ValueAboveMax => "value-above-max",
            Self::PatternMiss => "pattern-miss",
            Self::EnumMiss => "enum-miss",
            Self::DuplicateItem => "duplicate-item",
            Self::UnionNone => "union-none",
            Self::UnionTwo => "union-two",
            Self::UnionUnknown => "union-unknown",
            Self::TimestampMalformed => "timestamp-malformed",
        }
    }
}

impl Mutation {
    /// Whether the site is a map key: then `before` and `after` are the keys, and the entry keeps its value.
    #[must_use]
    pub fn renames_key(&self) -> bool {
        self.site.path.ends_with("/*key")
    }

    /// Breaks a valid input; `None` if the place is not there.
    #[must_use]
    pub fn apply(&self, input: &Value) -> Option<Value> {
        let mut broken = input.clone();
        let (parent, last) = self.pointer.rsplit_once('/')?;
        let last = unescape(last);
        let parent = broken.pointer_mut(parent)?;
        match (&self.after, parent) {
            (Some(Value::String(after)), Value::Object(entries)) if self.renames_key() => {
                let before = self.before.as_ref()?.as_str()?;
                let value = entries.shift_remove(before)?;
                entries.insert(after.clone(), value);
            }
            (Some(after), Value::Object(members)) => {
                members.insert(last, after.clone());
            }
            (None, Value::Object(members)) => {
                members.shift_remove(&last)?;
            }
            (Some(after), Value::Array(items)) => {
                *items.get_mut(last.parse::<usize>().ok()?)? = after.clone();
            }
            _ => return None,
        }
        Some(broken)
    }
}

/// One segment of a JSON pointer (RFC 6901) as it is meant.
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SiteKind;

    fn mutation(path: &str, pointer: &str, before: Option<Value>, after: Option<Value>) -> Mutation {
        Mutation {
            operator: Operator::WrongType,
            site: Site { path: path.to_owned(), kind: SiteKind::Type },
            pointer: pointer.to_owned(),
            before,
            after,
            variant: String::new(),
        }
    }

    #[test]
    fn removal_takes_the_member_away() {
        let removal = mutation("/a/b", "/a/b", Some(json!(1)), None);
        assert_eq!(removal.apply(&json!({"a": {"b": 1, "c": 2}})), Some(json!({"a": {"c": 2}})));
    }

    #[test]
    fn renamed_key_keeps_its_value() {
        let renaming = mutation("/tags/*key", "/tags/x~1y", Some(json!("k")), Some(json!("x/y")));
        assert_eq!(renaming.apply(&json!({"tags": {"k": "v"}})), Some(json!({"tags": {"x/y": "v"}})));
    }

    #[test]
    fn absent_place_cannot_be_broken() {
        assert_eq!(mutation("/a/0", "/a/0", None, Some(json!(1))).apply(&json!({"a": []})), None);
        assert_eq!(mutation("/b", "/b", None, None).apply(&json!({"a": 1})), None);
    }
}
