//! Sites: the units of coverage.

use serde::Serialize;

/// One constraint at one place of one operation's input, at any depth: the unit of coverage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Site {
    /// JSON pointer into the input by member names; list items and map values as `*`, map keys as `*key`.
    pub path: String,
    /// The kind of constraint.
    pub kind: SiteKind,
}

/// The kinds of constraint on an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are those of the model")]
pub enum SiteKind {
    Required,
    Type,
    MinLength,
    MaxLength,
    MinValue,
    MaxValue,
    Pattern,
    Enum,
    UniqueItems,
    /// Exactly one known member of a union.
    Union,
    TimestampFormat,
}
