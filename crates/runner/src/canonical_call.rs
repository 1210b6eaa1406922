//! The canonical calls of an operation: the minimal and the full valid call, an invalid one, and every error with a plain trigger.

use ivs_generators::{Case, Expectation, ExpectedError};
use ivs_model::{Knowledge, Model, Operation};
use serde_json::Value;

use crate::trigger::{Trigger, plain_triggers};

/// One exchange to take.
#[derive(Debug, Clone, PartialEq)]
pub struct CanonicalCall {
    /// Its name within the operation: part of the case id.
    pub name: String,
    /// How it is brought about.
    pub kind: CallKind,
}

/// How an exchange is brought about.
#[derive(Debug, Clone, PartialEq)]
pub enum CallKind {
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

impl CallKind {
    /// The errors that are right answers, by what is known without a snapshot.
    pub fn errors(&self) -> &[ExpectedError] {
        match self {
            Self::Valid { unless, .. } => unless,
            Self::Invalid { errors, .. } => errors,
            Self::Triggered(trigger) => &trigger.errors,
        }
    }
}

/// Everything to take of an operation, given its Cases; the order is that of the snapshot.
pub fn canonical_calls(
    knowledge: &Knowledge,
    model: &Model,
    operation: &Operation,
    cases: &[Case],
) -> Vec<CanonicalCall> {
    let Some(first) = cases.iter().find(|case| case.is_valid()) else { return Vec::new() };
    let mut canonical_calls = vec![valid("valid", first)];
    // A list takes one filter at a time, and its tokens come from answers.
    let full = cases.iter().find(|case| case.is_valid() && &*case.id.name == "valid-full");
    canonical_calls.extend(
        full.filter(|case| operation.pagination.is_none() && case.input != first.input).map(|case| valid("full", case)),
    );
    canonical_calls.extend(invalid(cases));
    let triggered = plain_triggers(knowledge, model, operation, &first.effects, &first.input.value());
    canonical_calls
        .extend(triggered.into_iter().map(|it| CanonicalCall { name: it.name.clone(), kind: CallKind::Triggered(it) }));
    canonical_calls
}

fn valid(name: &str, case: &Case) -> CanonicalCall {
    let unless = match &case.expectation {
        Expectation::Accepted { unless, .. } => unless.clone(),
        Expectation::Rejected { .. } => Vec::new(),
    };
    let external = !case.effects.external.is_empty();
    CanonicalCall {
        name: name.to_owned(),
        kind: CallKind::Valid { input: case.input.value().into_owned(), unless, external },
    }
}

/// The plainest of the inputs that break the model.
fn invalid(cases: &[Case]) -> Option<CanonicalCall> {
    let broken = cases.iter().filter_map(|case| match &case.expectation {
        Expectation::Rejected { errors, .. } => Some((case, errors)),
        Expectation::Accepted { .. } => None,
    });
    let (case, errors) = broken.min_by_key(|(case, errors)| {
        // One right answer before several, and nothing that is long.
        (errors.len(), case.input.to_string().len(), case.id.clone())
    })?;
    let kind = CallKind::Invalid { input: case.input.value().into_owned(), errors: errors.clone() };
    Some(CanonicalCall { name: "invalid".to_owned(), kind })
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
                let canonical_calls = canonical_calls(bundled::knowledge(), model, operation, &cases);
                let names: BTreeSet<&str> =
                    canonical_calls.iter().map(|canonical_call| canonical_call.name.as_str()).collect();
                assert_eq!(names.len(), canonical_calls.len(), "{}: {names:?}", operation.name);
                let refused =
                    canonical_calls.iter().any(|canonical_call| !matches!(canonical_call.kind, CallKind::Valid { .. }));
                assert!(names.contains("valid") && refused, "{}: {names:?}", operation.name);
            }
        }
    }
}
