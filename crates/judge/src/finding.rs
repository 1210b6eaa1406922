//! A Finding: one true departure from the contract, and how to see it again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use ivs_model::{Authority, CaseId, FindingId, FindingScope, SuiteName};
use serde::{Deserialize, Deserializer, Serialize};

use crate::curl::quoted;
use crate::{BaselineState, Grouping, ShownExchange};

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

/// One divergence of the endpoint. Its texts hold no secret, and references in place of server-made values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What baselines compare.
    pub identity: FindingId,
    /// The suite that found it; `universal` for the checks on every exchange.
    pub suite: SuiteName,
    /// The check that judged it.
    pub check: String,
    /// The operation, or the service for a fact of the endpoint as a whole; the fields `service` and `operation` in JSON.
    #[serde(flatten)]
    pub scope: FindingScope,
    /// Error or warning.
    pub severity: Severity,
    /// Why the other answer was expected.
    pub authority: Authority,
    /// JSON pointer to the place in input or output, empty for the whole exchange.
    pub pointer: String,
    /// The place as the identity names it: list items as `*`, the constraint after `#`.
    pub site: String,
    /// The case (or sequence step) that showed it.
    #[serde(deserialize_with = "read_case")]
    pub case: CaseId,
    /// What was expected, without secrets.
    pub expected: String,
    /// What came, without secrets.
    pub actual: String,
    /// Where the rule comes from: model shape, fact in docs/facts.md, RFC.
    pub rule: String,
    /// How many exchanges showed it.
    pub count: u64,
    /// The operations that showed it, where it is a fact of the endpoint as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// The sites that showed it, where they were taken together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// How many other pairs of an expected and an actual text it stands for: those shown are of one exchange.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_answers: u64,
    /// How to see it again.
    pub reproduce: Reproduce,
    /// What the baseline of the run says about it, if the run has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineState>,
    /// The exchange that showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Box<ShownExchange>>,
    /// The answers that it stands for, each with its own expectation and authority; empty if there is one only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<FindingAnswer>,
    /// The steps of the sequence that shows it; empty if it is shown by one request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<serde_json::Value>,
    /// All that it stands for, by what makes an answer another one.
    #[serde(skip)]
    pub(crate) seen: BTreeMap<AnswerKey, AnswerSeen>,
    /// What came, with references in place of server-made values: what tells answers apart.
    #[serde(skip)]
    pub(crate) actual_form: String,
    /// Whether it may be taken together with others of its kind.
    #[serde(skip)]
    pub grouping: Grouping,
}

impl Finding {
    /// Gives the finding another identity, also in the line that replays it.
    pub fn identify(&mut self, identity: FindingId) {
        let replay = &mut self.reproduce.replay;
        if let Some(line) = replay.strip_suffix(&expecting(&self.identity)) {
            *replay = format!("{line}{}", expecting(&identity));
        }
        self.scope = identity.scope;
        self.identity = identity;
    }
}

/// One of several answers that a finding stands for, with its own expectation and authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingAnswer {
    /// Why the other answer was expected.
    pub authority: Authority,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// How many exchanges showed it.
    pub count: u64,
    /// Operations and sites that showed it, `ListChannels body-array`.
    pub places: Vec<String>,
}

/// Authority, expected text, and actual text with references in place of server-made values.
pub(crate) type AnswerKey = (Authority, String, String);

/// Where an answer was seen, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AnswerSeen {
    actual: String,
    count: u64,
    places: BTreeSet<String>,
}

impl Finding {
    /// Adds what another finding of the same identity or group stands for.
    pub(crate) fn take_answers_of(&mut self, other: &Self) {
        if other.seen.is_empty() {
            let key = (other.authority, other.expected.clone(), other.actual_form.clone());
            let place = format!("{} {}", other.scope.operation_name(), other.site).trim_end().to_owned();
            let seen = AnswerSeen { actual: other.actual.clone(), count: other.count, places: BTreeSet::from([place]) };
            self.add_answer(key, seen);
        }
        for (key, seen) in &other.seen {
            self.add_answer(key.clone(), seen.clone());
        }
    }

    fn add_answer(&mut self, key: AnswerKey, seen: AnswerSeen) {
        match self.seen.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(seen);
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.count += seen.count;
                known.places.extend(seen.places);
            }
        }
    }

    /// States the answers that it stands for, if there are several: its own one first.
    pub(crate) fn list_answers(&mut self) {
        self.other_answers = self.seen.len().saturating_sub(1) as u64;
        if self.other_answers == 0 {
            return;
        }
        let own = (self.authority, self.expected.clone(), self.actual_form.clone());
        let mut seen: Vec<_> = self.seen.iter().collect();
        seen.sort_by_key(|(key, _)| **key != own);
        self.answers = seen
            .into_iter()
            .map(|((authority, expected, _), seen)| FindingAnswer {
                authority: *authority,
                expected: expected.clone(),
                actual: seen.actual.clone(),
                count: seen.count,
                places: seen.places.iter().cloned().collect(),
            })
            .collect();
    }
}

/// The end of a replay line: the finding to look for.
pub(crate) fn expecting(identity: &FindingId) -> String {
    format!(" --expect {}", quoted(&identity.to_string()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Two ways to see a Finding again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reproduce {
    /// A `curl` line (signed with `--aws-sigv4`, credentials from the environment).
    pub curl: String,
    /// An `ivs-contract` line that runs the case alone, at the same target.
    pub replay: String,
}

/// Reads the id of a case, also as earlier versions wrote it.
fn read_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CaseId, D::Error> {
    CaseId::from_legacy(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
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
}
