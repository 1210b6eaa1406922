//! Classifies an error of hyper, rustls or the system as one kind of failure.

use std::error::Error;
use std::io;

use super::not_connected::NotConnected;
use crate::{Failure, FailureKind};

/// Converts an error and its causes to a failure. `connecting` is true before a request was sent.
pub(super) fn of(error: &(dyn Error + 'static), connecting: bool) -> Failure {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // What kept the connector from connecting is classified already.
        if let Some(NotConnected(failure)) = error.downcast_ref() {
            return failure.clone();
        }
        cause = error.source();
    }
    Failure::new(kind(error, connecting), detail(error))
}

fn kind(error: &(dyn Error + 'static), connecting: bool) -> FailureKind {
    #[cfg_attr(not(feature = "reqwest"), allow(unused_mut, reason = "only errors of reqwest change it"))]
    let mut fallback = if connecting { FailureKind::Connect } else { FailureKind::Closed };
    let mut cause = Some(error);
    while let Some(error) = cause {
        #[cfg(feature = "reqwest")]
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            if error.is_timeout() {
                return FailureKind::Timeout;
            }
            if error.is_builder() {
                return FailureKind::Unsendable;
            }
            if error.is_connect() {
                fallback = FailureKind::Connect;
            }
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_parse() {
                return FailureKind::Malformed;
            }
            if error.is_user() {
                return FailureKind::Unsendable;
            }
        }
        if error.is::<rustls::Error>() {
            return FailureKind::Tls;
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let error = innermost(error);
            if matches!(error.get_ref(), Some(inner) if inner.is::<rustls::Error>()) {
                return FailureKind::Tls;
            }
            match error.kind() {
                io::ErrorKind::TimedOut => return FailureKind::Timeout,
                // A TCP connect reads no bytes, so the peer closed the connection during the TLS handshake.
                io::ErrorKind::UnexpectedEof if fallback == FailureKind::Connect => {
                    return FailureKind::Tls;
                }
                // hyper returns this for a chunk size that is not a number, and for one that is too large.
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if fallback == FailureKind::Closed => {
                    return FailureKind::Malformed;
                }
                _ => {}
            }
        }
        cause = error.source();
    }
    fallback
}

/// Returns the innermost of nested `io::Error`s, which `source` skips.
fn innermost(error: &io::Error) -> &io::Error {
    let mut error = error;
    while let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        error = inner;
    }
    error
}

/// Describes the error from the outermost to the innermost cause.
fn detail(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        // The outermost text of a pool says only at which stage it failed.
        let is_pool = error.is::<hyper_util::client::legacy::Error>();
        #[cfg(feature = "reqwest")]
        let is_pool = is_pool || error.is::<reqwest::Error>();
        if !is_pool && parts.last().is_none_or(|last| !last.contains(&text)) {
            parts.push(text);
        }
        cause = error.source();
    }
    if parts.is_empty() { "the request failed without a reason".to_owned() } else { parts.join(": ") }
}
