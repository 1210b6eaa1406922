//! The settings of an emulator, and the observer of its requests.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::assumptions::COMPOSITION_RETENTION;
use crate::auth::AccessKey;
use crate::clock::EmulatorClock;
use crate::fault::Fault;
use crate::journal::Journal;

/// The default number of requests in the log.
const LOGGED_REQUESTS: usize = 1000;

/// The settings of an emulator. The default listens on a free port of the loopback address.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on. Port 0 selects a free port.
    pub bind: SocketAddr,
    /// The accepted keys. Without any, every access key with the secret `test` is accepted.
    pub keys: Vec<AccessKey>,
    /// Host names, besides `localhost` and addresses, by which programs reach the control API.
    pub control_hosts: Vec<String>,
    /// The delay of each response.
    pub latency: Duration,
    /// The time that a resource stays in each transitional state, such as CREATING, on the emulator's clock.
    ///
    /// AWS needs seconds (fact `recording-states`); less keeps a run short.
    pub settling: Duration,
    /// The time for which a stopped composition is still listed, on the emulator's clock (fact `D4`).
    pub retention: Duration,
    /// True if the documented call rates are enforced with ThrottlingException (429).
    pub rates: bool,
    /// Whether the connection is closed after each response, as HTTP lets every server do.
    pub closes_connections: bool,
    /// The planted fault, for tests of a test harness.
    pub fault: Option<Fault>,
    /// The source of time.
    pub clock: EmulatorClock,
    /// The observer of requests, for a log.
    pub observer: Option<Observer>,
    /// The number of requests that `GET /_emulator/requests` shows, the latest ones.
    pub logged_requests: usize,
    /// The place that keeps the state beyond the process. Only [`Emulator::start`](crate::Emulator::start) uses it.
    pub journal: Option<Arc<dyn Journal>>,
    /// The resources that the emulator has from its start, unless a journal holds any change: an object with lists of
    /// inputs of create operations, by the type in an ARN. Only [`Emulator::start`](crate::Emulator::start) uses it.
    pub seed_data: Option<Value>,
    /// The certificate and the key for HTTPS. Without them, the emulator serves plain HTTP.
    pub tls: Option<TlsIdentity>,
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct TlsIdentity {
    /// The certificate in DER, for the addresses of the emulator.
    pub certificate: Vec<u8>,
    /// The private key in PKCS #8 DER.
    pub key: Vec<u8>,
}

impl fmt::Debug for TlsIdentity {
    // The key is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TlsIdentity")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: Vec::new(),
            control_hosts: Vec::new(),
            latency: Duration::ZERO,
            settling: Duration::from_millis(200),
            retention: COMPOSITION_RETENTION,
            rates: false,
            closes_connections: false,
            fault: None,
            clock: EmulatorClock::system(),
            observer: None,
            logged_requests: LOGGED_REQUESTS,
            journal: None,
            seed_data: None,
            tls: None,
        }
    }
}

/// A function that is called for each request.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Observed<'_>) + Send + Sync>);

impl Observer {
    /// Wraps a function. It is called on the server's threads and must be fast.
    pub fn new(observe: impl Fn(&Observed<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn observe(&self, observed: &Observed<'_>) {
        (self.0)(observed);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}

/// One request and its response, without headers and bodies, which may contain secrets.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path as sent, without the query.
    pub path: &'a str,
    /// The operation of the path, such as `ivs.GetChannel`, if it has one.
    pub operation: Option<&'a str>,
    /// The status of the response.
    pub status: u16,
    /// The name of the returned error.
    pub error: Option<&'a str>,
    /// The request ID of the response.
    pub request_id: &'a str,
    /// The time from the end of the request's head to the response.
    pub elapsed: Duration,
}
