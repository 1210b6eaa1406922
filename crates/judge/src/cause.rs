//! From findings to causes: findings that one change in the endpoint would most likely fix.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::{Authority, FindingId, OperationId};
use serde::{Deserialize, Serialize};

use crate::cause_key::CauseKey;
use crate::finding::rank;
use crate::finding_counts::FindingCounts;
use crate::{Finding, Severity};

/// The number of errors that a cause names before it gives their statuses only.
const MOST_ERRORS: usize = 2;

/// Findings that depart in the same way, over operations, sites and services. Most likely one change in the endpoint fixes
/// them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its name: `rejects-invalid/rejected/success`. It depends on no seed and on no selection.
    pub id: String,
    /// The checks that found it, that of the example first.
    pub checks: Vec<String>,
    /// The worst severity of its findings.
    pub severity: Severity,
    /// The firmest authority of its findings.
    pub authority: Authority,
    /// What was expected. Texts of findings that differ in a value only have `…` in its place.
    pub expected: String,
    /// What came, in the same form.
    pub actual: String,
    /// The number of its findings, by severity.
    pub findings: FindingCounts,
    /// The number of operations that show it.
    pub operations: u64,
    /// The finding that shows it best.
    pub example: FindingId,
    /// The line that runs the example alone; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub replay: String,
    /// The line that says what is demanded, and why.
    pub explain: String,
    /// Its findings, sorted.
    pub members: Vec<FindingId>,
}

/// What a reader is told of a cause.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CauseTexts<'t> {
    /// `e.g. ` in front of the texts of an example, else empty.
    pub(crate) lead: &'static str,
    pub(crate) expected: &'t str,
    pub(crate) actual: &'t str,
}

impl Cause {
    /// Returns what a reader is told: the texts of the example, where those of the cause leave out values and so tell little.
    pub(crate) fn texts<'t>(&'t self, example: Option<&'t Finding>) -> CauseTexts<'t> {
        let leaves_out =
            self.members.len() > 1 && [&self.expected, &self.actual].into_iter().any(|it| CauseKey::leaves_out(it));
        match example.filter(|_| leaves_out) {
            Some(finding) => CauseTexts { lead: "e.g. ", expected: &finding.expected, actual: &finding.actual },
            None => CauseTexts { lead: "", expected: &self.expected, actual: &self.actual },
        }
    }
}

/// Returns the causes of the findings: the worst severity and the firmest authority first, then the one with most findings.
/// Each finding is in exactly one of them.
#[must_use]
pub fn causes(findings: &[Finding]) -> Vec<Cause> {
    let mut groups: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(CauseKey::of(finding).id()).or_default().push(finding);
    }
    let mut causes: Vec<Cause> = groups.into_iter().filter_map(|(id, members)| cause(id, &members)).collect();
    causes.sort_by(|a, b| {
        let key = |cause: &Cause| (cause.severity, cause.authority, u64::MAX - cause.findings.total());
        (key(a), &a.id).cmp(&(key(b), &b.id))
    });
    causes
}

fn cause(id: String, members: &[&Finding]) -> Option<Cause> {
    let example = members.iter().min_by(|a, b| (rank(a), &a.identity).cmp(&(rank(b), &b.identity)))?;
    let key = CauseKey::of(example);
    let others: BTreeSet<&String> = members.iter().map(|it| &it.check).filter(|it| **it != example.check).collect();
    let operations: BTreeSet<(&str, Option<OperationId>)> =
        members.iter().map(|it| (it.scope.service(), it.scope.operation())).collect();
    let mut ids: Vec<FindingId> = members.iter().map(|it| it.identity.clone()).collect();
    ids.sort();
    Some(Cause {
        id,
        checks: std::iter::once(&example.check).chain(others).cloned().collect(),
        severity: members.iter().map(|it| it.severity).min().unwrap_or(example.severity),
        authority: members.iter().map(|it| it.authority).min().unwrap_or(example.authority),
        expected: expected(&key, members),
        actual: actual(&key, members),
        findings: FindingCounts::of(members.iter().copied()),
        operations: operations.len() as u64,
        example: example.identity.clone(),
        replay: example.reproduce.replay.clone(),
        explain: format!("ivs-contract explain {}", example.check),
        members: ids,
    })
}

/// Returns the one text that all have, if they do.
fn shared<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let first = texts.next()?;
    texts.all(|text| text == first).then_some(first)
}

fn expected(key: &CauseKey, members: &[&Finding]) -> String {
    let briefs: Vec<&str> = members.iter().map(|it| CauseKey::brief(&it.expected)).collect();
    if let Some(one) = shared(briefs.iter().copied()) {
        return one.to_owned();
    }
    if key.is_wrong_status() {
        return "the status of its error".to_owned();
    }
    let errors: BTreeSet<String> = briefs.iter().flat_map(|text| CauseKey::errors(text)).collect();
    if (1..=MOST_ERRORS).contains(&errors.len()) {
        return errors.into_iter().collect::<Vec<_>>().join(" or ");
    }
    let statuses: BTreeSet<u16> = briefs.iter().flat_map(|text| CauseKey::statuses(text)).collect();
    if statuses.is_empty() {
        return key.expected().to_owned();
    }
    let listed = statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
    if statuses.iter().all(|status| *status >= 400) { format!("an error: {listed}") } else { listed }
}

fn actual(key: &CauseKey, members: &[&Finding]) -> String {
    if let Some(one) = shared(members.iter().map(|it| it.actual.as_str())) {
        return one.to_owned();
    }
    let statuses: BTreeSet<u16> = members.iter().flat_map(|it| CauseKey::statuses(&it.actual)).collect();
    match statuses.iter().collect::<Vec<_>>()[..] {
        [] => key.actual().to_owned(),
        [only] if key.is_wrong_status() => only.to_string(),
        _ => {
            let listed = statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
            if key.is_nameless() { format!("{listed} without an error name") } else { listed }
        }
    }
}
