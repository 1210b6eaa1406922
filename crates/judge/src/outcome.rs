//! What a report means for the caller; the command maps it to an exit code.

use crate::Report;

/// What a whole run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that counts was found.
    Conforms,
    /// There are findings that count.
    Findings,
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
}

impl Report {
    /// What this report comes to. An endpoint that has none of the operations, or that let no Case be judged, is
    /// unusable, whatever the policy; findings outweigh that where there are any.
    #[must_use]
    pub fn outcome(&self, policy: &Policy) -> Outcome {
        let counting = match policy.fail_on {
            FailOn::Error => self.summary.findings.error,
            FailOn::Warning => self.summary.findings.error + self.summary.findings.warning,
            FailOn::Never => 0,
        };
        let judged = self.summary.cases.passed + self.summary.cases.failed;
        if counting > 0 {
            Outcome::Findings
        } else if self.unusable.is_some() || self.summary.operations.exercised == 0 || judged == 0 {
            Outcome::Unusable
        } else if policy.require_all && self.summary.operations.exercised < self.summary.operations.total {
            Outcome::Findings
        } else {
            Outcome::Conforms
        }
    }

    /// Why the endpoint could not be judged, if [`Outcome::Unusable`] is the outcome.
    #[must_use]
    pub fn unusable_reason(&self) -> String {
        if let Some(reason) = &self.unusable {
            reason.clone()
        } else if self.summary.operations.exercised == 0 && self.summary.operations.not_implemented > 0 {
            "none of the operations is implemented".to_owned()
        } else if self.summary.operations.exercised == 0 {
            "no operation answered a valid call".to_owned()
        } else {
            "no case could be judged".to_owned()
        }
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
    fn missing_operations_count_only_when_all_are_required() {
        let partial = report(0, 0, 6, 9);
        assert_eq!(partial.outcome(&Policy::default()), Outcome::Conforms);
        let all = Policy { require_all: true, ..Policy::default() };
        assert_eq!(partial.outcome(&all), Outcome::Findings);
    }
}
