//! The suites of `ivs-contract`, and nothing else: one folder a suite, and the registry [`SUITES`].
//!
//! A suite plans cases for each operation and runs them; `ivs-runner` does the rest: it finds out whether an operation is
//! there, judges every exchange by the universal checks, and gives every case a verdict. No case passes without a control
//! that shows that the endpoint can tell the difference.
//!
//! ```
//! use ivs_model::bundled;
//! use ivs_runner::{Config, suite_cases};
//! use ivs_suites::SUITES;
//!
//! for suite in SUITES {
//!     println!("{}: {}", suite.name(), suite.description());
//! }
//! let cases = suite_cases(bundled::models(), bundled::knowledge(), SUITES, &Config::default());
//! assert!(cases.iter().any(|id| id.to_string() == "ivs.GetChannel/errors/absent-channel"));
//! ```
//!
//! Run them with `ivs_runner::Runner::new(models, knowledge, SUITES, config)`; the tests of this crate do so on the emulator.
//!
//! # How to add a suite
//!
//! 1. Make a folder with a type that implements [`ivs_runner::Suite`]. State its cases in a table of
//!    [`ivs_runner::CaseSpec`]s; what `plan` computes, `run` gets as the details of its assignments. State its checks in
//!    `checks.rs` and explain them in `checks.toml`.
//! 2. Add its module and one line of [`SUITES`] to this file. Its place decides when it runs on an operation.
//! 3. Plant faults in the emulator that the suite finds, and that no other suite finds: one file each.
//!
//! Suites do not import each other. What several suites need belongs in `ivs-runner`.
//!
//! # How to add a check
//!
//! A check of a suite is a [`CheckInfo`](ivs_judge::CheckInfo) with its authority and source. It stands in the suite's folder:
//! state it in `checks.rs` and explain it in `checks.toml`, which [`Suite::checks`] and [`Suite::check_texts`] return. Make
//! findings from it with `CaseContext::fail` or `OperationUnderTest::finding`. Plant a fault that it finds. A check of every
//! exchange belongs in `ivs-judge`.
//!
//! This crate never imports load tests, the command or (outside of tests) the emulator; it reads no environment and prints
//! nothing.

mod arn;
mod auth;
mod batch;
mod check_table;
mod concurrency;
mod controls;
mod errors;
mod idempotency;
mod lifecycle;
mod list_turns;
mod pagination;
mod protocol;
mod rules;
mod snapshot;
mod tags;
mod validation;

use ivs_runner::Suite;

pub use lifecycle::{CASES_A_SEQUENCE, check_kept_sequences, kept_sequence_file};
pub use rules::{all_rules, checks, endpoint_checks, explained_checks};

/// All suites, in the order in which they run on an operation.
pub static SUITES: &[&dyn Suite] = &[
    &validation::Validation,
    &errors::Errors,
    &protocol::Protocol,
    &auth::Auth,
    &pagination::Pagination,
    &batch::Batch,
    &lifecycle::Lifecycle,
    &tags::Tags,
    &idempotency::Idempotency,
    &concurrency::Concurrency,
    &snapshot::Snapshot,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ivs_model::bundled;
    use ivs_runner::{Config, suite_cases};

    use super::SUITES;

    #[test]
    fn no_two_cases_have_the_same_id() {
        let mut ids = BTreeSet::new();
        for id in suite_cases(bundled::models(), bundled::knowledge(), SUITES, &Config::default()) {
            assert!(ids.insert(id.clone()), "{id}");
        }
        assert!(ids.len() > 15_000, "{}", ids.len());
    }

    #[test]
    fn no_two_suites_have_the_same_name() {
        let names: BTreeSet<_> = SUITES.iter().map(|suite| suite.name()).collect();
        assert_eq!(names.len(), SUITES.len());
    }
}
