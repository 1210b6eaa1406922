//! The log of requests, so that a test can assert what an application called.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::contract::OperationContract;

/// The largest body that is kept, in bytes.
const MAX_BODY: usize = 4096;

/// The largest path with its query that is kept, in bytes.
const MAX_PATH: usize = 1024;

/// The latest requests, and how often each operation was called.
pub(crate) struct RequestLog {
    /// The number of requests that are kept.
    kept: usize,
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    total: u64,
    /// By operation and status.
    counts: BTreeMap<&'static str, BTreeMap<u16, u64>>,
    latest: VecDeque<LoggedRequest>,
}

/// One request with its result.
pub(crate) struct LoggedRequest {
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) operation: Option<&'static OperationContract>,
    pub(crate) status: u16,
    pub(crate) error: Option<&'static str>,
    pub(crate) request_id: String,
    /// The body, if it was read and is small.
    pub(crate) body: Option<Vec<u8>>,
}

impl LoggedRequest {
    /// Returns a copy of a body, if it is small. A part of a read buffer would keep the whole buffer.
    pub(crate) fn kept_body(body: &Bytes) -> Option<Vec<u8>> {
        (body.len() <= MAX_BODY).then(|| body.to_vec())
    }

    /// Returns a path with its query, cut to the largest length.
    pub(crate) fn kept_path(path: &str) -> String {
        path[..path.floor_char_boundary(MAX_PATH)].to_owned()
    }

    fn show(&self, number: u64) -> Value {
        let body = self.body.as_ref().and_then(|body| serde_json::from_slice::<Value>(body).ok());
        json!({
            "number": number,
            "time": self.at.iso(),
            "method": self.method,
            "path": self.path,
            "operation": self.operation.map(|operation| operation.full_name.as_str()),
            "status": self.status,
            "error": self.error,
            "requestId": self.request_id,
            "body": body,
        })
    }
}

impl RequestLog {
    /// Creates an empty log that keeps this number of requests.
    pub(crate) fn new(kept: usize) -> Self {
        Self { kept, requests: Mutex::default() }
    }

    /// Returns whether requests are kept.
    pub(crate) fn is_on(&self) -> bool {
        self.kept > 0
    }

    /// Adds a request. The oldest one makes room for it.
    pub(crate) fn add(&self, request: LoggedRequest) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.total += 1;
        if let Some(operation) = request.operation {
            *requests.counts.entry(&operation.full_name).or_default().entry(request.status).or_default() += 1;
        }
        if requests.latest.len() >= self.kept {
            requests.latest.pop_front();
        }
        requests.latest.push_back(request);
    }

    /// Returns the number of requests so far.
    pub(crate) fn total(&self) -> u64 {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// Forgets all requests.
    pub(crate) fn clear(&self) {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner) = Requests::default();
    }

    /// Returns the counts and the kept requests, oldest first: those of an operation, after a number.
    pub(crate) fn show(&self, operation: Option<&str>, after: u64) -> Value {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let first = requests.total - requests.latest.len() as u64 + 1;
        let shown = (first..).zip(&requests.latest).filter(|(number, request)| {
            let is_of =
                |wanted: &str| request.operation.is_some_and(|of| of.full_name == wanted || of.name() == wanted);
            *number > after && operation.is_none_or(is_of)
        });
        let counts: BTreeMap<&str, BTreeMap<String, u64>> = requests
            .counts
            .iter()
            .map(|(operation, counts)| {
                (*operation, counts.iter().map(|(status, count)| (status.to_string(), *count)).collect())
            })
            .collect();
        json!({
            "total": requests.total,
            "counts": counts,
            "requests": shown.map(|(number, request)| request.show(number)).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_requests_are_kept_and_all_are_counted() {
        let log = RequestLog::new(2);
        for number in 1..=3 {
            log.add(LoggedRequest {
                at: Timestamp(0),
                method: "POST".to_owned(),
                path: format!("/{number}"),
                operation: None,
                status: 404,
                error: None,
                request_id: String::new(),
                body: LoggedRequest::kept_body(&Bytes::from_static(b"{}")),
            });
        }
        let shown = log.show(None, 0);
        assert_eq!((&shown["total"], &shown["requests"][0]["number"]), (&json!(3), &json!(2)));
        assert_eq!(shown["requests"][1]["path"], "/3");
        assert_eq!(log.show(None, 2)["requests"].as_array().unwrap().len(), 1);
        log.clear();
        assert_eq!(log.show(None, 0), json!({"total": 0, "counts": {}, "requests": []}));
    }

    #[test]
    fn long_paths_and_bodies_are_not_kept_whole() {
        assert_eq!(LoggedRequest::kept_path(&"é".repeat(2000)).len(), MAX_PATH);
        assert_eq!(LoggedRequest::kept_body(&Bytes::from(vec![b'x'; MAX_BODY + 1])), None);
    }
}
