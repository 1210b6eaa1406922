//! The one place where every exchange of a run is judged by the universal checks.

use std::sync::{Arc, OnceLock};

use ivs_catalog::Catalog;
use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Response, Signing};
use ivs_judge::{Answer, BODY_JSON, Event, Finding, Judge, Judgement, RequestContext};
use ivs_model::{CaseId, OperationId};

use super::{CircuitBreakers, QuotaWait, is_tagged};
use crate::availability::Availability;
use crate::confirmations::Confirmations;
use crate::event_log::EventLog;
use crate::not_sent::NotSent;
use crate::repetition::{is_rerun, rerun};

/// An exchange with its answer, which is classified once.
#[derive(Debug, Clone)]
pub struct JudgedExchange {
    /// The request as sent, and the response.
    pub exchange: Exchange,
    /// What the answer is.
    pub answer: Answer,
}

/// How often one request is sent at most until its answer counts, each time with all the retries that there are. What comes
/// each time is no noise.
const SENDS: usize = 3;
/// The same in a run that has seen noise.
const SENDS_IN_NOISE: usize = 5;

/// Judges each exchange and reports the findings. The outermost layer: nothing of a run passes by it.
///
/// An error that breaks a universal check may come from anything on the way: the request is sent again, and what does not come
/// again is not reported. So is a read whose answer cannot be read at all; that is reported, by the check for bodies alone.
pub(crate) struct JudgeLayer {
    inner: Box<dyn Caller>,
    judge: Arc<Judge<'static>>,
    catalog: Catalog<'static>,
    breakers: Arc<CircuitBreakers>,
    availability: Arc<Availability>,
    confirmations: Arc<Confirmations>,
    events: Arc<EventLog>,
    /// Whether findings are confirmed.
    confirms: bool,
    /// Takes what an exchange created.
    account: OnceLock<Account>,
    quota: QuotaWait,
}

/// What is shared with other layers by a [`JudgeLayer`].
pub(crate) struct JudgeLayerParts {
    pub(crate) judge: Arc<Judge<'static>>,
    pub(crate) catalog: Catalog<'static>,
    pub(crate) breakers: Arc<CircuitBreakers>,
    pub(crate) availability: Arc<Availability>,
    pub(crate) confirmations: Arc<Confirmations>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) quota: QuotaWait,
}

/// Takes note of what an exchange created or deleted.
type Account = Box<dyn Fn(&Exchange) + Send + Sync>;

impl JudgeLayer {
    /// Wraps `inner`. Where single cases are run to be looked at, nothing is sent again for confirmation.
    pub(crate) fn new(inner: Box<dyn Caller>, parts: JudgeLayerParts, confirms: bool) -> Self {
        let JudgeLayerParts { judge, catalog, breakers, availability, confirmations, events, quota } = parts;
        let account = OnceLock::new();
        Self { inner, judge, catalog, breakers, availability, confirmations, events, confirms, account, quota }
    }

    /// Says whether a quota is full on purpose from now on, so that nobody waits for room.
    pub(crate) fn expect_full_quota(&self, operation: OperationId, is_expected: bool) {
        self.quota.expect_full(operation, is_expected);
    }

    /// Sets who keeps account of what exchanges create, whoever asked for it.
    pub(crate) fn keep_account(&self, account: impl Fn(&Exchange) + Send + Sync + 'static) {
        let _ = self.account.set(Box::new(account));
    }

    /// Takes what an exchange created or deleted.
    fn note_account(&self, exchange: &Exchange) {
        if let Some(account) = self.account.get() {
            account(exchange);
        }
    }

