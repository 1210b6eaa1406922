//! The findings as the page shows them: all of them where they fit, else the most telling of each cause.

use std::collections::{BTreeMap, BTreeSet};

use ivs_client::percent_encode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::render::counted;
use crate::{Cause, Finding, Report};

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
pub(super) struct ShownCause<'r> {
    #[serde(flatten)]
    cause: &'r Cause,
    /// The name of its place on the page.
    anchor: String,
    /// The same in an address.
    href: String,
    /// `12 findings over 3 operations`.
    many: String,
    findings: Vec<Value>,
    left_out: usize,
}

impl ShownCause<'_> {
    /// The values of a member of its findings.
    pub(super) fn values<'s>(&'s self, member: &str) -> impl Iterator<Item = &'s str> {
        self.findings.iter().filter_map(move |finding| finding[member].as_str())
    }
}

/// How much of a finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Brief,
}

/// The causes of a report, each with as many findings as the page has room for.
pub(super) fn shown_causes(report: &Report) -> Vec<ShownCause<'_>> {
    let findings: BTreeMap<String, &Finding> =
        report.findings.iter().map(|finding| (finding.identity.to_string(), finding)).collect();
    let extents = extents(report, &findings);
    report.causes.iter().map(|cause| shown_cause(cause, &findings, &extents)).collect()
}

/// Which findings are shown, and how: first the example of each cause, then the others, cause by cause in turn.
fn extents(report: &Report, findings: &BTreeMap<String, &Finding>) -> BTreeMap<String, Extent> {
    let ordered = in_turn(&report.causes);
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

fn shown_cause<'r>(
    cause: &'r Cause,
    findings: &BTreeMap<String, &Finding>,
    extents: &BTreeMap<String, Extent>,
) -> ShownCause<'r> {
    let example = cause.example.to_string();
    let others = cause.members.iter().map(ToString::to_string).filter(|id| *id != example);
    let ids = std::iter::once(example.clone()).chain(others);
    let shown: Vec<Value> = ids.filter_map(|id| Some(shown_finding(findings.get(&id)?, *extents.get(&id)?))).collect();
    let total = cause.findings.total();
    let anchor = format!("cause:{}", cause.id);
    ShownCause {
        cause,
        href: in_address(&anchor),
        anchor,
        many: format!("{} over {}", counted(total, "finding"), counted(cause.operations, "operation")),
        left_out: cause.members.len().saturating_sub(shown.len()),
        findings: shown,
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
