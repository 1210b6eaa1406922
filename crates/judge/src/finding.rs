//! A Finding: one true departure from the contract, and how to see it again.

use ivs_generators::Authority;
use serde::Serialize;

/// How much a Finding weighs. `Inferred` authority gives warnings, every other one errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The contract is settled and the endpoint departs from it.
    Error,
    /// The endpoint departs from our reading of what is not settled.
    Warning,
}

/// Check + operation + site: what baselines and de-duplication compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Identity(pub String);

/// One divergence of the endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What baselines compare.
    pub identity: Identity,
    /// The suite that found it.
    pub suite: String,
    /// The check that judged it.
    pub check: String,
    /// The service id.
    pub service: String,
    /// The operation, or `*` for a fact of the endpoint as a whole.
    pub operation: String,
    /// Error or warning.
    pub severity: Severity,
    /// Why the other answer was expected.
    pub authority: Authority,
    /// JSON pointer to the place in input or output, empty for the whole exchange.
    pub pointer: String,
    /// The id of the case (or sequence step) that showed it.
    pub case: String,
    /// What was expected, without secrets.
    pub expected: String,
    /// What came, without secrets.
    pub actual: String,
    /// Where the rule comes from: model shape, facts section, RFC.
    pub rule: String,
    /// How many exchanges showed it.
    pub count: u64,
    /// How to see it again.
    pub reproduce: Reproduce,
}

/// Two ways to see a Finding again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reproduce {
    /// A `curl` line (signed with `--aws-sigv4`, credentials from the environment).
    pub curl: String,
    /// An `ivs-contract replay` line.
    pub replay: String,
}