    /// Sends one request, judges the answer, and reports the findings of the universal checks.
    pub(crate) async fn send_judged(
        &self,
        operation: OperationId,
        request: Request,
        signing: &Signing,
        context: &RequestContext<'_>,
    ) -> Result<JudgedExchange, NotSent> {
        let mut exchange = if context.well_formed && self.quota.concerns(operation) {
            self.quota.send(&*self.inner, operation, request.clone(), signing).await
        } else {
            self.inner.send(operation, request.clone(), signing).await
        };
        if let Err(failure) = &exchange.outcome
            && failure.kind == FailureKind::NotSent
        {
            return Err(NotSent(failure.detail.clone()));
        }
        self.note_account(&exchange);
        if let Some(breaker) = self.breakers.of(operation).filter(|_| context.well_formed && !is_rerun()) {
            breaker.note_well_formed(&exchange);
        }
        let mut judgement = self.judge.universal(&exchange, context);
        let mut earlier = Vec::new();
        let sends = if self.confirmations.is_noisy() { SENDS_IN_NOISE } else { SENDS };
        for _ in 1..sends {
            if !self.is_to_be_sent_again(&exchange, &judgement) {
                break;
            }
            let repeated = rerun(self.inner.send(operation, request.clone(), signing)).await;
            if matches!(&repeated.outcome, Err(failure) if failure.kind == FailureKind::NotSent) {
                break;
            }
            self.note_account(&repeated);
            self.report_broken_body(&judgement);
            let again = self.judge.universal(&repeated, context);
            earlier.push(std::mem::replace(&mut judgement, again));
            exchange = repeated;
        }
        if judgement.answer.is_absent() && !earlier.is_empty() && earlier.iter().all(|it| it.answer.is_absent()) {
            self.confirmations.note_absent(operation);
        }
        self.report(operation, &exchange, &judgement, &earlier);
        let Judgement { mut answer, .. } = judgement;
        if let Some(failure) = self.doubt(&exchange, &answer, &judgement.findings, &earlier) {
            answer = Answer::None(failure.kind);
            exchange.outcome = Err(failure);
        }
        Ok(JudgedExchange { exchange, answer })
    }

    /// Whether the answer may be noise, and sending the request again does no harm.
    fn is_to_be_sent_again(&self, exchange: &Exchange, judgement: &Judgement) -> bool {
        if !self.confirms || is_rerun() {
            return false;
        }
        if judgement.answer.is_absent() && judgement.findings.is_empty() {
            return !self.confirmations.is_absent(exchange.operation);
        }
        if is_broken(exchange, &judgement.findings) {
            return self.is_repeatable(exchange.operation);
        }
        exchange.status().is_some_and(|status| status >= 400)
            && judgement.findings.iter().any(|finding| !self.confirmations.holds(&finding.identity))
    }

    fn is_repeatable(&self, operation: OperationId) -> bool {
        self.catalog.operation(operation).is_some_and(|facts| facts.repeatability.is_safe())
    }

    /// Whether the finding came each time, or often enough before.
    fn is_confirmed(&self, finding: &Finding, earlier: &[Judgement]) -> bool {
        let came = |judgement: &Judgement| judgement.findings.iter().any(|it| it.identity == finding.identity);
        !earlier.is_empty() && earlier.iter().all(came) || self.confirmations.holds(&finding.identity)
    }

    /// Reports what the exchange that counts breaks, except what may be noise.
    fn report(&self, operation: OperationId, exchange: &Exchange, judgement: &Judgement, earlier: &[Judgement]) {
        if is_rerun() {
            return;
        }
        let is_refused = exchange.status().is_some_and(|status| status >= 400);
        let is_broken = is_broken(exchange, &judgement.findings);
        for finding in &judgement.findings {
            if !earlier.is_empty() && self.is_confirmed(finding, earlier) {
                self.confirmations.note_universal(&finding.identity);
            } else if is_refused && !earlier.is_empty() || is_broken && self.confirms && finding.check != BODY_JSON {
                continue;
            }
            self.events.emit(Event::FindingFound(Box::new(finding.clone())));
        }
        let came = |it: &Finding| judgement.findings.iter().any(|other| other.identity == it.identity);
        if earlier.iter().flat_map(|it| &it.findings).any(|it| !came(it)) {
            self.confirmations.note_noise();
        }
        for (check, reason) in &judgement.undecided {
            let note = format!("{check} could not judge an answer of {operation}: {reason}");
            self.events.emit(Event::Note(note));
        }
    }

    /// Reports a body that could not be read, of an answer that does not count since the request is sent again.
    fn report_broken_body(&self, judgement: &Judgement) {
        let is_success = judgement.answer.is_success();
        for finding in judgement.findings.iter().filter(|finding| is_success && finding.check == BODY_JSON) {
            self.events.emit(Event::FindingFound(Box::new(finding.clone())));
        }
    }

