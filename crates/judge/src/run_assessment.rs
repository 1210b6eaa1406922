//! From the numbers of a finished run to its status.

use crate::report::{CaseCounts, Report};
use crate::{RunStatus, Severity, Totals};

/// The number of operations that a reason names before it counts the rest.
const MOST_NAMED: usize = 5;

/// Returns the status of a finished run. `report` has its numbers and findings already.
pub(crate) fn assess(report: &Report, totals: &Totals) -> RunStatus {
    let summary = &report.summary;
    let judged = summary.cases.passed + summary.cases.failed;
    if let Some(reason) = &totals.unusable {
        return RunStatus::Unusable { reason: reason.clone() };
    }
    // Findings of an operation count although it never succeeds, if another one does.
    let is_empty = report.findings.is_empty() && (summary.operations.exercised == 0 || judged == 0);
    if is_silent(report, totals) || is_empty {
        return RunStatus::Unusable { reason: unusable_reason(report, totals) };
    }
    let cases = &summary.cases;
    if let Some(cut) = &totals.cut {
        let (judged, all) = (grouped(judged), grouped(total(cases)));
        return RunStatus::Partial { reason: format!("{cut}: {judged} of {all} cases judged") };
    }
    let mut reasons = Vec::new();
    let judgeable = cases.run + cases.not_sent + totals.writes_skipped;
    if totals.writes_skipped * 2 > judgeable {
        let (skipped, all) = (grouped(totals.writes_skipped), grouped(judgeable));
        reasons.push(format!("{skipped} of {all} cases skipped: writes require --allow-writes"));
    }
    if !report.not_judged.is_empty() {
        reasons.push(not_judged(&report.not_judged));
    }
    // Warnings do not fail a run. Where nothing passes beside them, it must not pass either: so answers a server of constants.
    let has_error = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    if cases.passed == 0 && cases.indeterminate > 0 && !has_error {
        let (open, run) = (grouped(cases.indeterminate), grouped(cases.run));
        reasons.push(format!("no case passed, and {open} of {run} could not be judged"));
    }
    if reasons.is_empty() { RunStatus::Complete } else { RunStatus::Partial { reason: reasons.join("; ") } }
}

/// Whether no operation answered a valid call. Then findings have no control, and only the one cause is reported.
pub(crate) fn is_silent(report: &Report, totals: &Totals) -> bool {
    report.summary.operations.exercised == 0 && !totals.has_succeeded
}

/// Returns the one cause why nothing could be judged.
fn unusable_reason(report: &Report, totals: &Totals) -> String {
    let operations = &report.summary.operations;
    if let Some(cut) = &totals.cut {
        format!("{cut} before a case could be judged")
    } else if totals.writes_skipped > 0 && report.summary.cases.run == 0 {
        "every selected operation writes, and writes require --allow-writes".to_owned()
    } else if operations.exercised == 0 && operations.not_implemented > 0 {
        match shared_reason(report) {
            Some(answer) => format!("none of the operations is implemented: every valid call got {answer}"),
            None => "none of the operations is implemented".to_owned(),
        }
    } else if operations.exercised == 0 {
        match shared_reason(report) {
            Some(only) => format!("no operation answered a valid call: {only}"),
            None => "no operation answered a valid call".to_owned(),
        }
    } else {
        "no case could be judged".to_owned()
    }
}

/// Returns the reason that all operations share, if they do.
fn shared_reason(report: &Report) -> Option<&str> {
    let mut answers: Vec<&str> = report.operations.iter().map(|row| row.reason.as_str()).collect();
    answers.dedup();
    match answers[..] {
        [only] if !only.is_empty() => Some(only),
        _ => None,
    }
}

fn not_judged(operations: &[String]) -> String {
    let named = operations.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match operations.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let noun = if operations.len() == 1 { "operation" } else { "operations" };
    format!("no case of {} {noun} could be judged: {named}{more}", operations.len())
}

/// Returns the number of all cases of a run, sent or not.
fn total(cases: &CaseCounts) -> u64 {
    cases.run + cases.not_sent + cases.skipped
}

