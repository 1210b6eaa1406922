//! The findings as the page shows them: all of them where they fit, else the most telling of each cause.

use std::collections::{BTreeMap, BTreeSet};

use ivs_client::percent_encode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::render::counted;
use crate::{BaselineState, Cause, Finding, Report, causes};

/// So many bytes of findings with their exchanges are shown.
const WHOLE_BYTES: usize = 700_000;
/// So many bytes of findings are shown by their names only.
const BRIEF_BYTES: usize = 300_000;
/// What the markup of a finding adds to its texts.
const MARKUP: usize = 1_100;
/// What the markup of a finding adds that is shown by its name.
const BRIEF_MARKUP: usize = 650;

/// A cause with the findings that are shown of it.
#[derive(Debug, Serialize)]
struct ShownCause {
    #[serde(flatten)]
    cause: Cause,
    /// The name of its place on the page.
    anchor: String,
    /// The same in an address.
    href: String,
    /// What was expected and what came.
    texts: Value,
    /// `12 findings over 3 operations`.
    many: String,
    findings: Vec<Value>,
    left_out: usize,
}

impl ShownCause {
    /// The values of a member of its findings.
    fn values<'s>(&'s self, member: &str) -> impl Iterator<Item = &'s str> {
        self.findings.iter().filter_map(move |finding| finding[member].as_str())
    }
}

/// How much of a finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Brief,
}

/// The causes of the findings in one baseline state. A run without a baseline has one group.
#[derive(Debug, Serialize)]
pub(super) struct CauseGroup {
    /// `NEW`, `EXPIRED`, `OTHER` or `ACCEPTED`; empty without a baseline.
    name: &'static str,
    /// `12 findings in 3 causes`.
    many: String,
    /// What the state means.
    meaning: &'static str,
    causes: Vec<ShownCause>,
}

impl CauseGroup {
    /// The values of a member of its findings.
    pub(super) fn values<'s>(&'s self, member: &'s str) -> impl Iterator<Item = &'s str> {
        self.causes.iter().flat_map(move |cause| cause.values(member))
    }
}

/// The baseline states in the order of the page, each with its meaning.
const STATES: [(Option<BaselineState>, &str); 4] = [
    (Some(BaselineState::New), "no entry of the baseline covers them"),
    (Some(BaselineState::Expired), "the entries that cover them have expired"),
    (None, "of operations that were not selected; they do not count"),
    (Some(BaselineState::Accepted), "entries of the baseline accept them"),
];

/// The causes of a report by baseline state, each with as many findings as the page has room for.
pub(super) fn cause_groups(report: &Report) -> Vec<CauseGroup> {
    let findings: BTreeMap<String, &Finding> =
        report.findings.iter().map(|finding| (finding.identity.to_string(), finding)).collect();
    let groups = STATES.iter().map(|(state, meaning)| {
        let found: Vec<Finding> = report.findings.iter().filter(|it| it.baseline == *state).cloned().collect();
        (state.map_or("OTHER", BaselineState::as_str), *meaning, found.len(), causes(&found))
    });
    let groups: Vec<_> = match &report.baseline {
        Some(_) => groups.collect(),
        None => vec![("", "", report.findings.len(), report.causes.clone())],
    };
    let groups: Vec<_> = groups.into_iter().filter(|(.., causes)| !causes.is_empty()).collect();
    let extents = extents(&groups.iter().map(|(.., causes)| causes.as_slice()).collect::<Vec<_>>(), &findings);
    let mut anchors = BTreeSet::new();
    let mut shown = |causes: Vec<Cause>, name: &str| -> Vec<ShownCause> {
        let anchored = causes.into_iter().map(|cause| {
            let anchor = format!("cause:{}", cause.id);
            // A cause may have findings in several states.
            let anchor = if anchors.contains(&anchor) { format!("{anchor}@{}", name.to_lowercase()) } else { anchor };
            anchors.insert(anchor.clone());
            shown_cause(cause, anchor, &findings, &extents)
        });
        anchored.collect()
    };
    let groups = groups.into_iter().map(|(name, meaning, found, causes)| {
        let many = format!("{} in {}", counted(found as u64, "finding"), counted(causes.len() as u64, "cause"));
        CauseGroup { name, many, meaning, causes: shown(causes, name) }
    });
    groups.collect()
}

/// Which findings are shown, and how: group by group, first the example of each cause, then the others, cause by cause in turn.
fn extents(groups: &[&[Cause]], findings: &BTreeMap<String, &Finding>) -> BTreeMap<String, Extent> {
    let ordered = groups.iter().flat_map(|causes| in_turn(causes));
    let (mut whole, mut brief) = (WHOLE_BYTES, BRIEF_BYTES);
    let mut extents = BTreeMap::new();
    for id in ordered {
        let Some(finding) = findings.get(&id) else { continue };
        let size = MARKUP + serde_json::to_string(finding).map_or(0, |text| text.len() + text.len() / 4);
        let brief_size = BRIEF_MARKUP + 3 * id.len() + finding.actual.len();
        if let Some(rest) = whole.checked_sub(size) {
            whole = rest;
            extents.insert(id, Extent::Whole);
        } else if let Some(rest) = brief.checked_sub(brief_size) {
            brief = rest;
            extents.insert(id, Extent::Brief);
        }
    }
    extents
}

/// The names of all findings: the example of each cause, then the second of each, and so on.
fn in_turn(causes: &[Cause]) -> Vec<String> {
    let examples = causes.iter().map(|cause| cause.example.to_string());
    let longest = causes.iter().map(|cause| cause.members.len()).max().unwrap_or(0);
    let others = (0..longest).flat_map(|turn| causes.iter().filter_map(move |cause| cause.members.get(turn)));
    let mut seen = BTreeSet::new();
    examples.chain(others.map(ToString::to_string)).filter(|id| seen.insert(id.clone())).collect()
}

fn shown_cause(
    cause: Cause,
    anchor: String,
    findings: &BTreeMap<String, &Finding>,
    extents: &BTreeMap<String, Extent>,
) -> ShownCause {
    let example = cause.example.to_string();
    let others = cause.members.iter().map(ToString::to_string).filter(|id| *id != example);
    let ids = std::iter::once(example.clone()).chain(others);
    let shown: Vec<Value> = ids.filter_map(|id| Some(shown_finding(findings.get(&id)?, *extents.get(&id)?))).collect();
    let total = cause.findings.total();
    ShownCause {
        href: in_address(&anchor),
        anchor,
        texts: json!(cause.texts(findings.get(&example).copied())),
        many: format!("{} over {}", counted(total, "finding"), counted(cause.operations, "operation")),
        left_out: cause.members.len().saturating_sub(shown.len()),
        findings: shown,
        cause,
    }
}

fn shown_finding(finding: &Finding, extent: Extent) -> Value {
    let mut shown = serde_json::to_value(finding).unwrap_or_default();
    shown["href"] = json!(in_address(&finding.identity.to_string()));
    // `new`, `accepted` or `expired`, if the run has a baseline.
    shown["state"] = shown.get("baseline").cloned().unwrap_or_else(|| json!(""));
    shown["is_whole"] = json!(extent == Extent::Whole);
    shown
}

/// A text as the fragment of an address.
fn in_address(text: &str) -> String {
    percent_encode(text.as_bytes(), b":/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_finding_is_a_fragment_of_an_address() {
        assert_eq!(in_address("a-check:ivs.GetChannel:/name#pattern"), "a-check:ivs.GetChannel:/name%23pattern");
        assert_eq!(in_address("ü \""), "%C3%BC%20%22");
    }
}
