//! The text that explains a check to a person: that of a universal check is in its file, the others are in `checks.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::checks::checks;
use crate::explanation::Explanation;

static OWN: LazyLock<BTreeMap<String, CheckText>> = LazyLock::new(|| {
    let mut texts = CheckText::read(include_str!("checks.toml")).expect("the tests read this file");
    texts.extend(checks().iter().map(|check| (check.rule().check.to_owned(), check.explanation().into())));
    texts
});

/// The text that explains a check. `ivs-contract explain` and `docs/checks.md` show it, with the authority and source of
/// the check's [`CheckInfo`](crate::CheckInfo).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckText {
    /// The demand, in a sentence or two.
    pub demand: String,
    /// An exchange that meets the demand: `>` precedes lines of the request, `<` those of the response.
    pub right: String,
    /// An exchange that does not.
    pub wrong: String,
    /// The usual causes of a finding in an endpoint.
    pub causes: Vec<String>,
}

impl CheckText {
    /// Reads a file with one table per check, named like the check.
    ///
    /// # Errors
    /// Fails if the file is not TOML, or if a table lacks a part or has an unknown one.
    pub fn read(text: &str) -> Result<BTreeMap<String, Self>, toml::de::Error> {
        toml::from_str(text)
    }
}

impl From<&Explanation> for CheckText {
    fn from(explanation: &Explanation) -> Self {
        let lines = |lines: &[&str]| lines.iter().flat_map(|line| [line, "\n"]).collect();
        Self {
            demand: explanation.demand.to_owned(),
            right: lines(explanation.right),
            wrong: lines(explanation.wrong),
            causes: explanation.causes.iter().map(|&cause| cause.to_owned()).collect(),
        }
    }
}

/// Returns the texts of the checks of this crate, by name.
#[must_use]
pub fn check_texts() -> &'static BTreeMap<String, CheckText> {
    &OWN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_has_a_text_and_every_text_a_check() {
        let texts: BTreeSet<&str> = check_texts().keys().map(String::as_str).collect();
        let checks: BTreeSet<&str> = crate::rules().map(|rule| rule.check).collect();
        assert_eq!(texts, checks);
    }
}
