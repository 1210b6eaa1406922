//! The one place where every exchange of a run is judged by the universal checks.

use std::sync::{Arc, OnceLock};

use ivs_client::{BoxFuture, Caller, Exchange, FailureKind, Request, Signing};
use ivs_judge::{Answer, Event, Judge, RequestContext};
use ivs_model::{CaseId, OperationId};

use super::{CircuitBreakers, QuotaWait};
use crate::event_log::EventLog;
use crate::not_sent::NotSent;

/// An exchange with its answer, which is classified once.
#[derive(Debug, Clone)]
pub struct JudgedExchange {
    /// The request as sent, and the response.
    pub exchange: Exchange,
    /// What the answer is.
    pub answer: Answer,
}

/// Judges each exchange and reports the findings. The outermost layer: nothing of a run passes by it.
pub(crate) struct JudgeLayer {
    inner: Box<dyn Caller>,
    judge: Arc<Judge<'static>>,
    breakers: Arc<CircuitBreakers>,
    events: Arc<EventLog>,
    /// Takes what an exchange created.
    account: OnceLock<Account>,
    quota: QuotaWait,
}

/// Takes note of what an exchange created or deleted.
type Account = Box<dyn Fn(&Exchange) + Send + Sync>;

impl JudgeLayer {
    /// Wraps `inner`.
    pub(crate) fn new(
        inner: Box<dyn Caller>,
        judge: Arc<Judge<'static>>,
        breakers: Arc<CircuitBreakers>,
        events: Arc<EventLog>,
        quota: QuotaWait,
    ) -> Self {
        Self { inner, judge, breakers, events, account: OnceLock::new(), quota }
    }

    /// Says whether a quota is full on purpose from now on, so that nobody waits for room.
    pub(crate) fn expect_full_quota(&self, is_expected: bool) {
        self.quota.expect_full(is_expected);
    }

    /// Sets who keeps account of what exchanges create, whoever asked for it.
    pub(crate) fn keep_account(&self, account: impl Fn(&Exchange) + Send + Sync + 'static) {
        let _ = self.account.set(Box::new(account));
    }

    /// Sends one request, judges the answer, and reports the findings of the universal checks.
    pub(crate) async fn send_judged(
        &self,
        operation: OperationId,
        request: Request,
        signing: &Signing,
        context: &RequestContext<'_>,
    ) -> Result<JudgedExchange, NotSent> {
        let exchange = if context.well_formed && self.quota.concerns(operation) {
            self.quota.send(&*self.inner, operation, request, signing).await
        } else {
            self.inner.send(operation, request, signing).await
        };
        if let Err(failure) = &exchange.outcome
            && failure.kind == FailureKind::NotSent
        {
            return Err(NotSent(failure.detail.clone()));
        }
        if let Some(account) = self.account.get() {
            account(&exchange);
        }
        if let Some(breaker) = self.breakers.of(operation).filter(|_| context.well_formed) {
            breaker.note_well_formed(&exchange);
        }
        let judgement = self.judge.universal(&exchange, context);
        for finding in judgement.findings {
            self.events.emit(Event::FindingFound(Box::new(finding)));
        }
        for (check, reason) in judgement.undecided {
            let note = format!("{check} could not judge an answer of {operation}: {reason}");
            self.events.emit(Event::Note(note));
        }
        Ok(JudgedExchange { exchange, answer: judgement.answer })
    }
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

    use ivs_client::{Failure, Response};
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
        let judge = Arc::new(Judge::new(bundled::models(), bundled::knowledge(), Reproducer::new(7)));
        let breakers = Arc::new(CircuitBreakers::new(bundled::models()));
        let events = Arc::new(EventLog::new(observer));
        let quota = QuotaWait::new([], Arc::new(Traffic::default()));
        (JudgeLayer::new(Box::new(inner), judge, Arc::clone(&breakers), events, quota), breakers, seen)
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
}
