//! The name of a suite.

use std::fmt;
use std::str::FromStr;

use super::intern::intern;
use super::text::{ParseIdError, serde_as_text};

/// The name of a suite, such as `validation`. The set is open, since other crates register suites. Names sort as texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SuiteName(&'static str);

impl SuiteName {
    /// The calls that other cases depend on: controls, and the creation and deletion of resources.
    pub const SETUP: Self = Self("setup");
    /// The checks of every exchange of all suites.
    pub const UNIVERSAL: Self = Self("universal");

    /// Wraps a name that is known when the program is compiled: lower-case letters, digits and hyphens.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for SuiteName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.0)
    }
}

impl fmt::Debug for SuiteName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SuiteName({self})")
    }
}

impl FromStr for SuiteName {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_inner =
            |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        if text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(is_inner) {
            Ok(Self(intern(text)))
        } else {
            Err(ParseIdError::new(text, "a suite name", "validation"))
        }
    }
}

serde_as_text!(SuiteName);

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Generates any suite name.
    pub(crate) fn suite_names() -> impl Strategy<Value = SuiteName> {
        "[a-z][a-z0-9-]{0,12}".prop_map(|name| name.parse().expect("a suite name"))
    }

    proptest! {
        #[test]
        fn the_text_form_reads_back(name in suite_names()) {
            prop_assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn a_static_name_equals_a_read_one() {
        assert_eq!("setup".parse(), Ok(SuiteName::SETUP));
    }

    #[test]
    fn a_wrong_text_is_named_with_an_example() {
        for text in ["", "Validation", "-x", "7", "a b", "a/b"] {
            let error = text.parse::<SuiteName>().expect_err(text);
            assert_eq!(error.to_string(), format!("'{text}' is not a suite name (example: validation)"));
        }
    }
}
