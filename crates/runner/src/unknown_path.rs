//! A call that no service has an operation for.

use ivs_client::Request;
use ivs_model::OperationId;

/// A path that no operation of any service has.
const UNKNOWN_PATH: &str = "NoSuchOperation";

/// The operation and the request of a path of a service that no operation has.
pub(crate) fn unknown_path(service: &str) -> (OperationId, Request) {
    let request = Request {
        method: "POST".to_owned(),
        path: format!("/{UNKNOWN_PATH}"),
        query: String::new(),
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        body: b"{}".to_vec().into(),
    };
    (OperationId::new(service, UNKNOWN_PATH), request)
}
