//! Patterns, parsed when the model is read and compiled at their first use, that must match the whole string.

mod look_around;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use self::look_around::LookAround;
use crate::GapReason;

/// A pattern of the model. It is displayed as the model's text.
///
/// The whole string must match (fact `patterns-anchored`: botocore has dropped the anchors of the originals). A dot
/// does not match a newline, as in the regular expressions of the service itself.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    source: String,
    matcher: Arc<Matcher>,
}

/// The maximum size of a compiled pattern, in bytes. The largest of botocore, `\S{1,8192}`, needs about a third of it.
const MAX_COMPILED: usize = 256 * 1024 * 1024;

/// The compiled form of a pattern.
enum Matcher {
    /// Runs in linear time. `None` if it is too large to compile.
    Linear(OnceLock<Option<Regex>>),
    /// May give up on a text.
    Backtracking(LookAround),
    /// Nobody knows what it matches.
    Unknown(GapReason),
}

/// The reason why a pattern cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct PatternError {
    problem: String,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`PatternError`] if the text is not a regular expression, or has a class or an escape with another meaning in the
    /// dialects of services.
    pub fn new(source: impl Into<String>) -> Result<Self, PatternError> {
        let source = source.into();
        let problem = match regex_syntax::parse(&source) {
            Ok(_) => return Ok(Self { source, matcher: Arc::new(Matcher::Linear(OnceLock::new())) }),
            Err(error) => error,
        };
        match LookAround::new(&anchored(&source)) {
            Some(regex) => Ok(Self { source, matcher: Arc::new(Matcher::Backtracking(regex)) }),
            None => Err(PatternError::of(&problem)),
        }
    }

    /// Compiles a pattern of a model file. Nobody knows what one matches that cannot be compiled.
    pub(crate) fn read(source: &str) -> Self {
        Self::new(source).unwrap_or_else(|error| Self::unknown(source, GapReason::Pattern { problem: error.problem }))
    }

    /// Returns a pattern of which nobody knows what it matches. No value of its shape can be built or judged by it.
    pub(crate) fn unknown(source: impl Into<String>, reason: GapReason) -> Self {
        Self { source: source.into(), matcher: Arc::new(Matcher::Unknown(reason)) }
    }

    /// Returns the text of the model.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Returns the text without its look-around, which matches at least the same strings. A generator starts from it.
    #[must_use]
    pub fn without_look_around(&self) -> String {
        look_around::removed(&self.source)
    }

    /// Returns whether the whole text matches for certain.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.evaluate(text) == Some(true)
    }

    /// Returns whether the whole text does not match for certain.
    #[must_use]
    pub fn rejects(&self, text: &str) -> bool {
        self.evaluate(text) == Some(false)
    }

    /// Returns the reason why nobody knows what the pattern matches.
    #[must_use]
    pub fn gap(&self) -> Option<&GapReason> {
        match &*self.matcher {
            Matcher::Unknown(reason) => Some(reason),
            Matcher::Linear(_) | Matcher::Backtracking(_) => None,
        }
    }

    fn evaluate(&self, text: &str) -> Option<bool> {
        match &*self.matcher {
            Matcher::Linear(regex) => {
                let compile = || RegexBuilder::new(&anchored(&self.source)).size_limit(MAX_COMPILED).build().ok();
                Some(regex.get_or_init(compile).as_ref()?.is_match(text))
            }
            Matcher::Backtracking(regex) => regex.is_match(text),
            Matcher::Unknown(_) => None,
        }
    }
}

/// Returns a pattern that must match the whole string.
fn anchored(source: &str) -> String {
    format!("^(?:{source})$")
}

impl PatternError {
    /// Returns the last line of the engine's message, since those before show the pattern.
    fn of(error: &regex_syntax::Error) -> Self {
        let message = error.to_string();
        let line = message.lines().last().unwrap_or_default();
        Self { problem: line.strip_prefix("error: ").unwrap_or(line).to_owned() }
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_around_restricts_a_match() {
        let pattern = Pattern::new("(?!aws:)[a-z:]+").expect("a pattern");
        assert!(pattern.matches("abc") && pattern.rejects("aws:x") && !pattern.rejects("abc"));
        assert_eq!(pattern.without_look_around(), "[a-z:]+");
    }

    #[test]
    fn classes_of_other_dialects_are_errors() {
        for source in [r"[\p{IsBogus}]+", r"(?=a)\h+", "[a-"] {
            assert!(Pattern::new(source).is_err(), "{source}");
        }
        let error = Pattern::new("[a-").expect_err("an open class");
        assert_eq!(error.to_string(), "unclosed character class");
    }

    #[test]
    fn unknown_pattern_neither_matches_nor_rejects() {
        let reason = GapReason::Pattern { problem: "unclosed group".to_owned() };
        let pattern = Pattern::unknown("(a", reason.clone());
        assert!(!pattern.matches("a") && !pattern.rejects("a"));
        assert_eq!(pattern.gap(), Some(&reason));
    }
}
