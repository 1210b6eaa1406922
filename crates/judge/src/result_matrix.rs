//! The results of a report as a matrix of operations by suites.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{CaseCounts, CoverageRow, OperationRow, Report, Severity};

/// The results of a report: all operations by all suites.
#[derive(Debug, Serialize)]
pub struct ResultMatrix<'r> {
    /// The suites, ordered by name.
    pub suites: Vec<&'r str>,
    /// The number of operations.
    pub columns: usize,
    /// The operations, service by service.
    pub services: Vec<ServiceResults<'r>>,
}

/// The results of a service.
#[derive(Debug, Serialize)]
pub struct ServiceResults<'r> {
    /// The service id.
    pub service: &'r str,
    /// Its operations.
    pub operations: Vec<OperationResults<'r>>,
}

/// The results of an operation.
#[derive(Debug, Serialize)]
pub struct OperationResults<'r> {
    /// The name.
    pub operation: &'r str,
    /// The column, from 2 on: the first has the names of the suites.
    pub column: usize,
    /// True if the endpoint does not implement it.
    pub absent: bool,
    /// One for each suite, in the order of [`ResultMatrix::suites`].
    pub cells: Vec<ResultCell>,
}

/// The result of one operation in one suite.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct ResultCell {
    /// `f` an error, `w` a warning, `p` passed, `i` indeterminate, `s` skipped, `u` not implemented, `n` no case.
    pub state: char,
    /// The same for readers who see no colors.
    pub mark: &'static str,
    /// The numbers of cases passed, failed, indeterminate and skipped; empty if there is none.
    pub counts: String,
}

impl<'r> ResultMatrix<'r> {
    /// Collects the results of a report.
    #[must_use]
    pub fn new(report: &'r Report) -> Self {
        let mut worst: BTreeMap<(&str, &str, &str), Severity> = BTreeMap::new();
        for finding in &report.findings {
            let key = (finding.scope.service(), finding.scope.operation_name(), finding.suite.as_str());
            let severity = worst.entry(key).or_insert(finding.severity);
            *severity = (*severity).min(finding.severity);
        }
        let of_cases = report.operations.iter().flat_map(|row| row.suites.keys().map(String::as_str));
        let suites: BTreeSet<&str> = of_cases.chain(worst.keys().map(|(.., suite)| *suite)).collect();
        let suites: Vec<&str> = suites.into_iter().collect();
        let mut services: Vec<ServiceResults<'_>> = Vec::new();
        for (index, row) in report.operations.iter().enumerate() {
            if services.last().is_none_or(|last| last.service != row.service) {
                services.push(ServiceResults { service: &row.service, operations: Vec::new() });
            }
            let cell = |suite: &&str| {
                let found = worst.get(&(row.service.as_str(), row.operation.as_str(), *suite)).copied();
                ResultCell::new(row, row.suites.get(*suite), found)
            };
            let column = OperationResults {
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

impl ResultCell {
    fn new(row: &OperationRow, cases: Option<&CaseCounts>, found: Option<Severity>) -> Self {
        let (state, mark) = match (found, row.coverage) {
            (Some(Severity::Error), _) => ('f', "×"),
            (Some(Severity::Warning), _) => ('w', "!"),
            (None, CoverageRow::NotImplemented) => ('u', "∅"),
            (None, _) => match cases {
                Some(cases) if cases.failed > 0 => ('f', "×"),
                Some(cases) if cases.passed > 0 => ('p', ""),
                Some(cases) if cases.indeterminate > 0 => ('i', "?"),
                Some(cases) if cases.skipped + cases.not_sent > 0 => ('s', "–"),
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
        ResultCell::new(&OperationRow { coverage, ..OperationRow::default() }, Some(&cases), found).state
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
