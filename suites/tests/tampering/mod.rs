//! A client that gets in the way: it changes requests before they are sent, and answers before they are judged.

use std::sync::Arc;

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use serde_json::Value;

/// What is done to a request, by operation.
pub(crate) type Before = Box<dyn Fn(&str, &mut Value) + Send + Sync>;
/// What is done to an answer, by operation and request: its status and its body.
pub(crate) type After = Box<dyn Fn(&str, &Value, &mut u16, &mut Value) + Send + Sync>;

/// A client that gets in the way.
pub(crate) struct Tampering {
    pub(crate) inner: Arc<dyn Caller>,
    pub(crate) before: Before,
    pub(crate) after: After,
}

impl Caller for Tampering {
    fn send<'a>(
        &'a self,
        service: &'a str,
        operation: &'a str,
        mut request: Request,
        signing: &'a Signing,
    ) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let mut input = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let asked = input.clone();
            (self.before)(operation, &mut input);
            if input != asked {
                request.body = input.to_string().into();
            }
            let mut exchange = self.inner.send(service, operation, request, signing).await;
            if let Ok(response) = &mut exchange.outcome {
                let mut body = response.json().unwrap_or(Value::Null);
                let answered = body.clone();
                (self.after)(operation, &asked, &mut response.status, &mut body);
                if body != answered {
                    response.body = body.to_string().into();
                }
            }
            exchange
        })
    }
}
