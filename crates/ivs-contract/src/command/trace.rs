//! Logs every exchange to stderr, for `--debug`.

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};

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
    fn send<'a>(
        &'a self,
        service: &'a str,
        operation: &'a str,
        request: Request,
        signing: &'a Signing,
    ) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.send(service, operation, request, signing).await;
            if self.enabled {
                // Bodies and headers may hold secrets, so they are not logged.
                let Request { method, path, body, .. } = &exchange.request;
                match &exchange.outcome {
                    Ok(response) => eprintln!(
                        "{service}.{operation} {method} {path} ({} B) -> {} ({} B) in {:?}",
                        body.len(),
                        response.status,
                        response.body.len(),
                        exchange.duration
                    ),
                    Err(failure) => {
                        eprintln!("{service}.{operation} {method} {path} ({} B) -> {failure:?}", body.len());
                    }
                }
            }
            exchange
        })
    }
}
