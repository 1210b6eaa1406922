//! The interface for sending requests. Suites and pool wrap it to judge, count and pace calls.

use std::pin::Pin;

use ivs_model::OperationId;

use crate::{Exchange, Request, Signing};

/// A future on the heap, so that callers can be wrapped and passed as `&dyn Caller`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A sender that turns a request into an exchange.
pub trait Caller: Send + Sync {
    /// Signs and sends a request. Returns the request with its response, or with the failure.
    ///
    /// The service of `operation` determines the endpoint. The operation's name is recorded in the exchange and never
    /// sent.
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange>;
}

impl<C: Caller + ?Sized> Caller for &C {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        (**self).send(operation, request, signing)
    }
}

impl<C: Caller + ?Sized> Caller for std::sync::Arc<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        (**self).send(operation, request, signing)
    }
}