    /// Why the last answer says nothing about the request, if so.
    fn doubt(
        &self,
        exchange: &Exchange,
        answer: &Answer,
        findings: &[Finding],
        earlier: &[Judgement],
    ) -> Option<Failure> {
        let operation = exchange.operation;
        if is_broken(exchange, findings) {
            if self.catalog.operation(operation).is_some_and(|facts| facts.creation.creates()) {
                self.availability.note_lost(operation, is_tagged(&exchange.request));
            }
            return Some(Failure::new(FailureKind::BrokenBody, "the body of the answer cannot be read"));
        }
        // What was carried out at first is gone, or there, when it is asked for again.
        let is_of_state = matches!(exchange.status(), Some(402 | 404 | 409));
        let first = earlier.first().filter(|first| first.answer != *answer)?;
        let detail = || format!("{} at first, and {answer} when it was sent again", first.answer);
        (is_of_state && !self.is_repeatable(operation)).then(|| Failure::new(FailureKind::Unsteady, detail()))
    }
}

/// Whether a success came whole and cannot be read.
fn is_broken(exchange: &Exchange, findings: &[Finding]) -> bool {
    exchange.outcome.as_ref().is_ok_and(Response::is_success)
        && findings.iter().any(|finding| finding.check == BODY_JSON)
}

/// The layers as the pool sees them: what it creates and deletes is judged and counted like everything else.
impl Caller for JudgeLayer {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let case = CaseId::resource(operation);
            let context = RequestContext::probe(&case);
            let sent = Self::send_judged(self, operation, request.clone(), signing, &context).await;
            match sent {
                Ok(judged) => judged.exchange,
                Err(NotSent(reason)) => super::not_sent(operation, request, reason),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use ivs_judge::Reproducer;
    use ivs_model::bundled;

    use super::super::circuit_breaker::CircuitBreaker;
    use super::super::{SERVER_ERRORS, Traffic, not_sent};
    use super::*;
    use crate::sample_exchange::{Always, request};

    struct Withholding;

    impl Caller for Withholding {
        fn send<'a>(
            &'a self,
            operation: OperationId,
            request: Request,
            _signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            Box::pin(async move { not_sent(operation, request, "a reason") })
        }
    }

    type Seen = Arc<Mutex<Vec<Event>>>;

    fn layer(inner: impl Caller + 'static) -> (JudgeLayer, Arc<CircuitBreakers>, Seen) {
        let seen = Seen::default();
        let observer = {
            let seen = Arc::clone(&seen);
            Arc::new(move |event: &Event| seen.lock().expect("no holder panics").push(event.clone()))
        };
        let breakers = Arc::new(CircuitBreakers::new(bundled::models()));
        let parts = JudgeLayerParts {
            judge: Arc::new(Judge::new(bundled::models(), bundled::knowledge(), Reproducer::new(7))),
            catalog: Catalog::new(bundled::models(), bundled::knowledge()),
            breakers: Arc::clone(&breakers),
            availability: Arc::default(),
            confirmations: Arc::default(),
            events: Arc::new(EventLog::new(observer)),
            quota: QuotaWait::new([], Arc::new(Traffic::default())),
        };
        (JudgeLayer::new(Box::new(inner), parts, true), breakers, seen)
    }

    #[tokio::test]
    async fn what_was_not_sent_is_not_judged() {
        let (layer, _, seen) = layer(Withholding);
        let case = CaseId::control(OperationId::new("ivs", "GetChannel"));
        let context = RequestContext::probe(&case);
        let sent = layer.send_judged(OperationId::new("ivs", "GetChannel"), request(), &Signing::Valid, &context).await;
        assert_eq!(sent.err(), Some(NotSent("a reason".to_owned())));
        assert!(seen.lock().expect("no holder panics").is_empty());
        let exchange = Caller::send(&layer, OperationId::new("ivs", "GetChannel"), request(), &Signing::Valid).await;
        let outcome: Result<Response, Failure> = exchange.outcome;
        assert_eq!(outcome.err().map(|failure| failure.kind), Some(FailureKind::NotSent));
    }

