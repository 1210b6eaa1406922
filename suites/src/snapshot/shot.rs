//! What is taken of an operation: the valid call, small and whole, an invalid one, and every error that can be provoked.

use ivs_generators::{Case, Expectation, ExpectedError};
use ivs_model::{Knowledge, Model, Operation};
use serde_json::Value;

use crate::errors::{Trigger, plain_triggers};

/// One exchange to take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shot {
    /// Its name within the operation: part of the case id.
    pub(crate) name: String,
    /// How it is brought about.
    pub(crate) means: Means,
}

/// How an exchange is brought about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Means {
    /// By a valid input.
    Valid {
        /// With placeholders.
        input: Value,
        /// Errors that tell of a state which no request can bring about: right answers too.
        unless: Vec<ExpectedError>,
        /// Whether it names things outside the services, which an endpoint may look up.
        external: bool,
    },
    /// By an input that breaks the model.
    Invalid {
        /// With placeholders.
        input: Value,
        /// The right answers.
        errors: Vec<ExpectedError>,
    },
    /// By what the suite `errors` knows.
    Triggered(Trigger),
}

impl Means {
    /// The errors that are right answers, by what is known without a snapshot.
    pub(crate) fn errors(&self) -> &[ExpectedError] {
        match self {
            Self::Valid { unless, .. } => unless,
            Self::Invalid { errors, .. } => errors,
            Self::Triggered(trigger) => &trigger.errors,
        }
    }
}

/// Everything to take of an operation, given its Cases; the order is that of the snapshot.
pub(crate) fn shots(knowledge: &Knowledge, model: &Model, operation: &Operation, cases: &[Case]) -> Vec<Shot> {
    let Some(first) = cases.iter().find(|case| case.is_valid()) else { return Vec::new() };
    let mut shots = vec![valid("valid", first)];
    // A list takes one filter at a time, and its tokens come from answers.
    let full = cases.iter().find(|case| case.is_valid() && &*case.id.name == "valid-full");
    shots.extend(
        full.filter(|case| operation.pagination.is_none() && case.input != first.input).map(|case| valid("full", case)),
    );
    shots.extend(invalid(cases));
    let triggered = plain_triggers(knowledge, model, operation, &first.effects, &first.input);
    shots.extend(triggered.into_iter().map(|it| Shot { name: it.name.clone(), means: Means::Triggered(it) }));
    shots
}

fn valid(name: &str, case: &Case) -> Shot {
    let unless = match &case.expectation {
        Expectation::Accepted { unless, .. } => unless.clone(),
        Expectation::Rejected { .. } => Vec::new(),
    };
    let external = !case.effects.external.is_empty();
    Shot { name: name.to_owned(), means: Means::Valid { input: case.input.clone(), unless, external } }
}

/// The plainest of the inputs that break the model.
fn invalid(cases: &[Case]) -> Option<Shot> {
    let broken = cases.iter().filter_map(|case| match &case.expectation {
        Expectation::Rejected { errors, .. } => Some((case, errors)),
        Expectation::Accepted { .. } => None,
    });
    let (case, errors) = broken.min_by_key(|(case, errors)| {
        // One right answer before several, and nothing that is long.
        (errors.len(), case.input.to_string().len(), case.id.clone())
    })?;
    let means = Means::Invalid { input: case.input.clone(), errors: errors.clone() };
    Some(Shot { name: "invalid".to_owned(), means })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ivs_generators::systematic;
    use ivs_model::bundled;

    use super::*;

    #[test]
    fn every_operation_has_a_valid_shot_and_one_that_is_refused_under_names_of_their_own() {
        for model in bundled::models() {
            let plan = systematic(model, bundled::knowledge());
            for operation in &model.operations {
                let cases: Vec<Case> = plan.of_operation(operation.id).cloned().collect();
                let shots = shots(bundled::knowledge(), model, operation, &cases);
                let names: BTreeSet<&str> = shots.iter().map(|shot| shot.name.as_str()).collect();
                assert_eq!(names.len(), shots.len(), "{}: {names:?}", operation.name);
                let refused = shots.iter().any(|shot| !matches!(shot.means, Means::Valid { .. }));
                assert!(names.contains("valid") && refused, "{}: {names:?}", operation.name);
            }
        }
    }
}