/// Returns a number with a comma between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::OperationRow;

    /// A run in which most could be judged.
    fn run() -> (Report, Totals) {
        let mut report = Report::default();
        report.summary.operations.total = 3;
        report.summary.operations.exercised = 3;
        report.summary.cases = CaseCounts { run: 3, passed: 3, not_sent: 15_488, ..CaseCounts::default() };
        (report, Totals { has_succeeded: true, ..Totals::default() })
    }

    fn partial(reason: &str) -> RunStatus {
        RunStatus::Partial { reason: reason.to_owned() }
    }

    fn unusable(reason: &str) -> RunStatus {
        RunStatus::Unusable { reason: reason.to_owned() }
    }

    #[test]
    fn a_run_that_nothing_cut_is_complete() {
        let (report, totals) = run();
        assert_eq!(assess(&report, &totals), RunStatus::Complete);
        assert_eq!(RunStatus::Complete.banner(), None);
    }

    #[test]
    fn a_run_that_was_cut_is_partial_and_says_how_much_was_judged() {
        let (report, totals) = run();
        let totals = Totals { cut: Some("stopped by --max-requests".to_owned()), ..totals };
        let status = assess(&report, &totals);
        assert_eq!(status, partial("stopped by --max-requests: 3 of 15,491 cases judged"));
        assert_eq!(status.banner().unwrap(), "PARTIAL: stopped by --max-requests: 3 of 15,491 cases judged");
    }

    #[test]
    fn a_run_is_partial_if_most_cases_are_skipped_because_they_write() {
        let (mut report, totals) = run();
        report.summary.cases = CaseCounts { run: 10, passed: 10, skipped: 90, ..CaseCounts::default() };
        let of = |writes_skipped| assess(&report, &Totals { writes_skipped, ..totals.clone() });
        assert_eq!(of(10), RunStatus::Complete);
        assert_eq!(of(11), partial("11 of 21 cases skipped: writes require --allow-writes"));
    }

    #[test]
    fn operations_that_could_not_be_judged_are_named() {
        let (mut report, totals) = run();
        report.not_judged = vec!["ivs.TagResource".to_owned()];
        assert_eq!(assess(&report, &totals), partial("no case of 1 operation could be judged: ivs.TagResource"));
        report.not_judged = (1..=7).map(|number| format!("ivs.Op{number}")).collect();
        let reason = "no case of 7 operations could be judged: ivs.Op1, ivs.Op2, ivs.Op3, ivs.Op4, ivs.Op5 and 2 more";
        assert_eq!(assess(&report, &totals), partial(reason));
    }

    #[test]
    fn a_run_with_warnings_alone_is_partial_if_no_case_passed() {
        let (mut report, totals) = run();
        report.summary.cases = CaseCounts { run: 14, failed: 4, indeterminate: 10, ..CaseCounts::default() };
        assert_eq!(assess(&report, &totals), partial("no case passed, and 10 of 14 could not be judged"));
        report.summary.cases = CaseCounts { run: 4, failed: 4, ..CaseCounts::default() };
        assert_eq!(assess(&report, &totals), RunStatus::Complete);
        report.summary.cases = CaseCounts { run: 14, passed: 1, failed: 3, indeterminate: 10, ..CaseCounts::default() };
        assert_eq!(assess(&report, &totals), RunStatus::Complete);
    }

    #[test]
    fn an_endpoint_that_answers_no_valid_call_is_unusable_for_one_reason() {
        let (mut report, totals) = run();
        report.summary.operations.exercised = 0;
        report.summary.findings.error = 1676;
        let row = OperationRow { reason: "a valid call got status 400".to_owned(), ..OperationRow::default() };
        report.operations = vec![row.clone(), row];
        let silent = Totals { has_succeeded: false, ..totals };
        let reason = "no operation answered a valid call: a valid call got status 400";
        assert_eq!(assess(&report, &silent), unusable(reason));
        report.operations[1].reason = "a valid call got status 403".to_owned();
        assert_eq!(assess(&report, &silent), unusable("no operation answered a valid call"));
        report.summary.operations.not_implemented = 2;
        assert_eq!(assess(&report, &silent), unusable("none of the operations is implemented"));
    }

    #[test]
    fn a_run_that_was_cut_before_the_first_verdict_is_unusable() {
        let (mut report, totals) = run();
        report.summary.cases = CaseCounts { not_sent: 9, ..CaseCounts::default() };
        assert_eq!(assess(&report, &totals), unusable("no case could be judged"));
        let totals = Totals { cut: Some("interrupted".to_owned()), ..totals };
        assert_eq!(assess(&report, &totals), unusable("interrupted before a case could be judged"));
    }
}
