//! Sites, counted by operation and by kind of constraint, each polarity apart.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{OperationRow, Report, SiteRow, Trial};

/// Sites of one polarity by what became of them.
#[derive(Debug, Default, Clone, Copy, Serialize, PartialEq, Eq)]
struct Trials {
    total: u64,
    passed: u64,
    failed: u64,
    indeterminate: u64,
    skipped: u64,
}

/// The sites of one kind of constraint.
#[derive(Debug, Serialize)]
pub(super) struct Polarity<'r> {
    kind: &'r str,
    valid: Trials,
    invalid: Trials,
}

/// An operation with its sites.
#[derive(Debug, Serialize)]
pub(super) struct OperationSites<'r> {
    #[serde(flatten)]
    row: &'r OperationRow,
    valid: Trials,
    invalid: Trials,
}

impl Trials {
    fn add(&mut self, trial: Option<Trial>) {
        let Some(trial) = trial else { return };
        self.total += 1;
        match trial {
            Trial::Passed => self.passed += 1,
            Trial::Failed => self.failed += 1,
            Trial::Indeterminate => self.indeterminate += 1,
            Trial::Skipped => self.skipped += 1,
        }
    }
}

/// The sites of a run by the kind of constraint.
pub(super) fn by_kind(report: &Report) -> Vec<Polarity<'_>> {
    let rows = counted_by(report, |site| site.kind.as_str());
    rows.into_iter().map(|(kind, (valid, invalid))| Polarity { kind, valid, invalid }).collect()
}

/// The operations of a run with their sites.
pub(super) fn operations(report: &Report) -> Vec<OperationSites<'_>> {
    let rows = counted_by(report, |site| site.operation.as_str());
    let trials = |row: &OperationRow| rows.get(format!("{}.{}", row.service, row.operation).as_str()).copied();
    let with_sites = report.operations.iter().map(|row| (row, trials(row).unwrap_or_default()));
    with_sites.map(|(row, (valid, invalid))| OperationSites { row, valid, invalid }).collect()
}

/// The trials of both polarities: valid, invalid.
fn counted_by(report: &Report, key: fn(&SiteRow) -> &str) -> BTreeMap<&str, (Trials, Trials)> {
    let mut rows: BTreeMap<&str, (Trials, Trials)> = BTreeMap::new();
    for site in &report.sites {
        let (valid, invalid) = rows.entry(key(site)).or_default();
        valid.add(site.valid);
        invalid.add(site.invalid);
    }
    rows
}
