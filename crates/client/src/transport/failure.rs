//! From an error of reqwest, hyper, rustls or the system to one kind of failure.

use std::error::Error;
use std::io;

use crate::{Failure, FailureKind};

/// The failure that an error and its causes tell of. `connecting` says that no request was under way yet.
pub(super) fn of(error: &(dyn Error + 'static), connecting: bool) -> Failure {
    Failure::new(kind(error, connecting), detail(error))
}

fn kind(error: &(dyn Error + 'static), connecting: bool) -> FailureKind {
    let mut fallback = if connecting { FailureKind::Connect } else { FailureKind::Closed };
    let mut cause = Some(error);
    while let Some(error) = cause {
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
                // A bare TCP connect reads nothing: the peer hung up while TLS was being agreed.
                io::ErrorKind::UnexpectedEof if fallback == FailureKind::Connect => {
                    return FailureKind::Tls;
                }
                // hyper says so of a chunk size that is no number, and of one that is too big.
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

/// What an `io::Error` wraps, as long as that is one itself: `source` passes over it.
fn innermost(error: &io::Error) -> &io::Error {
    let mut error = error;
    while let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        error = inner;
    }
    error
}

/// What happened, from the outermost to the innermost cause, without the URL (a presigned one is a secret).
fn detail(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        // reqwest puts the URL into its text; its kind and its causes say enough.
        if !error.is::<reqwest::Error>() {
            let text = error.to_string();
            if parts.last().is_none_or(|last| !last.contains(&text)) {
                parts.push(text);
            }
        }
        cause = error.source();
    }
    if parts.is_empty() { "the request failed without a reason".to_owned() } else { parts.join(": ") }
}
