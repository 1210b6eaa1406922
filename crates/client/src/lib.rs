//! Operation and input to signed restJson1 HTTP, and back as an Exchange.
//!
//! Never imports generators, judge, pool, suites or emulator; never judges an answer. Reads no environment and no
//! file: endpoints, credentials, certificates and the clock are handed in.

mod caller;
mod client;
mod clock;
mod credentials;
mod encode;
mod endpoint;
mod error_name;
mod exchange;
mod percent;
mod rate_limiter;
mod retry;
mod sign;
mod signing;
mod transport;

pub use caller::{BoxFuture, Caller};
pub use client::{Client, ClientConfig, ClientError};
pub use clock::Clock;
pub use encode::{EncodeError, Place, encode};
pub use endpoint::{Endpoint, EndpointError, Endpoints};
pub use error_name::{Carrier, ErrorName, error_name};
pub use exchange::{Exchange, Failure, FailureKind, Request, Response};
pub use rate_limiter::{RateLimited, RateLimiter, documented_rate};
pub use retry::{Retried, RetryPolicy, is_worth_retrying, retry_after};
// The old names, until pool, suites and the command use the new ones.
pub use retry::{RetryPolicy as Retry, retry_after as asked_wait};
pub use signing::{Malformation, Part, Signing, Skew};
pub use transport::{Limits, Trust};

/// What resolves credentials, re-exported so that a caller needs no version of its own.
pub use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
