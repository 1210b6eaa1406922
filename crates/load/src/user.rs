//! A virtual user: its connections, its scenario, one step at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ivs_client::{Exchange, Failure, FailureKind, RateLimiter, Request};
use ivs_model::OperationId;
use rand::Rng as _;

use crate::breach_log::{BreachKey, RecordedBreach};
use crate::class::AnswerClass;
use crate::inspection::{Breach, inspect};
use crate::recorder::RequestSample;
use crate::sampler::ExchangeSampler;
use crate::scenario::{Scenario, StepReply, StepRequest, UserContext};
use crate::step::StepTemplate;
use crate::transport::{Connection, HttpAnswer};
use crate::worker::Worker;

/// The outcome of one step, for drivers that keep their own statistics.
#[derive(Clone)]
pub struct StepOutcome {
    /// The step.
    pub template: Arc<StepTemplate>,
    /// The class of the response.
    pub class: AnswerClass,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// The error name, or the kind of transport failure.
    pub error: Option<String>,
    /// The time from the first byte sent to the last byte received.
    pub service: Duration,
    /// The start of the request.
    pub began: Instant,
    /// The size of the response's body in bytes.
    pub bytes: u64,
}

/// The state that all users of a run share across threads.
#[derive(Clone)]
pub(crate) struct SharedState {
    /// The documented rates, by operation.
    pub(crate) rate_limiter: Option<Arc<RateLimiter<OperationId>>>,
    pub(crate) sampler: Option<Arc<ExchangeSampler>>,
}

/// One virtual user.
pub struct User {
    worker: Arc<Worker>,
    shared: SharedState,
    connections: Vec<Connection>,
    scenario: Box<dyn Scenario>,
    user_context: UserContext,
    /// The next request, if its start is reserved with the rate limit.
    reserved: Option<StepRequest>,
}

impl User {
    pub(crate) fn new(
        worker: Arc<Worker>,
        shared: SharedState,
        scenario: Box<dyn Scenario>,
        user_context: UserContext,
    ) -> Self {
        let connections = worker.connectors.iter().map(|connector| Connection::new(Arc::clone(connector))).collect();
        Self { worker, shared, connections, scenario, user_context, reserved: None }
    }

    /// Performs the scenario's next step: builds, signs, sends, times, inspects and counts the request.
    ///
    /// `intended` is the start that an open loop scheduled.
    pub async fn step(&mut self, intended: Option<Instant>) -> StepOutcome {
        let request = match self.reserved.take() {
            Some(request) => request,
            None => {
                let request = self.scenario.next_request(&mut self.user_context);
                if let Some(rate_limiter) = &self.shared.rate_limiter {
                    rate_limiter.acquire(&request.template.name.operation).await;
                }
                request
            }
        };
        let (outcome, answer) = self.perform(&request, intended).await;
        let reply = StepReply { class: outcome.class, answer: answer.as_ref().ok() };
        if let Some(breach) = self.scenario.receive(&mut self.user_context, &reply) {
            self.record_breach(&request, breach, &answer, outcome.service);
        }
        outcome
    }

    /// Reserves the start of the next step with the rate limit and returns it; `None` without a limit.
    pub(crate) fn reserve_start(&mut self) -> Option<Instant> {
        let rate_limiter = self.shared.rate_limiter.as_ref()?;
        let request = self.scenario.next_request(&mut self.user_context);
        let start = rate_limiter.reserve(&request.template.name.operation, Instant::now().into());
        self.reserved = Some(request);
        Some(start.into_std())
    }

    /// Draws a pause around this average: from half of it to one and a half.
    pub(crate) fn draw_pause(&mut self, average: Duration) -> Duration {
        average.mul_f64(self.user_context.random.random_range(0.5..1.5))
    }

    /// Closes the connections. The next request opens new ones.
    pub(crate) fn disconnect(&mut self) {
        self.connections.iter_mut().for_each(Connection::close);
    }

    /// Returns whether the scenario is between two iterations.
    pub fn is_idle(&self) -> bool {
        self.scenario.is_idle()
    }

    /// Checks the invariants of the scenario, then deletes its resources and returns those that could not be deleted. Each deletion is bounded by
    /// the read timeout.
    pub async fn clean_up(&mut self) -> Vec<String> {
        self.check_finally().await;
        let mut left_behind = Vec::new();
        while let Some((request, resource)) = self.scenario.next_cleanup(&mut self.user_context) {
            let deleted = self.delete(&request).await;
            if !deleted {
                left_behind.push(resource);
            }
        }
        left_behind
    }

    /// Sends the requests that check the scenario's invariants after the load. They do not count as load.
    async fn check_finally(&mut self) {
        while let Some(request) = self.scenario.next_final_check(&mut self.user_context) {
            let (answer, _, duration) = self.exchange(&request).await;
            let class = match &answer {
                Ok(answer) => inspect(&request.template, &request.expect, answer).class,
                Err(_) => AnswerClass::Transport,
            };
            let reply = StepReply { class, answer: answer.as_ref().ok() };
            if let Some(breach) = self.scenario.receive(&mut self.user_context, &reply) {
                self.record_breach(&request, breach, &answer, duration);
            }
        }
    }

