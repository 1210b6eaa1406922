//! A virtual user: one connection, one scenario, one step at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ivs_client::{Exchange, Failure, FailureKind, Request};

use crate::answer::{Answer, Class};
use crate::connection::Connection;
use crate::governor::Governor;
use crate::inspection::{Breach, inspect};
use crate::lane::{Lane, Place};
use crate::recorder::Sample;
use crate::sampling::Sampling;
use crate::scenario::{Call, Desk, Reply, Scenario};
use crate::session::Shown;
use crate::template::Template;

/// What became of one step, for drivers that keep their own books.
#[derive(Clone)]
pub struct StepOutcome {
    /// Which step it was.
    pub template: Arc<Template>,
    /// The class of the answer.
    pub class: Class,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// The error named, or the kind of transport failure.
    pub error: Option<String>,
    /// From the first byte sent to the last received.
    pub service: Duration,
    /// When the request was begun.
    pub began: Instant,
    /// Bytes of the answer's body.
    pub bytes: u64,
}

/// What all users of a run share, whichever their thread.
#[derive(Clone)]
pub(crate) struct Commons {
    pub(crate) governor: Option<Arc<Governor>>,
    pub(crate) sampling: Option<Arc<Sampling>>,
}

/// One virtual user.
pub struct User {
    lane: Arc<Lane>,
    commons: Commons,
    connections: Vec<Connection>,
    scenario: Box<dyn Scenario>,
    desk: Desk,
}

impl User {
    pub(crate) fn new(lane: Arc<Lane>, commons: Commons, scenario: Box<dyn Scenario>, desk: Desk) -> Self {
        let connections = lane.wires.iter().map(|wire| Connection::new(Arc::clone(wire))).collect();
        Self { lane, commons, connections, scenario, desk }
    }

    /// Does the scenario's next step: build, sign, send, time the whole exchange, judge, count.
    ///
    /// `intended` is the moment at which an open model wanted it to start.
    pub async fn step(&mut self, intended: Option<Instant>) -> StepOutcome {
        let call = self.scenario.next(&mut self.desk);
        let (outcome, answer) = self.perform(&call, intended).await;
        let reply = Reply { class: outcome.class, answer: answer.as_ref().ok() };
        if let Some(breach) = self.scenario.take(&mut self.desk, &reply) {
            self.note(&call, breach, &answer, outcome.service);
        }
        outcome
    }

    /// Whether the scenario stands at the end of an iteration.
    pub fn is_at_rest(&self) -> bool {
        self.scenario.is_at_rest()
    }

    /// Removes what the scenario has made; what could not be removed is named. Bounded by the read time-out a call.
    pub async fn leave(&mut self) -> Vec<String> {
        let mut left = Vec::new();
        while let Some((call, resource)) = self.scenario.parting(&mut self.desk) {
            let removed = self.remove(&call).await;
            if !removed {
                left.push(resource);
            }
        }
        left
    }

    /// Sends a removal, a few times if it is throttled; not counted as load.
    pub(crate) async fn remove(&mut self, call: &Call) -> bool {
        for attempt in 0..5_u32 {
            match self.exchange(call).await.0 {
                Ok(answer) if answer.status == 429 => {
                    tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
                }
                Ok(answer) => return answer.status < 300 || answer.status == 404,
                Err(_) => {}
            }
        }
        false
    }

    async fn perform(&mut self, call: &Call, intended: Option<Instant>) -> (StepOutcome, Result<Answer, Failure>) {
        if let Some(governor) = &self.commons.governor {
            governor.admit(&call.template.name).await;
        }
        let (result, began, service) = self.exchange(call).await;
        let step = call.template.step;
        let (class, error, breach) = match &result {
            Ok(answer) => {
                let verdict = inspect(&call.template, &call.expect, answer);
                (verdict.class, verdict.error, verdict.breach)
            }
            Err(failure) => (Class::Transport, Some(kind_name(failure.kind).to_owned()), None),
        };
        let status = result.as_ref().ok().map(|answer| answer.status);
        let bytes = result.as_ref().map_or(0, |answer| answer.body.len() as u64);
        self.lane.shard().recorder.record(&Sample {
            step,
            class,
            status: status.unwrap_or(0),
            error: error.as_deref(),
            bytes,
            service,
            intended: intended.map(|intended| (began + service).saturating_duration_since(intended)),
        });
        if let Some(breach) = breach {
            self.note(call, breach, &result, service);
        }
        if let Some(sampling) = &self.commons.sampling
            && sampling.takes(self.lane.number())
        {
            sampling.offer(self.sampled(call, &result, service), call);
        }
        (StepOutcome { template: Arc::clone(&call.template), class, status, error, service, began, bytes }, result)
    }

    /// Sends a call as it is; answers with the moment it began and how long it took.
    pub(crate) async fn exchange(&mut self, call: &Call) -> (Result<Answer, Failure>, Instant, Duration) {
        let template = &call.template;
        let route = call.route.as_ref().or(template.route.as_ref());
        let connection = &mut self.connections[self.lane.wire_of[template.service]];
        let unlabelled = || Failure::new(FailureKind::Unsendable, "the path has a label and no value");
        let signed = route
            .ok_or_else(unlabelled)
            .and_then(|route| Ok((route, self.lane.stamp(template.service, route, &call.body)?)));
        let began = Instant::now();
        let result = match signed {
            Ok((route, stamp)) => connection.send(route, &stamp, &call.body).await,
            Err(failure) => Err(failure),
        };
        (result, began, began.elapsed())
    }

    fn note(&self, call: &Call, breach: Breach, result: &Result<Answer, Failure>, duration: Duration) {
        let place = Place { check: breach.check, step: call.template.step, case: call.case.clone() };
        let mut shard = self.lane.shard();
        let shown = shard.breaches.entry(place).or_insert_with(|| Shown {
            breach,
            count: 0,
            exchange: self.sampled(call, result, duration),
            valid: call.valid,
        });
        shown.count += 1;
    }

    /// The exchange as the judge reads it; the signature is left out, the judge needs none.
    fn sampled(&self, call: &Call, result: &Result<Answer, Failure>, duration: Duration) -> Exchange {
        let route = call.route.as_ref().or(call.template.route.as_ref());
        let text =
            |part: fn(&http::Uri) -> Option<&str>| route.and_then(|route| part(&route.uri)).unwrap_or("").to_owned();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        Exchange {
            operation: call.template.name.operation,
            request: Request {
                method: route.map_or_else(String::new, |route| route.method.to_string()),
                path: text(|uri| Some(uri.path())),
                query: text(http::Uri::query),
                headers: route.map(|route| route.headers.iter().map(header).collect()).unwrap_or_default(),
                body: call.body.clone(),
            },
            outcome: result.as_ref().map(Answer::to_response).map_err(Clone::clone),
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
        FailureKind::TooLarge => "too-large",
        FailureKind::Unsendable => "unsendable",
        FailureKind::Credentials => "credentials",
        FailureKind::Unsteady => "unsteady",
        FailureKind::NotSent => "not-sent",
    }
}
