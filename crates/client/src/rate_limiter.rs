//! The rate limiter of the workspace: evenly spaced calls, for endpoints that limit calls per second.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ivs_model::{Knowledge, Model, OperationId};
use tokio::time::Instant;

use crate::{BoxFuture, Caller, Exchange, Request, Signing};

/// The maximum time between two calls, at any rate.
const MAX_PERIOD: Duration = Duration::from_secs(60);

/// The time between two calls from which on a server cannot be expected to accept two calls that came closer together on
/// their way.
const SLOW: Duration = Duration::from_secs(1);

/// Spaces the calls of each key (usually an operation) evenly. Shared by all threads of a run.
///
/// Bursts are not allowed: the window of AWS's limits is unknown (fact `call-rate-bursts`).
#[derive(Debug)]
pub struct RateLimiter<K> {
    slots: Mutex<HashMap<K, Slot>>,
    fallback: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The time between two calls.
    period: Duration,
    /// The earliest moment of the next call; `None` before the first.
    next: Option<Instant>,
}

impl<K: Hash + Eq + Clone> RateLimiter<K> {
    /// Creates a limiter with these calls per second by key; `fallback` is the rate of every other key.
    /// A rate that is not above zero counts as one call a minute.
    pub fn new(rates: impl IntoIterator<Item = (K, f64)>, fallback: f64) -> Self {
        let slot = |(key, rate)| (key, Slot { period: period(rate), next: None });
        Self { slots: Mutex::new(rates.into_iter().map(slot).collect()), fallback: period(fallback) }
    }

    /// Moves the next start of a key to a whole period after `end`, if it is earlier.
    fn follow(&self, key: &K, end: Instant) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get_mut(key) {
            slot.next = slot.next.max(Some(end + slot.period));
        }
    }

    /// Returns whether a key is limited to one call per second or less.
    fn is_slow(&self, key: &K) -> bool {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(key).map_or(self.fallback, |slot| slot.period) >= SLOW
    }

    /// Waits until a call of this key may start. Reads tokio's clock, which tests can pause.
    pub async fn acquire(&self, key: &K) {
        let now = Instant::now();
        let start = self.reserve(key, now);
        if start > now {
            tokio::time::sleep_until(start).await;
        }
    }

    /// Reserves the next free start at or after `now` and returns it.
    pub fn reserve(&self, key: &K, now: Instant) -> Instant {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match slots.get_mut(key) {
            Some(slot) => slot,
            None => slots.entry(key.clone()).or_insert(Slot { period: self.fallback, next: None }),
        };
        let start = slot.next.map_or(now, |next| next.max(now));
        slot.next = Some(start + slot.period);
        start
    }
}

fn period(rate: f64) -> Duration {
    if rate > 0.0 { Duration::try_from_secs_f64(1.0 / rate).unwrap_or(MAX_PERIOD).min(MAX_PERIOD) } else { MAX_PERIOD }
}

/// The calls per second that AWS documents for an operation: the lowest limit of an account or a resource.
///
/// An operation without a documented limit has the lowest one of its service: unknown does not mean unlimited. A
/// service without any limit has 1 call per second.
#[must_use]
pub fn documented_rate(knowledge: &Knowledge, operation: OperationId) -> f64 {
    let documented = knowledge.rates_of(operation).map(|rate| f64::from(rate.per_second)).reduce(f64::min);
    let lowest_of_service = || {
        let of_service =
            knowledge.rates.iter().filter(|rate| rate.services.iter().any(|known| known == operation.service()));
        of_service.map(|rate| f64::from(rate.per_second)).reduce(f64::min)
    };
    documented.or_else(lowest_of_service).unwrap_or(1.0)
}

/// A caller that keeps the calls of each operation below the rate of a [`RateLimiter`].
///
/// Calls at one per second or less wait for the answer to the one before: their distance at the server is the period, however
/// long either was on its way.
pub struct RateLimited<C> {
    inner: C,
    limiter: RateLimiter<OperationId>,
    /// The operations that are limited; `None` means all.
    limited: Option<HashSet<OperationId>>,
    /// Held while a call of a slow operation is under way.
    turns: Mutex<HashMap<OperationId, Arc<tokio::sync::Mutex<()>>>>,
}

impl<C: Caller> RateLimited<C> {
    /// Wraps `inner`.
    pub fn new(inner: C, limiter: RateLimiter<OperationId>) -> Self {
        Self { inner, limiter, limited: None, turns: Mutex::default() }
    }

    /// Wraps `inner` with the documented rates of the operations of these models. Other calls are not limited.
    pub fn documented(inner: C, models: &[Model], knowledge: &Knowledge) -> Self {
        let operations: HashSet<OperationId> =
            models.iter().flat_map(|model| &model.operations).map(|operation| operation.id).collect();
        let rates: Vec<_> = operations.iter().map(|id| (*id, documented_rate(knowledge, *id))).collect();
        Self { limited: Some(operations), ..Self::new(inner, RateLimiter::new(rates, 1.0)) }
    }

