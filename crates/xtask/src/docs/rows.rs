//! The rows of the pages, as plain data: the renderers know no other crate.

/// A row of `docs/checks.md`.
#[derive(Debug, Clone)]
pub struct CheckRow {
    /// The name.
    pub name: String,
    /// The demand, in a sentence or two.
    pub demand: String,
    /// An exchange that meets the demand.
    pub right: String,
    /// An exchange that does not.
    pub wrong: String,
    /// The usual causes of a finding.
    pub causes: Vec<String>,
    /// Whose word it rests on.
    pub authority: String,
    /// The specification or fact that the rule comes from.
    pub source: String,
    /// True if it judges every exchange, whatever the suite.
    pub is_universal: bool,
}

/// A row of `docs/suites.md`.
#[derive(Debug, Clone)]
pub struct SuiteRow {
    /// The name.
    pub name: String,
    /// Its purpose, in a sentence or two.
    pub description: String,
    /// The number of its cases.
    pub cases: usize,
    /// A case id that `replay` takes.
    pub example: Option<String>,
}

/// A row of a table in `docs/conformance.md`.
#[derive(Debug, Clone)]
pub struct ResultRow {
    /// The service and the name, `ivs.CreateChannel`.
    pub operation: String,
    /// A mark for each suite.
    pub marks: Vec<String>,
    /// True if the endpoint does not implement it.
    pub is_absent: bool,
}

/// A row of `docs/faults.md`.
#[derive(Debug, Clone)]
pub struct FaultRow {
    /// The name.
    pub name: String,
    /// The part of the contract that it breaks.
    pub area: String,
    /// The misbehavior, in one sentence.
    pub summary: String,
    /// Empty if the fault shows on all.
    pub operations: Vec<String>,
    /// The suite whose requests bring it to light.
    pub suite: String,
    /// The check that is meant to find it.
    pub check: String,
}

/// A row of `docs/configuration.md`.
#[derive(Debug, Clone)]
pub struct SettingRow {
    /// The key in the settings file.
    pub key: String,
    /// The type in TOML.
    pub kind: String,
    /// The value where nothing is set.
    pub default: String,
    /// The flag that takes precedence.
    pub flag: Option<String>,
    /// The environment variable that takes precedence.
    pub environment: Option<String>,
    /// A valid value in TOML.
    pub example: String,
    /// Its purpose, in a sentence or two.
    pub description: String,
}
