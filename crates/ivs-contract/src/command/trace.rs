//! Logs every exchange to stderr, for `--debug`.

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_judge::{ExchangePrinter, Reproducer, plain};
use ivs_model::{Model, OperationId};

use super::arguments::Detail;

/// Logs the exchanges of another caller, if enabled.
pub(super) struct TraceLayer<C> {
    inner: C,
    detail: Option<Detail>,
    printer: ExchangePrinter<'static>,
}

impl<C: Caller> TraceLayer<C> {
    /// Wraps `inner`. The reproducer has the secrets to mask in bodies.
    pub(super) fn new(inner: C, models: &'static [Model], detail: Option<Detail>, reproducer: Reproducer) -> Self {
        Self { inner, detail, printer: ExchangePrinter::new(models, reproducer) }
    }
}

impl<C: Caller> Caller for TraceLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.send(operation, request, signing).await;
            match self.detail {
                None => {}
                // Bodies and headers may contain secrets, so they are not logged unchanged.
                Some(Detail::Lines) => log_line(&exchange),
                Some(Detail::Bodies) => {
                    eprintln!("{operation} in {:?}\n{}", exchange.duration, self.printer.show(&exchange));
                }
            }
            exchange
        })
    }
}

fn log_line(Exchange { operation, request, outcome, duration }: &Exchange) {
    let Request { method, path, body, .. } = request;
    let path = plain(path);
    match outcome {
        Ok(response) => eprintln!(
            "{operation} {method} {path} ({} B) -> {} ({} B) in {duration:?}",
            body.len(),
            response.status,
            response.body.len(),
        ),
        Err(failure) => {
            eprintln!("{operation} {method} {path} ({} B) -> {}", body.len(), plain(&format!("{failure:?}")));
        }
    }
}
