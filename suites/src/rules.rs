//! The list of all checks by name: what baselines, findings and the conformance trials call them. Those of a suite stand in its
//! folder ([`Suite::checks`](ivs_runner::Suite::checks)).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ivs_judge::{CheckInfo, CheckText, Grouping, check_texts};
use ivs_model::SuiteName;

use crate::SUITES;

/// The text of the check that belongs to no suite.
const OF_NO_SUITE: &str = include_str!("checks.toml");

/// The name of every check: the universal ones, what a Case owes, and those of the suites.
pub fn checks() -> impl Iterator<Item = &'static str> {
    all_rules().map(|rule| rule.check)
}

/// Every check with its authority and source, in the same order.
pub fn all_rules() -> impl Iterator<Item = &'static CheckInfo> {
    ivs_judge::rules().chain(SUITES.iter().flat_map(|suite| suite.checks()))
}

/// Returns every check that findings may name, with the text that explains it: [`all_rules`] and the comparison of two
/// endpoints.
pub fn explained_checks() -> impl Iterator<Item = (&'static CheckInfo, &'static CheckText)> {
    static OWN: LazyLock<BTreeMap<String, CheckText>> = LazyLock::new(|| {
        let read = |file| CheckText::read(file).expect("the tests read these files");
        files().flat_map(read).collect()
    });
    all_rules().chain([&ivs_runner::DIFFERS]).map(|info| {
        let text = check_texts().get(info.check).or_else(|| OWN.get(info.check));
        (info, text.expect("the tests find a text for every check"))
    })
}

/// The files with the texts of the checks that this crate explains: one of each suite that has checks of its own.
fn files() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|suite| suite.check_texts()).chain([OF_NO_SUITE])
}

/// The checks whose findings may be facts of the endpoint as a whole, each with the suite that puts it to the test:
/// they have a conformance trial of their own, and do not fail those of the operations.
#[must_use]
pub fn endpoint_checks() -> Vec<(&'static str, SuiteName)> {
    // Every valid call shows what the universal checks look at.
    const VALIDATION: SuiteName = SuiteName::from_static("validation");
    let own = SUITES.iter().flat_map(|suite| suite.checks().iter().map(|rule| (rule, suite.name())));
    let universal = ivs_judge::checks().iter().map(|check| (check.rule(), VALIDATION));
    own.chain(universal)
        .filter(|(rule, _)| rule.grouping != Grouping::Never)
        .map(|(rule, suite)| (rule.check, suite))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = checks().collect();
        assert_eq!(names.len(), checks().count());
    }

    #[test]
    fn every_check_is_explained_once_and_those_of_a_suite_by_the_suite() {
        let of_the_suites = SUITES.iter().map(|suite| (suite.check_texts(), suite.checks()));
        let mut explained: BTreeSet<String> = check_texts().keys().cloned().collect();
        for (file, checks) in of_the_suites.chain([(OF_NO_SUITE, std::slice::from_ref(&ivs_runner::DIFFERS))]) {
            let texts: BTreeSet<String> = CheckText::read(file).unwrap().into_keys().collect();
            assert_eq!(texts, checks.iter().map(|info| info.check.to_owned()).collect());
            for check in texts {
                assert!(explained.insert(check.clone()), "{check} is explained twice");
            }
        }
        assert_eq!(explained, explained_checks().map(|(info, _)| info.check.to_owned()).collect());
    }

    #[test]
    fn every_explanation_has_all_parts() {
        for (info, text) in explained_checks() {
            let exchanges = [&text.right, &text.wrong];
            assert!(text.demand.ends_with('.') || text.demand.ends_with(')'), "{}", info.check);
            assert!(exchanges.iter().all(|it| it.lines().any(|line| line.starts_with("< "))), "{}", info.check);
            assert_ne!(text.right, text.wrong, "{}", info.check);
            assert!(!text.causes.is_empty() && text.causes.iter().all(|it| it.ends_with('.')), "{}", info.check);
            assert!(!info.source.is_empty(), "{}", info.check);
        }
    }
}