    #[tokio::test]
    async fn an_answer_is_judged_and_a_server_error_to_a_well_formed_request_counts() {
        let (layer, breakers, seen) = layer(Always(500));
        let case = CaseId::control(OperationId::new("ivs", "GetChannel"));
        for context in [RequestContext::invalid(&case), RequestContext::valid(&case)] {
            assert_eq!(breakers.of(OperationId::new("ivs", "GetChannel")).and_then(CircuitBreaker::tripped), None);
            for _ in 0..SERVER_ERRORS {
                let sent = layer
                    .send_judged(OperationId::new("ivs", "GetChannel"), request(), &Signing::Valid, &context)
                    .await;
                assert!(sent.is_ok());
            }
        }
        assert!(breakers.of(OperationId::new("ivs", "GetChannel")).and_then(CircuitBreaker::tripped).is_some());
        let events = seen.lock().expect("no holder panics");
        assert!(events.iter().any(|event| matches!(event, Event::FindingFound(_))));
    }

    /// Answers with these statuses and bodies in turn, the last one for ever.
    struct InTurn(Vec<(u16, &'static str)>, Mutex<usize>);

    impl Caller for InTurn {
        fn send<'a>(
            &'a self,
            operation: OperationId,
            request: Request,
            _signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            let mut turn = self.1.lock().expect("no holder panics");
            let (status, body) = self.0[(*turn).min(self.0.len() - 1)];
            *turn += 1;
            let headers = [("content-type", "application/json"), ("x-amzn-requestid", "r-1")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
            let outcome = Ok(Response { status, headers, body: body.as_bytes().to_vec().into() });
            Box::pin(async move { Exchange { operation, request, outcome, duration: std::time::Duration::ZERO } })
        }
    }

    async fn in_turn(operation: &'static str, answers: &[(u16, &'static str)]) -> (Answer, Vec<String>) {
        let (layer, _, seen) = layer(InTurn(answers.to_vec(), Mutex::default()));
        let operation = OperationId::new("ivs", operation);
        let case = CaseId::control(operation);
        let context = RequestContext { implemented: true, ..RequestContext::valid(&case) };
        let sent = layer.send_judged(operation, request(), &Signing::Valid, &context).await;
        let seen = seen.lock().expect("no holder panics");
        let checks = seen.iter().filter_map(|event| match event {
            Event::FindingFound(finding) => Some(finding.check.clone()),
            _ => None,
        });
        (sent.expect("it is sent").answer, checks.collect())
    }

    const CHANNELS: (u16, &str) = (200, r#"{"channels": []}"#);

    #[tokio::test]
    async fn an_error_that_does_not_come_again_is_not_blamed() {
        let (answer, checks) = in_turn("ListChannels", &[(404, "{}"), CHANNELS]).await;
        assert_eq!((answer, checks), (Answer::Success { status: 200 }, Vec::new()));
        let (answer, checks) = in_turn("ListChannels", &[(500, "oops"), (503, "{}"), CHANNELS]).await;
        assert_eq!((answer, checks), (Answer::Success { status: 200 }, Vec::new()));
    }

    #[tokio::test]
    async fn an_error_that_comes_again_is_blamed() {
        let (answer, checks) = in_turn("ListChannels", &[(500, "oops")]).await;
        assert_eq!(answer, Answer::Nameless { status: 500 });
        assert!(checks.contains(&"server-error".to_owned()), "{checks:?}");
    }

    #[tokio::test]
    async fn a_broken_body_is_one_finding_and_no_answer() {
        let (answer, checks) = in_turn("ListChannels", &[(200, r#"{"channels": [{"#), CHANNELS]).await;
        assert_eq!((answer, checks), (Answer::Success { status: 200 }, vec![BODY_JSON.to_owned()]));
        let (answer, checks) = in_turn("CreateChannel", &[(200, r#"{"channel": {"#)]).await;
        assert_eq!((answer, checks), (Answer::None(FailureKind::BrokenBody), vec![BODY_JSON.to_owned()]));
    }

    #[tokio::test]
    async fn a_deletion_that_is_refused_otherwise_the_second_time_says_nothing() {
        let absent = r#"{"__type": "ResourceNotFoundException", "exceptionMessage": "no"}"#;
        let (answer, _) = in_turn("DeleteChannel", &[(500, "oops"), (404, absent)]).await;
        assert_eq!(answer, Answer::None(FailureKind::Unsteady));
    }
}
