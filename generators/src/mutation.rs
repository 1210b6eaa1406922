//! Mutations of inputs, and their application.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::Site;
use crate::case_input::Change;

/// One mutation: its kind, its site, and the value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutation {
    /// The kind of mutation.
    pub operator: Operator,
    /// The mutated site.
    pub site: Site,
    /// The JSON pointer to the invalid value in the mutated input. For a map key it ends with the new key.
    pub pointer: Arc<str>,
    /// The value before; `None` if it was absent.
    pub before: Option<Arc<Value>>,
    /// The value after; `None` if it was removed.
    pub after: Option<Arc<Value>>,
    /// The variant, if this site has several, such as `space` for a pattern; else empty.
    pub variant: &'static str,
}

/// The kinds of mutation. Case ids have them in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are self-explanatory")]
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
    /// Returns the name in case ids.
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
    /// Returns whether the site is a map key. Then `before` and `after` are the keys, and the value of the entry is
    /// unchanged.
    #[must_use]
    pub fn renames_key(&self) -> bool {
        self.site.path.ends_with("/*key")
    }

    /// Applies the mutation to a valid input; `None` if the input does not have the place.
    #[must_use]
    pub fn apply(&self, input: &Value) -> Option<Value> {
        self.change().apply(input)
    }

    /// Returns the mutation as a change of the input.
    pub(crate) fn change(&self) -> Change {
        let old_key = self.before.clone().filter(|_| self.renames_key());
        Change { pointer: Arc::clone(&self.pointer), old_key, after: self.after.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SiteKind;

    fn mutation(path: &str, pointer: &str, before: Option<Value>, after: Option<Value>) -> Mutation {
        Mutation {
            operator: Operator::WrongType,
            site: Site { path: path.into(), kind: SiteKind::Type },
            pointer: pointer.into(),
            before: before.map(Arc::new),
            after: after.map(Arc::new),
            variant: "",
        }
    }

    #[test]
    fn removal_deletes_the_member() {
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
