//! Turns an operation and an input into a signed restJson1 request, sends it, and returns an [`Exchange`].
//!
//! ```
//! use ivs_client::encode;
//! use ivs_model::bundled;
//! use serde_json::json;
//!
//! let model = bundled::model("ivs").expect("the ivs model is bundled");
//! let operation = model.operation("GetChannel").expect("ivs has GetChannel");
//! let request = encode(model, operation, &json!({"arn": "arn:aws:ivs:us-west-2:123456789012:channel/abc"}))?;
//! assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/GetChannel"));
//! # Ok::<(), ivs_client::EncodeError>(())
//! ```
//!
//! A [`Caller`] sends requests. [`Client`] is the innermost one; layers such as [`RateLimited`] wrap another caller.
//! The crate never judges a response. It reads neither the environment nor files: endpoints, credentials, certificates
//! and the clock are passed in.
//!
//! # How to add a layer
//!
//! Write a type that wraps another caller and implements [`Caller`], in a separate file with its tests.
//!
//! # How to add an invalid signature
//!
//! Add a variant to [`Signing`], sign it in `sign/`, and add its row to `fixtures/knowledge/auth.toml`.

mod caller;
mod client;
mod clock;
mod credentials;
mod encode;
mod endpoint;
mod error;
mod error_name;
mod exchange;
mod percent;
mod proxy;
mod rate_limiter;
mod retry;
mod sign;
mod signing;
mod transport;

pub use caller::{BoxFuture, Caller};
pub use client::{Client, ClientConfig};
pub use clock::Clock;
pub use encode::{EncodeError, Place, encode};
pub use endpoint::{Endpoint, EndpointError, Endpoints};
pub use error::ClientError;
pub use error_name::{Carrier, ErrorName, error_name};
pub use exchange::{Exchange, Failure, FailureKind, Request, Response};
pub use percent::{decode_text as decode_percent, encode_but as percent_encode};
pub use proxy::{NoProxy, Proxy, ProxyError};
pub use rate_limiter::{RateLimited, RateLimiter, documented_rate};
pub use retry::{Retried, RetryPolicy, is_worth_retrying, retry_after};
pub use signing::{Malformation, Part, Signing, Skew};
pub use transport::{Limits, StreamOpener, Trust, dial, try_connection};

/// Credential types, re-exported so that a caller needs no dependency on `aws-credential-types`.
pub use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