    /// Waits for the turn of a slow operation.
    async fn turn(&self, operation: OperationId) -> Option<tokio::sync::OwnedMutexGuard<()>> {
        if !self.limiter.is_slow(&operation) {
            return None;
        }
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(operation).or_default())
        };
        Some(turn.lock_owned().await)
    }
}

impl<C: Caller> Caller for RateLimited<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            if self.limited.as_ref().is_some_and(|limited| !limited.contains(&operation)) {
                return self.inner.send(operation, request, signing).await;
            }
            let turn = self.turn(operation).await;
            self.limiter.acquire(&operation).await;
            let exchange = self.inner.send(operation, request, signing).await;
            if turn.is_some() {
                self.limiter.follow(&operation, Instant::now());
            }
            exchange
        })
    }
}

impl<C> std::fmt::Debug for RateLimited<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimited").field("limiter", &self.limiter).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Failure, FailureKind};

    struct NoServer;

    impl Caller for NoServer {
        fn send<'a>(
            &'a self,
            operation: OperationId,
            request: Request,
            _signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            let outcome = Err(Failure::new(FailureKind::Closed, "there is no server"));
            Box::pin(async move { Exchange { operation, request, outcome, duration: Duration::ZERO } })
        }
    }

    async fn time_of(limited: &RateLimited<NoServer>, operation: &str, calls: u32) -> Duration {
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let start = Instant::now();
        for _ in 0..calls {
            limited.send(OperationId::new("ivs", operation), request.clone(), &Signing::Valid).await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn each_operation_keeps_its_own_rate() {
        let rates = [(OperationId::new("ivs", "GetChannel"), 5.0)];
        let limited = RateLimited::new(NoServer, RateLimiter::new(rates, 2.0));
        assert_eq!(time_of(&limited, "GetChannel", 6).await, Duration::from_secs(1));
        assert_eq!(time_of(&limited, "InsertAdBreak", 3).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_zero_still_ends() {
        let limited = RateLimited::new(NoServer, RateLimiter::new([], 0.0));
        assert_eq!(time_of(&limited, "GetChannel", 2).await, Duration::from_secs(60));
    }

    /// A server that takes a while to answer.
    struct Slow(Duration);

    impl Caller for Slow {
        fn send<'a>(
            &'a self,
            operation: OperationId,
            request: Request,
            signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            Box::pin(async move {
                tokio::time::sleep(self.0).await;
                NoServer.send(operation, request, signing).await
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_at_one_a_second_wait_for_the_answer_before() {
        let request = || Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let keys = OperationId::new("ivs", "ListPlaybackKeyPairs");
        let limited = RateLimited::documented(
            Slow(Duration::from_millis(300)),
            ivs_model::bundled::models(),
            ivs_model::bundled::knowledge(),
        );
        let start = Instant::now();
        let send = || limited.send(keys, request(), &Signing::Valid);
        tokio::join!(send(), send(), send());
        assert_eq!(start.elapsed(), Duration::from_millis(300 + 1300 + 1300));
        let start = Instant::now();
        let other = OperationId::new("ivs", "capabilities");
        for _ in 0..2 {
            limited.send(other, request(), &Signing::Valid).await;
        }
        assert_eq!(start.elapsed(), Duration::from_millis(600), "calls that are no operation are not limited");
    }

    #[test]
    fn an_unused_slot_is_not_saved_up() {
        let limiter = RateLimiter::new([("GetChannel", 5.0)], 1.0);
        let start = Instant::now();
        assert_eq!(limiter.reserve(&"GetChannel", start), start);
        assert_eq!(limiter.reserve(&"GetChannel", start), start + Duration::from_millis(200));
        assert_eq!(limiter.reserve(&"GetChannel", start), start + Duration::from_millis(400));
        let later = start + Duration::from_secs(9);
        assert_eq!(limiter.reserve(&"GetChannel", later), later);
        assert_eq!(limiter.reserve(&"GetChannel", later), later + Duration::from_millis(200));
    }

    #[test]
    fn an_operation_without_a_documented_rate_is_still_limited() {
        let knowledge = ivs_model::bundled::knowledge();
        // GetChannel: 5 calls per second (fact `call-rates`).
        assert!((documented_rate(knowledge, OperationId::new("ivs", "GetChannel")) - 5.0).abs() < f64::EPSILON);
        let unknown = documented_rate(knowledge, OperationId::new("ivs", "InsertAdBreak"));
        assert!(unknown > 0.0 && unknown <= 5.0, "{unknown}");
        assert!((documented_rate(knowledge, OperationId::new("no-service", "GetChannel")) - 1.0).abs() < f64::EPSILON);
    }
}
