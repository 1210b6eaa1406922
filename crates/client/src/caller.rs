//! The one way to make a call, which suites and pool wrap to judge, count and pace.

use std::pin::Pin;

use ivs_model::OperationId;

use crate::{Exchange, Request, Signing};

/// A future on the heap, so that callers can be wrapped and passed as `&dyn Caller`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whatever turns a request into an exchange.
pub trait Caller: Send + Sync {
    /// Signs, sends, and gives back both sides. A failure is part of the [`Exchange`], never lost.
    ///
    /// The service of `operation` decides the endpoint; its name stands in the exchange and has no effect on the wire.
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
