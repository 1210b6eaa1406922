//! Patterns, compiled once, that must match the whole string.

use std::fmt;
use std::ops::Deref;

use regex::Regex;
use serde::Deserialize;

/// A pattern of the model, with its compiled form. It is displayed as the model's text.
///
/// The whole string must match (fact `patterns-anchored`: botocore has dropped the anchors of the originals). A dot
/// does not match a newline, as in the regular expressions of the service itself.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`regex::Error`] if the text is not a regular expression, or needs look-around or back references.
    pub fn new(source: impl Into<String>) -> Result<Self, regex::Error> {
        let source = source.into();
        let regex = Regex::new(&format!("^(?:{source})$"))?;
        Ok(Self { source, regex })
    }

    /// Returns the text of the model.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Returns whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        Self::new(source)
    }
}

impl Deref for Pattern {
    type Target = str;

    fn deref(&self) -> &str {
        &self.source
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, formatter)
    }
}
