//! A failure is blamed only if it comes again: noise on the way to an endpoint passes, a fault of the endpoint stays.
//!
//! Each exchange that breaks a universal check is confirmed where it is judged, by the [judge layer](crate::layer::JudgeLayer).
//! Each case that fails is confirmed by a [`Confirmation`]: the suite runs it again.

use std::time::Duration;

use ivs_judge::{Finding, Verdict};

use crate::case_context::{CaseResult, indeterminate};
use crate::confirmations::Confirmations;
use crate::lag_wait::LagWait;
use crate::operation_under_test::OperationUnderTest;
use crate::repetition::{is_rerun, rerun};

/// How often a case may come to no verdict when it is run again.
const UNDECIDED: u32 = 3;
/// What a case comes to: a verdict, or a result that stands for one.
pub trait CaseOutcome {
    /// The verdict.
    fn into_verdict(self) -> Verdict;

    /// The outcome with that verdict.
    fn of_verdict(verdict: Verdict) -> Self;
}

impl CaseOutcome for Verdict {
    fn into_verdict(self) -> Verdict {
        self
    }

    fn of_verdict(verdict: Verdict) -> Self {
        verdict
    }
}

impl CaseOutcome for CaseResult {
    fn into_verdict(self) -> Verdict {
        self.err().unwrap_or(Verdict::Pass)
    }

    fn of_verdict(verdict: Verdict) -> Self {
        if verdict == Verdict::Pass { Ok(()) } else { Err(verdict) }
    }
}

/// Runs a case, and again if it fails, and gives its outcome: `confirmed!(under_test, future)`. The expression of the future is
/// evaluated for each run. See [`Confirmation`](crate::Confirmation).
#[macro_export]
macro_rules! confirmed {
    ($under_test:expr, $run:expr) => {{
        let mut confirmation = $crate::Confirmation::of($under_test);
        loop {
            if let Some(outcome) = confirmation.attempt($run).await {
                break outcome;
            }
        }
    }};
}

/// The runs of one case: its failure counts if it comes again, each time.
///
/// A case that fails once and not again is undecided, with what it saw as the reason. At an eventually consistent endpoint it is
/// run again for as long as reads may lag behind writes. Of many failures of one kind, the first few are confirmed.
///
/// [`confirmed!`](crate::confirmed) is the loop around it.
pub struct Confirmation<'a> {
    under_test: &'a OperationUnderTest,
    /// What is known of a failure, once there is one.
    failure: Option<Failure>,
}

/// A failure that is being confirmed.
struct Failure {
    /// The findings that came each time.
    findings: Vec<Finding>,
    /// How often they have to come again.
    needed: u32,
    again: u32,
    undecided: u32,
    lag: LagWait,
    has_waited: bool,
}

impl<'a> Confirmation<'a> {
    /// Of a case that was not run yet.
    #[must_use]
    pub fn of(under_test: &'a OperationUnderTest) -> Self {
        Self { under_test, failure: None }
    }

    /// Runs the case once. The outcome of the case; none if it is to be run again.
    pub async fn attempt<O: CaseOutcome>(&mut self, run: impl Future<Output = O>) -> Option<O> {
        let verdict = match &mut self.failure {
            None => {
                let verdict = run.await.into_verdict();
                self.begin(verdict).await
            }
            Some(failure) => {
                failure.has_waited = failure.lag.again().await;
                self.under_test.forget_doubtful_controls();
                let verdict = rerun(run).await.into_verdict();
                self.proceed(verdict)
            }
        };
        verdict.map(O::of_verdict)
    }

    /// The verdict of the first run, if it is that of the case.
    async fn begin(&mut self, verdict: Verdict) -> Option<Verdict> {
        let under_test = self.under_test;
        let Verdict::Fail(mut findings) = verdict else { return Some(verdict) };
        let availability = &under_test.run_context.availability;
        findings.retain(|finding| {
            let has_lost = finding.scope.operation().is_some_and(|operation| availability.has_lost_by(operation));
            !(has_lost && is_conflict(finding))
        });
        if findings.is_empty() {
            return Some(indeterminate("a resource of an earlier call, whose response was lost, may interfere"));
        }
        let confirmations = &under_test.run_context.confirmations;
        // A single case is run to be looked at, with as few requests as it takes.
        if is_rerun() || under_test.runs_single_cases() {
            return Some(Verdict::Fail(findings));
        }
        let Some(needed) = confirmations.begin(&findings) else { return Some(Verdict::Fail(findings)) };
        under_test.note_lost_state(&findings).await;
        let wait = under_test.run_context.config.consistency_wait;
        let may_lag = confirmations.is_to_be_waited_for(&findings);
        let lag = LagWait::begin(if may_lag { wait } else { Duration::ZERO });
        self.failure = Some(Failure { findings, needed, again: 0, undecided: 0, lag, has_waited: false });
        None
    }

    /// The verdict after one more run, if it is that of the case.
    fn proceed(&mut self, verdict: Verdict) -> Option<Verdict> {
        let failure = self.failure.as_mut()?;
        let confirmations = &self.under_test.run_context.confirmations;
        match verdict {
            Verdict::Fail(mut found) => {
                found.retain(|it| failure.findings.iter().any(|known| known.identity == it.identity));
                if found.is_empty() {
                    return Some(failure.give_up(confirmations));
                }
                failure.findings = found;
                failure.again += 1;
                if failure.again < failure.needed || !failure.lag.is_over() {
                    return None;
                }
                confirmations.note_confirmed(&failure.findings);
                confirmations.note_outlasted(&failure.findings);
                Some(Verdict::Fail(std::mem::take(&mut failure.findings)))
            }
            Verdict::Indeterminate(reason) | Verdict::NotSent(reason) => {
                failure.undecided += 1;
                if failure.undecided < UNDECIDED || !failure.lag.is_over() {
                    return None;
                }
                confirmations.note_noise();
                Some(Verdict::Indeterminate(reason))
            }
            // It came late, as it may here.
            Verdict::Pass if failure.has_waited => Some(Verdict::Pass),
            Verdict::Pass | Verdict::Skipped(_) => Some(failure.give_up(confirmations)),
        }
    }
}

/// Whether a conflict or a used-up quota is what came, which something unknown may have caused.
fn is_conflict(finding: &Finding) -> bool {
    finding.actual.starts_with("409") || finding.actual.starts_with("402")
}

impl Failure {
    /// The verdict of a case that fails no longer.
    fn give_up(&self, confirmations: &Confirmations) -> Verdict {
        confirmations.note_noise();
        let shown = self.findings.first().map(|it| format!(": expected {}, got {}", it.expected, it.actual));
        indeterminate(format!("it failed once, but not when it was repeated{}", shown.unwrap_or_default()))
    }
}

impl OperationUnderTest {
    /// If a case missed a resource: finds out whether the endpoint has lost it, or everything, and lends it no more.
    async fn note_lost_state(&self, findings: &[Finding]) {
        if !findings.iter().any(|finding| finding.actual.contains("404")) {
            return;
        }
        if self.pool.is_lost().await {
            self.run_context.availability.note_lost_state();
            self.pool.renew();
        } else {
            self.pool.forget_gone(self.operation.id).await;
        }
    }
}
