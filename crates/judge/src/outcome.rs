//! What a report means for the caller; the command maps it to an exit code.

use crate::report::{FindingCounts, Summary};
use crate::{BaselineState, Report, RunStatus, Severity};

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
        let mut counts = self.summary.findings;
        for finding in self.findings.iter().filter(|finding| finding.baseline == Some(BaselineState::Accepted)) {
            match finding.severity {
                Severity::Error => counts.error = counts.error.saturating_sub(1),
                Severity::Warning => counts.warning = counts.warning.saturating_sub(1),
            }
        }
        counts
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
    fn missing_operations_count_only_when_all_are_required() {
        let partial = report(0, 0, 6, 9);
        assert_eq!(partial.outcome(&Policy::default()), Outcome::Conforms);
        let all = Policy { require_all: true, ..Policy::default() };
        assert_eq!(partial.outcome(&all), Outcome::Findings);
    }
}
