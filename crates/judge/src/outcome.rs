//! What a report means for the caller; the command maps it to an exit code.

use crate::finding_counts::FindingCounts;
use crate::printable::counted;
use crate::report::Summary;
use crate::{Report, RunStatus};

/// What a whole run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that counts was found.
    Conforms,
    /// There are findings that count.
    Findings,
    /// Nothing that counts was found, and not everything was judged.
    Partial,
    /// The endpoint could not be judged.
    Unusable,
}

/// Which findings count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Errors only.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
    /// None.
    Never,
}

/// What the caller asks of an endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Which findings count.
    pub fail_on: FailOn,
    /// Whether an absent operation counts as a finding.
    pub require_all: bool,
    /// Whether a partial run may conform.
    pub allow_partial: bool,
}

impl Report {
    /// Returns what this report comes to.
    ///
    /// An endpoint that could not be judged is unusable, whatever the policy. Findings count in a partial run, too. Without
    /// any, a partial run does not conform unless the policy allows it.
    #[must_use]
    pub fn outcome(&self, policy: &Policy) -> Outcome {
        let Summary { operations, cases, .. } = &self.summary;
        let findings = self.unaccepted();
        let counting = match policy.fail_on {
            FailOn::Error => findings.error,
            FailOn::Warning => findings.error + findings.warning,
            FailOn::Never => 0,
        };
        if matches!(self.status, RunStatus::Unusable { .. }) {
            return Outcome::Unusable;
        }
        if counting > 0 || policy.require_all && operations.not_implemented > 0 {
            return Outcome::Findings;
        }
        if operations.exercised == 0 || cases.passed + cases.failed == 0 {
            return Outcome::Unusable;
        }
        match self.status {
            RunStatus::Partial { .. } if !policy.allow_partial => Outcome::Partial,
            _ if policy.require_all && operations.exercised < operations.total => Outcome::Findings,
            _ => Outcome::Conforms,
        }
    }

    /// Returns the numbers of findings that no baseline accepts.
    fn unaccepted(&self) -> FindingCounts {
        match &self.baseline {
            None => self.summary.findings,
            Some(_) => FindingCounts::of(self.findings.iter().filter(|finding| finding.is_unaccepted())),
        }
    }

    /// Returns the line that says what this report comes to: `FAIL URL: 3 causes (9 errors, 2 warnings), 6 of 46 operations
    /// implemented`.
    #[must_use]
    pub fn verdict(&self, policy: &Policy) -> String {
        let Summary { operations, findings, causes, .. } = &self.summary;
        let word = match self.outcome(policy) {
            Outcome::Conforms => "PASS",
            Outcome::Findings => "FAIL",
            Outcome::Partial => "PARTIAL",
            Outcome::Unusable => {
                let reason = self.status.reason().unwrap_or("no case that counts could be judged");
                return format!("UNUSABLE {}: {reason}", self.endpoint);
            }
        };
        let found = match (&self.baseline, findings.total()) {
            (Some(result), _) => {
                format!("{} new, {} expired, {} accepted findings", result.new, result.expired, result.accepted)
            }
            (None, 0) => "no findings".to_owned(),
            (None, _) => {
                let (errors, warnings) = (counted(findings.error, "error"), counted(findings.warning, "warning"));
                format!("{} ({errors}, {warnings})", counted(*causes, "cause"))
            }
        };
        let (exercised, total) = (operations.exercised, counted(operations.total, "operation"));
        format!("{word} {}: {found}, {exercised} of {total} implemented", self.endpoint)
    }

    /// Says why the endpoint could not be judged, instead of the reason that the run itself has.
    pub fn set_unusable(&mut self, reason: String) {
        self.status = RunStatus::Unusable { reason: reason.clone() };
        self.unusable = Some(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(errors: u64, warnings: u64, exercised: u64, passed: u64) -> Report {
        let mut report = Report::default();
        report.summary.findings.error = errors;
        report.summary.findings.warning = warnings;
        report.summary.operations.total = 103;
        report.summary.operations.exercised = exercised;
        report.summary.cases.passed = passed;
        report
    }

    #[test]
    fn warnings_count_only_when_asked() {
        let found = report(0, 3, 103, 9);
        assert_eq!(found.outcome(&Policy::default()), Outcome::Conforms);
        let strict = Policy { fail_on: FailOn::Warning, ..Policy::default() };
        assert_eq!(found.outcome(&strict), Outcome::Findings);
    }

    #[test]
    fn an_endpoint_that_let_nothing_be_judged_never_conforms() {
        let never = Policy { fail_on: FailOn::Never, ..Policy::default() };
        assert_eq!(report(0, 0, 0, 0).outcome(&never), Outcome::Unusable);
        assert_eq!(report(0, 0, 5, 0).outcome(&Policy::default()), Outcome::Unusable);
    }

    #[test]
    fn a_partial_run_conforms_only_when_allowed_and_its_findings_count() {
        let partial = |errors| {
            let status = RunStatus::Partial { reason: "stopped by --max-requests".to_owned() };
            Report { status, ..report(errors, 0, 103, 9) }
        };
        let allowed = Policy { allow_partial: true, ..Policy::default() };
        assert_eq!(partial(0).outcome(&Policy::default()), Outcome::Partial);
        assert_eq!(partial(0).outcome(&allowed), Outcome::Conforms);
        for policy in [Policy::default(), allowed] {
            assert_eq!(partial(1).outcome(&policy), Outcome::Findings);
        }
    }

    #[test]
    fn an_unusable_endpoint_is_unusable_whatever_was_found_and_allowed() {
        let mut found = report(1676, 0, 0, 0);
        found.set_unusable("Cannot connect".to_owned());
        let allowed = Policy { allow_partial: true, ..Policy::default() };
        assert_eq!(found.outcome(&allowed), Outcome::Unusable);
        assert_eq!(found.unusable.as_deref(), Some("Cannot connect"));
    }

    #[test]
    fn the_verdict_is_one_line_with_the_counts() {
        let mut found = report(137, 46, 6, 9);
        (found.summary.causes, found.endpoint) = (37, "http://127.0.0.1:1".to_owned());
        let counts = "http://127.0.0.1:1: 37 causes (137 errors, 46 warnings), 6 of 103 operations implemented";
        assert_eq!(found.verdict(&Policy::default()), format!("FAIL {counts}"));
        assert_eq!(found.verdict(&Policy { fail_on: FailOn::Never, ..Policy::default() }), format!("PASS {counts}"));
        let clean = report(0, 0, 103, 9);
        assert_eq!(clean.verdict(&Policy::default()), "PASS : no findings, 103 of 103 operations implemented");
        found.set_unusable("Cannot connect".to_owned());
        assert_eq!(found.verdict(&Policy::default()), "UNUSABLE http://127.0.0.1:1: Cannot connect");
    }

    #[test]
    fn missing_operations_count_only_when_all_are_required() {
        let partial = report(0, 0, 6, 9);
        assert_eq!(partial.outcome(&Policy::default()), Outcome::Conforms);
        let all = Policy { require_all: true, ..Policy::default() };
        assert_eq!(partial.outcome(&all), Outcome::Findings);
    }
}
