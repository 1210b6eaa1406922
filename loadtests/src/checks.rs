//! The checks of load runs that no suite has, with the texts that explain them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ivs_judge::{CheckInfo, CheckText, Grouping};
use ivs_model::Authority;

static CHECKS: [CheckInfo; 8] = [
    check("batch-partition", Authority::Documented, "the documentation of the operation (facts: batches)"),
    check("declared-errors", Authority::Model, "the model's error list of the operation (facts: modeled-errors)"),
    check("incomplete-list", Authority::Inferred, "a list has what was created and not deleted"),
    check("lost-revocation", Authority::Documented, "the documentation of the operation (facts: viewer-sessions)"),
    check("lost-write", Authority::Model, "a read returns an acknowledged write"),
    check("output", Authority::Model, "the model's output shape"),
    check("rejection", Authority::Model, "the constraints of the service model"),
    check("wrong-item", Authority::Model, "a read returns the resource that the request names"),
];

const fn check(check: &'static str, authority: Authority, source: &'static str) -> CheckInfo {
    CheckInfo { check, authority, source, grouping: Grouping::Never }
}

/// Returns the checks that only load runs have, with the texts that explain them.
pub fn explained_checks() -> impl Iterator<Item = (&'static CheckInfo, &'static CheckText)> {
    static TEXTS: LazyLock<BTreeMap<String, CheckText>> =
        LazyLock::new(|| CheckText::read(include_str!("checks.toml")).expect("the tests read this file"));
    CHECKS.iter().map(|info| (info, TEXTS.get(info.check).expect("the tests find a text for every check")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_text_and_every_text_a_check() {
        let texts = CheckText::read(include_str!("checks.toml")).unwrap();
        assert!(texts.keys().map(String::as_str).eq(explained_checks().map(|(info, _)| info.check)));
    }
}