    /// Sends a deletion, up to five times if it is throttled or fails. It does not count as load.
    pub(crate) async fn delete(&mut self, request: &StepRequest) -> bool {
        for attempt in 0..5_u32 {
            match self.exchange(request).await.0 {
                Ok(answer) if answer.status == 429 => {
                    tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
                }
                Ok(answer) => return answer.status < 300 || answer.status == 404,
                Err(_) => {}
            }
        }
        false
    }

    async fn perform(
        &mut self,
        request: &StepRequest,
        intended: Option<Instant>,
    ) -> (StepOutcome, Result<HttpAnswer, Failure>) {
        let (result, began, service) = self.exchange(request).await;
        let step = request.template.step;
        let (class, error, breach) = match &result {
            Ok(answer) => {
                let inspection = inspect(&request.template, &request.expect, answer);
                (inspection.class, inspection.error, inspection.breach)
            }
            Err(failure) => (AnswerClass::Transport, Some(kind_name(failure.kind).to_owned()), None),
        };
        let status = result.as_ref().ok().map(|answer| answer.status);
        let bytes = result.as_ref().map_or(0, |answer| answer.body.len() as u64);
        let ended = began + service;
        let mut shard = self.worker.shard();
        shard.last_answer = shard.last_answer.max(Some(ended));
        shard.recorder.record(&RequestSample {
            step,
            class,
            status: status.unwrap_or(0),
            error: error.as_deref(),
            bytes,
            service,
            intended: intended.map(|intended| ended.saturating_duration_since(intended)),
        });
        drop(shard);
        if let Some(breach) = breach {
            self.record_breach(request, breach, &result, service);
        }
        if let Some(sampler) = &self.shared.sampler
            && !request.template.is_control
            && sampler.selects(self.worker.next_request_number())
        {
            sampler.offer(self.sampled(request, &result, service), request);
        }
        (StepOutcome { template: Arc::clone(&request.template), class, status, error, service, began, bytes }, result)
    }

    /// Sends a request. Returns the result, the start and the duration.
    pub(crate) async fn exchange(&mut self, request: &StepRequest) -> (Result<HttpAnswer, Failure>, Instant, Duration) {
        let template = &request.template;
        let route = request.route.as_ref().or(template.route.as_ref());
        let connection = &mut self.connections[self.worker.connector_of[template.service]];
        let unlabelled = || Failure::new(FailureKind::Unsendable, "the path has a label without a value");
        let signed = route
            .ok_or_else(unlabelled)
            .and_then(|route| Ok((route, self.worker.sign(template.service, route, &request.body)?)));
        let began = Instant::now();
        let result = match signed {
            Ok((route, auth_headers)) => connection.send(route, &auth_headers, &request.body).await,
            Err(failure) => Err(failure),
        };
        (result, began, began.elapsed())
    }

    fn record_breach(
        &self,
        request: &StepRequest,
        breach: Breach,
        result: &Result<HttpAnswer, Failure>,
        duration: Duration,
    ) {
        let key = BreachKey { check: breach.check, step: request.template.step, case: request.case.clone() };
        let mut shard = self.worker.shard();
        let recorded = shard.breaches.entry(key).or_insert_with(|| RecordedBreach {
            breach,
            count: 0,
            exchange: self.sampled(request, result, duration),
            valid: request.valid,
        });
        recorded.count += 1;
    }

    /// Converts an exchange for the judge, without the signature.
    fn sampled(&self, request: &StepRequest, result: &Result<HttpAnswer, Failure>, duration: Duration) -> Exchange {
        let route = request.route.as_ref().or(request.template.route.as_ref());
        let text =
            |part: fn(&http::Uri) -> Option<&str>| route.and_then(|route| part(&route.uri)).unwrap_or("").to_owned();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        Exchange {
            operation: request.template.name.operation,
            request: Request {
                method: route.map_or_else(String::new, |route| route.method.to_string()),
                path: text(|uri| Some(uri.path())),
                query: text(http::Uri::query),
                headers: route.map(|route| route.headers.iter().map(header).collect()).unwrap_or_default(),
                body: request.body.clone(),
            },
            outcome: result.as_ref().map(HttpAnswer::to_response).map_err(Clone::clone),
            duration,
        }
    }
}

/// The name of a kind of failure in reports.
pub(crate) fn kind_name(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Connect => "connect",
        FailureKind::Tls => "tls",
        FailureKind::Timeout => "timeout",
        FailureKind::Closed => "closed",
        FailureKind::Malformed => "malformed",
        FailureKind::BrokenBody => "broken-body",
        FailureKind::TooLarge => "too-large",
        FailureKind::Unsendable => "unsendable",
        FailureKind::Credentials => "credentials",
        FailureKind::Unsteady => "unsteady",
        FailureKind::NotSent => "not-sent",
    }
}
