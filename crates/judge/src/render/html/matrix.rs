//! The matrix of operations by suites.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{CaseCounts, CoverageRow, OperationRow, Report, Severity};

/// The suite of the checks on every exchange, which has findings and no cases.
const UNIVERSAL: &str = "universal";

/// All operations by all suites.
#[derive(Debug, Serialize)]
pub(super) struct Matrix<'r> {
    suites: Vec<&'r str>,
    /// The number of operations.
    columns: usize,
    services: Vec<Service<'r>>,
}

#[derive(Debug, Serialize)]
struct Service<'r> {
    service: &'r str,
    operations: Vec<Column<'r>>,
}

#[derive(Debug, Serialize)]
struct Column<'r> {
    operation: &'r str,
    /// From 2 on: the first column has the names of the suites.
    column: usize,
    absent: bool,
    cells: Vec<Cell>,
}

/// One operation in one suite.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Cell {
    /// `f` an error, `w` a warning, `p` passed, `i` indeterminate, `s` skipped, `u` not implemented, `n` no case.
    state: char,
    /// The same for readers who see no colors.
    mark: &'static str,
    /// Cases passed, failed, indeterminate, skipped; empty if there is none.
    counts: String,
}

impl<'r> Matrix<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        let mut worst: BTreeMap<(&str, &str, &str), Severity> = BTreeMap::new();
        for finding in &report.findings {
            let key = (finding.scope.service(), finding.scope.operation_name(), finding.suite.as_str());
            let severity = worst.entry(key).or_insert(finding.severity);
            *severity = (*severity).min(finding.severity);
        }
        let of_cases = report.operations.iter().flat_map(|row| row.suites.keys().map(String::as_str));
        let mut suites: BTreeSet<&str> = of_cases.chain(worst.keys().map(|(.., suite)| *suite)).collect();
        suites.insert(UNIVERSAL);
        let suites: Vec<&str> = suites.into_iter().collect();
        let mut services: Vec<Service<'_>> = Vec::new();
        for (index, row) in report.operations.iter().enumerate() {
            if services.last().is_none_or(|last| last.service != row.service) {
                services.push(Service { service: &row.service, operations: Vec::new() });
            }
            let cell = |suite: &&str| {
                let found = worst.get(&(row.service.as_str(), row.operation.as_str(), *suite)).copied();
                Cell::new(row, row.suites.get(*suite), *suite == UNIVERSAL, found)
            };
            let column = Column {
                operation: &row.operation,
                column: index + 2,
                absent: row.coverage == CoverageRow::NotImplemented,
                cells: suites.iter().map(cell).collect(),
            };
            if let Some(service) = services.last_mut() {
                service.operations.push(column);
            }
        }
        Self { columns: report.operations.len(), suites, services }
    }
}

impl Cell {
    fn new(row: &OperationRow, cases: Option<&CaseCounts>, is_universal: bool, found: Option<Severity>) -> Self {
        let (state, mark) = match (found, row.coverage) {
            (Some(Severity::Error), _) => ('f', "×"),
            (Some(Severity::Warning), _) => ('w', "!"),
            (None, CoverageRow::NotImplemented) => ('u', "∅"),
            (None, coverage) => match cases {
                Some(cases) if cases.failed > 0 => ('f', "×"),
                Some(cases) if cases.passed > 0 => ('p', ""),
                Some(cases) if cases.indeterminate > 0 => ('i', "?"),
                Some(cases) if cases.skipped + cases.not_sent > 0 => ('s', "–"),
                None if is_universal && coverage == CoverageRow::Exercised => ('p', ""),
                _ => ('n', ""),
            },
        };
        let counts = cases.map_or_else(String::new, |it| {
            format!("{},{},{},{}", it.passed, it.failed, it.indeterminate, it.skipped + it.not_sent)
        });
        Self { state, mark, counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(coverage: CoverageRow, cases: CaseCounts, found: Option<Severity>) -> char {
        Cell::new(&OperationRow { coverage, ..OperationRow::default() }, Some(&cases), false, found).state
    }

    #[test]
    fn a_cell_shows_the_worst_that_is_known() {
        let passed = CaseCounts { passed: 3, indeterminate: 1, ..CaseCounts::default() };
        assert_eq!(state(CoverageRow::Exercised, passed, None), 'p');
        assert_eq!(state(CoverageRow::Exercised, passed, Some(Severity::Warning)), 'w');
        assert_eq!(state(CoverageRow::Exercised, CaseCounts { failed: 1, ..passed }, None), 'f');
        let undecided = CaseCounts { indeterminate: 1, skipped: 4, ..CaseCounts::default() };
        assert_eq!(state(CoverageRow::Unknown, undecided, None), 'i');
        assert_eq!(state(CoverageRow::NotImplemented, undecided, None), 'u');
        assert_eq!(state(CoverageRow::Exercised, CaseCounts { skipped: 4, ..CaseCounts::default() }, None), 's');
        assert_eq!(state(CoverageRow::Exercised, CaseCounts::default(), None), 'n');
    }
}
