//! Logs every exchange to stderr, for `--debug`.

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_model::OperationId;

/// Logs the exchanges of another caller, if enabled.
pub(super) struct TraceLayer<C> {
    inner: C,
    enabled: bool,
}

impl<C: Caller> TraceLayer<C> {
    pub(super) fn new(inner: C, enabled: bool) -> Self {
        Self { inner, enabled }
    }
}

impl<C: Caller> Caller for TraceLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.send(operation, request, signing).await;
            if self.enabled {
                // Bodies and headers may hold secrets, so they are not logged.
                let Request { method, path, body, .. } = &exchange.request;
                match &exchange.outcome {
                    Ok(response) => eprintln!(
                        "{operation} {method} {path} ({} B) -> {} ({} B) in {:?}",
                        body.len(),
                        response.status,
                        response.body.len(),
                        exchange.duration
                    ),
                    Err(failure) => {
                        eprintln!("{operation} {method} {path} ({} B) -> {failure:?}", body.len());
                    }
                }
            }
            exchange
        })
    }
}
