//! The tests of a test program, and the selection that a run needs for them.

use std::collections::BTreeSet;

use ivs_model::{OperationId, SuiteName, bundled};
use ivs_runner::Selection;
use ivs_suites::{SUITES, endpoint_checks};

use crate::check::Check;
use crate::run_error::RunError;
use crate::selection;

/// What one test asks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// Whether an operation is implemented.
    Implemented(OperationId),
    /// Whether an operation keeps the contract of a suite.
    Suite(OperationId, SuiteName),
    /// Whether the endpoint as a whole passes a check.
    Check(&'static str, SuiteName),
    /// Whether the run judged anything, and was complete.
    Answers,
}

/// A test and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedTrial {
    pub(super) name: String,
    pub(super) question: Question,
}

/// The name of the test that holds findings of the endpoint as a whole which no other test holds.
pub(super) const ANSWERS: &str = "endpoint::answers";

/// The suite that a run has if no test asks for one: it adds the least to the probe of each operation.
const CHEAPEST: SuiteName = SuiteName::from_static("errors");

/// All tests of a test program.
pub(super) struct Trials(Vec<AskedTrial>);

impl Trials {
    /// Lists the tests of the services, operations and suites that the check selects.
    ///
    /// # Errors
    ///
    /// [`RunError::Selection`] for an unknown suite. Other names are refused when the run is prepared.
    pub(super) fn of(check: &Check) -> Result<Self, RunError> {
        let suites = selection::suites(&check.suites)?;
        let has_suite = |suite: &SuiteName| suites.is_empty() || suites.contains(suite);
        let selection = Selection {
            services: check.services.clone(),
            operations: check.operations.clone(),
            ..Selection::default()
        };
        let mut trials = Vec::new();
        for model in bundled::models() {
            for operation in model.operations.iter().filter(|operation| selection.holds(model, operation)) {
                let prefix = format!("{}::{}", model.service.id, operation.name);
                let question = Question::Implemented(operation.id);
                trials.push(AskedTrial { name: format!("{prefix}::implemented"), question });
                for suite in SUITES.iter().map(|suite| suite.name()).filter(has_suite) {
                    let question = Question::Suite(operation.id, suite);
                    trials.push(AskedTrial { name: format!("{prefix}::{suite}"), question });
                }
            }
        }
        for (check, suite) in endpoint_checks().into_iter().filter(|(_, suite)| has_suite(suite)) {
            let name = format!("endpoint::{}", check.replace('-', "_"));
            trials.push(AskedTrial { name, question: Question::Check(check, suite) });
        }
        trials.push(AskedTrial { name: ANSWERS.to_owned(), question: Question::Answers });
        Ok(Self(trials))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &AskedTrial> {
        self.0.iter()
    }
}

/// Narrows the check to what the selected tests need.
pub(super) fn select(check: &mut Check, trials: &Trials, selected: &[&AskedTrial]) {
    if selected.len() == trials.0.len() {
        return;
    }
    let mut services = BTreeSet::new();
    let mut operations = BTreeSet::new();
    let mut suites = BTreeSet::new();
    let mut is_of_endpoint = false;
    for trial in selected {
        match trial.question {
            Question::Implemented(operation) => {
                services.insert(operation.service());
                operations.insert(operation.name());
            }
            Question::Suite(operation, suite) => {
                services.insert(operation.service());
                operations.insert(operation.name());
                suites.insert(suite);
            }
            Question::Check(_, suite) => {
                is_of_endpoint = true;
                suites.insert(suite);
            }
            Question::Answers => is_of_endpoint = true,
        }
    }
    if suites.is_empty() {
        suites.insert(CHEAPEST);
    }
    check.suites = suites.into_iter().map(|suite| suite.as_str().to_owned()).collect();
    if !is_of_endpoint {
        check.services = services.into_iter().map(str::to_owned).collect();
        check.operations = operations.into_iter().map(str::to_owned).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_suite_has_a_test_of_a_name_of_its_own() {
        let trials = Trials::of(&Check::new()).unwrap();
        let names: BTreeSet<&str> = trials.iter().map(|trial| trial.name.as_str()).collect();
        assert_eq!(names.len(), trials.0.len());
        for name in ["ivs::CreateChannel::validation", "ivschat::SendEvent::implemented", ANSWERS] {
            assert!(names.contains(name), "{name}");
        }
        assert!(names.len() > 103 * (SUITES.len() + 1));
    }

    #[test]
    fn a_check_that_selects_has_only_the_tests_of_its_selection() {
        let check = Check::new().services(["ivschat"]).operations(["Get*"]).suites(["tags"]);
        let trials = Trials::of(&check).unwrap();
        let of_operations: Vec<_> = trials.iter().filter(|trial| !trial.name.starts_with("endpoint::")).collect();
        assert!(of_operations.len() >= 4);
        assert!(of_operations.iter().all(|trial| trial.name.starts_with("ivschat::Get")));
        assert!(trials.iter().any(|trial| trial.name == "ivschat::GetRoom::tags"));
        assert!(Trials::of(&Check::new().suites(["nonsense"])).is_err());
    }

    #[test]
    fn a_filter_narrows_the_run_to_what_its_tests_need() {
        let trials = Trials::of(&Check::new()).unwrap();
        let selected: Vec<_> = trials.iter().filter(|trial| trial.name == "ivs::GetChannel::tags").collect();
        let mut check = Check::new();
        select(&mut check, &trials, &selected);
        assert_eq!((check.services, check.operations), (vec!["ivs".to_owned()], vec!["GetChannel".to_owned()]));
        assert_eq!(check.suites, ["tags"]);
    }
}
