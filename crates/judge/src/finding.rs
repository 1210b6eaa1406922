//! A Finding: one true departure from the contract, and how to see it again.

use std::fmt;

use ivs_model::Authority;
use serde::{Deserialize, Serialize};

use crate::Grouping;

/// How much a Finding weighs. `Inferred` authority gives warnings, every other one errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The contract is settled and the endpoint departs from it.
    Error,
    /// The endpoint departs from our reading of what is not settled.
    Warning,
}

impl Severity {
    /// The one word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl From<Authority> for Severity {
    fn from(authority: Authority) -> Self {
        match authority {
            Authority::Inferred => Self::Warning,
            Authority::Model | Authority::Protocol | Authority::Documented | Authority::Observed => Self::Error,
        }
    }
}

/// The one word for an authority in reports, as in JSON.
#[must_use]
pub fn authority_name(authority: Authority) -> &'static str {
    match authority {
        Authority::Model => "model",
        Authority::Protocol => "protocol",
        Authority::Documented => "documented",
        Authority::Observed => "observed",
        Authority::Inferred => "inferred",
    }
}

/// Check + operation + site, `rejects-invalid:ivs.CreateChannel:/name#max-length`: what baselines and
/// de-duplication compare. It holds no seed and no server-made value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(pub String);

impl Identity {
    /// The identity of a check at a site of an operation; operation and site may be `*`.
    #[must_use]
    pub fn new(check: &str, service: &str, operation: &str, site: &str) -> Self {
        Self(format!("{check}:{service}.{operation}:{site}"))
    }

    /// Whether this identity stands for the other one: they are equal, or this one is the grouped form of it
    /// (`*` as its operation, its site, or both). A baseline that holds a grouped finding covers its members.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fn parts(identity: &str) -> Option<(&str, &str, &str, &str)> {
            let (check, rest) = identity.split_once(':')?;
            let (target, site) = rest.split_once(':')?;
            let (service, operation) = target.split_once('.')?;
            Some((check, service, operation, site))
        }
        if self == other {
            return true;
        }
        let (Some(own), Some(its)) = (parts(&self.0), parts(&other.0)) else { return false };
        own.0 == its.0 && own.1 == its.1 && (own.2 == "*" || own.2 == its.2) && (own.3 == "*" || own.3 == its.3)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One divergence of the endpoint. Its texts hold no secret, and references in place of server-made values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What baselines compare.
    pub identity: Identity,
    /// The suite that found it; `universal` for the checks on every exchange.
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
    /// The place as the identity names it: list items as `*`, the constraint after `#`.
    pub site: String,
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
    /// The operations that showed it, where it is a fact of the endpoint as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// The sites that showed it, where they were taken together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// How to see it again.
    pub reproduce: Reproduce,
    /// Whether it may be taken together with others of its kind.
    #[serde(skip)]
    pub grouping: Grouping,
}

/// Two ways to see a Finding again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reproduce {
    /// A `curl` line (signed with `--aws-sigv4`, credentials from the environment).
    pub curl: String,
    /// An `ivs-contract replay` line; empty where no case of its own showed it.
    pub replay: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_inferred_rule_gives_a_warning() {
        let all =
            [Authority::Model, Authority::Protocol, Authority::Documented, Authority::Observed, Authority::Inferred];
        let warnings: Vec<_> = all.into_iter().filter(|it| Severity::from(*it) == Severity::Warning).collect();
        assert_eq!(warnings, vec![Authority::Inferred]);
    }

    #[test]
    fn a_grouped_identity_covers_its_members_and_no_other() {
        let grouped = Identity::new("content-type", "ivs", "*", "success");
        assert!(grouped.covers(&grouped));
        assert!(grouped.covers(&Identity::new("content-type", "ivs", "GetChannel", "success")));
        assert!(!grouped.covers(&Identity::new("content-type", "ivs", "GetChannel", "error")));
        assert!(!grouped.covers(&Identity::new("content-type", "ivs-realtime", "GetStage", "success")));
        assert!(!Identity::new("content-type", "ivs", "GetChannel", "success").covers(&grouped));
        assert!(Identity::new("a", "ivs", "*", "*").covers(&Identity::new("a", "ivs", "X", "unsigned")));
    }
}
