//! How an emulator is to behave.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::auth::AccessKey;
use crate::clock::Clock;
use crate::fault::Fault;

/// The settings of an emulator. The default listens on a free port of the loopback address.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 picks a free one.
    pub bind: SocketAddr,
    /// The keys to take. Without any: every access key with the secret `test`.
    pub keys: Vec<AccessKey>,
    /// Time to wait before each answer.
    pub latency: Duration,
    /// Time that a resource with asynchronous states stays in each of them, on the emulator's clock. AWS takes
    /// seconds (facts section 3.4); less keeps a run short.
    pub settling: Duration,
    /// Whether the documented calls per second are enforced, with ThrottlingException 429 beyond them.
    pub rates: bool,
    /// The one way to misbehave, for tests of a harness.
    pub fault: Option<Fault>,
    /// Where time comes from.
    pub clock: Clock,
    /// Told of each request, for a log.
    pub observer: Option<Observer>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: Vec::new(),
            latency: Duration::ZERO,
            settling: Duration::from_millis(200),
            rates: false,
            fault: None,
            clock: Clock::system(),
            observer: None,
        }
    }
}

/// A function that is told of each request.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Observed<'_>) + Send + Sync>);

impl Observer {
    /// Wraps a function. It is called on the server's threads and should be quick.
    pub fn new(observe: impl Fn(&Observed<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn tell(&self, observed: &Observed<'_>) {
        (self.0)(observed);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}

/// One request and its answer, without headers and bodies, which may hold secrets.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path as sent, without the query.
    pub path: &'a str,
    /// The operation, such as `ivs.GetChannel`, if the path has one.
    pub operation: Option<&'a str>,
    /// The status of the answer.
    pub status: u16,
    /// The name of the error answered.
    pub error: Option<&'a str>,
    /// The request id answered.
    pub request_id: &'a str,
    /// From the end of the request's head to the answer.
    pub elapsed: Duration,
}
