//! A failure is blamed only if it comes again: noise on the way to an endpoint passes, a fault of the endpoint stays.
//!
//! Each exchange that breaks a universal check is confirmed where it is judged, by the [judge layer](crate::layer::JudgeLayer).
//! Each case that fails is confirmed by a [`Confirmation`]: the suite runs it again.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ivs_judge::{Finding, Verdict};
use ivs_model::{FindingId, OperationId};
use tokio::time::Instant;

use crate::case_context::{CaseResult, indeterminate};
use crate::operation_under_test::OperationUnderTest;

/// How often a failure has to come again.
const AGAIN: u32 = 2;
/// The same in a run that has seen a failure which did not.
const AGAIN_IN_NOISE: u32 = 4;
/// How many failures of one kind are confirmed. Further ones are as well founded.
const OF_A_KIND: u32 = 3;
/// The same in a run that has seen a failure which did not come again.
const OF_A_KIND_IN_NOISE: u32 = 8;
/// How often a case may come to no verdict when it is run again.
const UNDECIDED: u32 = 3;
/// The first wait for an eventually consistent endpoint; it doubles from run to run.
const FIRST_WAIT: Duration = Duration::from_millis(100);

tokio::task_local! {
    /// Set while a request is sent again, or a case is run again, to confirm a failure.
    static RERUN: ();
}

/// Runs it as a repetition: its requests count as retries, and its exchanges report nothing.
pub(crate) async fn rerun<T>(future: impl Future<Output = T>) -> T {
    RERUN.scope((), future).await
}

/// Whether this is a repetition.
pub(crate) fn is_rerun() -> bool {
    RERUN.try_with(|()| ()).is_ok()
}

/// The failures of a run that came again.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Findings of universal checks that came twice.
    universal: BTreeSet<FindingId>,
    /// Operations that were answered each time as if they were not there.
    absent: BTreeSet<OperationId>,
    /// By kind: how many failures are confirmed. Those that are about to be may come to nothing.
    cases: HashMap<FailureType, u32>,
    /// The kinds that stayed for as long as an eventually consistent endpoint may take.
    outlasted: BTreeSet<FailureType>,
    /// Whether a failure did not come again.
    is_noisy: bool,
}

/// What failures have in common that have one cause, as far as an endpoint shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct FailureType {
    check: String,
    operation: Option<OperationId>,
    actual: String,
}

impl FailureType {
    fn of(finding: &Finding) -> Self {
        Self { check: finding.check.clone(), operation: finding.scope.operation(), actual: finding.actual.clone() }
    }
}

impl Confirmations {
    /// Whether the finding of a universal check has come twice before.
    pub(crate) fn holds(&self, finding: &FindingId) -> bool {
        self.state().universal.contains(finding)
    }

    /// Whether the operation was answered each time as if it were not there.
    pub(crate) fn is_absent(&self, operation: OperationId) -> bool {
        self.state().absent.contains(&operation)
    }

    /// Notes that the operation was answered each time as if it were not there.
    pub(crate) fn note_absent(&self, operation: OperationId) {
        self.state().absent.insert(operation);
    }

    /// Notes that the finding of a universal check came twice.
    pub(crate) fn note_universal(&self, finding: &FindingId) {
        self.state().universal.insert(finding.clone());
    }

    /// Notes that a failure did not come again.
    pub(crate) fn note_noise(&self) {
        self.state().is_noisy = true;
    }

    /// Whether a failure did not come again.
    pub(crate) fn is_noisy(&self) -> bool {
        self.state().is_noisy
    }

    /// How often these findings of a case have to come again; none if enough of their kind did.
    fn begin(&self, findings: &[Finding]) -> Option<u32> {
        let state = self.state();
        let (enough, again) = if state.is_noisy { (OF_A_KIND_IN_NOISE, AGAIN_IN_NOISE) } else { (OF_A_KIND, AGAIN) };
        let is_known = |kind: FailureType| state.cases.get(&kind).is_some_and(|cases| *cases >= enough);
        if findings.iter().map(FailureType::of).all(is_known) { None } else { Some(again) }
    }

    /// Notes that these findings of a case came again each time.
    fn note_confirmed(&self, findings: &[Finding]) {
        let mut state = self.state();
        for kind in findings.iter().map(FailureType::of).collect::<BTreeSet<_>>() {
            *state.cases.entry(kind).or_default() += 1;
        }
    }

    /// Whether none of these findings has outlasted the wait for consistency.
    fn is_to_be_waited_for(&self, findings: &[Finding]) -> bool {
        let state = self.state();
        !findings.iter().map(FailureType::of).any(|kind| state.outlasted.contains(&kind))
    }

    fn note_outlasted(&self, findings: &[Finding]) {
        self.state().outlasted.extend(findings.iter().map(FailureType::of));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Growing waits for reads that lag behind writes, until the time of an eventually consistent endpoint is up.
#[derive(Debug)]
pub struct LagWait {
    deadline: Instant,
    next: Duration,
}

impl LagWait {
    /// Begins to wait for at most this long.
    #[must_use]
    pub fn begin(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, next: FIRST_WAIT }
    }

    /// Whether the time is up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Waits until it is worth another try; false if the time was up before.
    pub async fn again(&mut self) -> bool {
        if self.is_over() {
            return false;
        }
        tokio::time::sleep_until(self.deadline.min(Instant::now() + self.next)).await;
        self.next *= 2;
        true
    }
}

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
            return Some(indeterminate("what an earlier call created, whose answer was lost, may be in the way"));
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
        indeterminate(format!("it failed once, and not when it was run again{}", shown.unwrap_or_default()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_until_the_time_is_up() {
        let mut lag = LagWait::begin(Duration::from_millis(500));
        let begin = Instant::now();
        for (waits, elapsed) in [(true, 100), (true, 300), (true, 500), (false, 500)] {
            assert_eq!(lag.again().await, waits);
            assert_eq!(begin.elapsed(), Duration::from_millis(elapsed));
        }
    }

    #[tokio::test]
    async fn a_repetition_knows_that_it_is_one() {
        assert!(!is_rerun());
        rerun(async { assert!(is_rerun()) }).await;
        assert!(!is_rerun());
    }
}
