//! The reasons why a baseline cannot be used.

use super::BASELINE_SCHEMA;

/// A baseline that cannot be used, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct BaselineError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The reason.
    pub problem: BaselineProblem,
}

/// The reason why a baseline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the messages say it")]
pub enum BaselineProblem {
    #[error("the baseline is not valid TOML: {0}")]
    NotToml(String),
    #[error("the baseline has no schema. Add `schema = {BASELINE_SCHEMA}` as its first line")]
    NoSchema,
    #[error(
        "this version reads baselines of schema {BASELINE_SCHEMA}, not {0}. Use the version that wrote the file, or create a new \
         file with --update-baseline"
    )]
    OtherSchema(String),
    #[error("unknown key '{key}' (expected one of: {})", expected.join(", "))]
    UnknownKey { key: String, expected: &'static [&'static str] },
    #[error("'{key}' must be {expected} (example: {key} = {example})")]
    WrongType { key: &'static str, expected: &'static str, example: &'static str },
    #[error("`accept` must be a list of tables. Begin each entry with a line `[[accept]]`")]
    NoTables,
    #[error("the entry has no `id`. Add the ID of a finding, or a `glob` (example: glob = \"request-id:ivs.*\")")]
    NoPattern,
    #[error("the entry has `id` and `glob`. Keep one of them")]
    TwoPatterns,
    #[error(
        "'{0}' is not the ID of a finding (example: rejects-invalid:ivs.CreateChannel:/name#max-length). With wildcards, use \
         the key `glob` instead of `id`"
    )]
    NotAnId(String),
    #[error("no check is called '{check}'.{} `ivs-contract explain` lists the checks", suggestion(closest))]
    UnknownCheck { check: String, closest: Option<String> },
    #[error(
        "no operation is called '{operation}'.{} Remove the entry if the model no longer has it",
        suggestion(closest)
    )]
    UnknownOperation { operation: String, closest: Option<String> },
    #[error("the glob '{0}' matches no operation (example: request-id:ivs.*)")]
    GlobOfNothing(String),
    #[error("'{value}' is not the ID of a case (example: case = \"ivs.GetChannel/errors/absent-channel\")")]
    NotACase { value: String },
    #[error("'{key}' must be a date (example: {key} = 2027-03-31)")]
    NotADate { key: &'static str },
    #[error("the entry '{entry}' is already on line {line}. Remove one of them")]
    Twice { entry: String, line: usize },
}

fn suggestion(closest: &Option<String>) -> String {
    closest.as_ref().map(|name| format!(" Did you mean '{name}'?")).unwrap_or_default()
}
