//! Sites: the units of coverage.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// One constraint at one place of one operation's input, at any depth: the unit of coverage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Site {
    /// The place.
    pub path: SitePath,
    /// The kind of constraint.
    pub kind: SiteKind,
}

/// A JSON pointer into an input by member names; list items and map values as `*`, map keys as `*key`. It is cheap to
/// clone: the cases of a site share its path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SitePath(Arc<str>);

impl From<String> for SitePath {
    fn from(path: String) -> Self {
        Self(path.into())
    }
}

impl From<&str> for SitePath {
    fn from(path: &str) -> Self {
        Self(path.into())
    }
}

impl Deref for SitePath {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SitePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl Serialize for SitePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
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
