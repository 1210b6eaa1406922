//! The router: it finds the operation of a request and binds each operation to its handler.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::request::Parts;

use crate::arn::Arn;
use crate::auth;
use crate::call::Handler;
use crate::contract::{CONTRACT, OperationContract, ResourceType, ServiceContract};
use crate::services;
use crate::wire::percent_decode;

/// The router of all operations, built once per process.
pub(crate) static ROUTER: LazyLock<Router> = LazyLock::new(Router::new);

/// The handlers of all operations.
pub(crate) struct Router {
    /// By the index of the operation in the contract.
    handlers: Vec<Handler>,
}

impl Router {
    fn new() -> Self {
        let of_service = |service: &ServiceContract| services::handlers(service.id).collect::<HashMap<_, _>>();
        let by_service: HashMap<&str, HashMap<&str, Handler>> =
            CONTRACT.services.iter().map(|service| (service.id, of_service(service))).collect();
        let handler_of = |operation: &OperationContract| {
            let handlers = &by_service[operation.service().id];
            *handlers.get(operation.name()).expect("every operation of the bundled models has a handler")
        };
        Self { handlers: CONTRACT.operations.iter().map(handler_of).collect() }
    }

    /// Returns the handler of an operation.
    pub(crate) fn handler(&self, operation: &OperationContract) -> Handler {
        self.handlers[operation.index]
    }
}

/// Returns the operation that a request is for.
///
/// Services share the paths of the tag operations. There, the ARN in the path decides, then the host, then the
/// credential scope, then the order of the services.
pub(crate) fn operation_of(parts: &Parts) -> Option<&'static OperationContract> {
    let candidates = CONTRACT.candidates(&parts.method, parts.uri.path());
    let mut each = candidates.clone();
    let first = each.next()?;
    if each.next().is_none() {
        return Some(first);
    }
    let of_service = |id: &str| candidates.clone().find(|operation| operation.service().id == id);
    let by_arn = first
        .model
        .uri
        .labels(parts.uri.path())
        .and_then(|labels| percent_decode(labels.first()?.1))
        .and_then(|text| {
            let arn = Arn::parse(&text)?;
            Some(ResourceType::of(arn.namespace, arn.resource_type)?.service())
        })
        .and_then(of_service);
    by_arn.or_else(|| of_service(service_of(parts)?.id)).or(Some(first))
}

/// Returns the service that a request names by its host or its credential scope.
///
/// The host decides first, since Real-Time signs as `ivs`.
pub(crate) fn service_of(parts: &Parts) -> Option<&'static ServiceContract> {
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let prefix = host.and_then(|host| host.split('.').next()).unwrap_or_default();
    let services = &CONTRACT.services;
    services.iter().find(|service| service.endpoint_prefix == prefix).or_else(|| {
        let scope = auth::scope_service(parts)?;
        services.iter().find(|service| service.signing_name == scope)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handler_serves_an_operation_of_its_service() {
        for service in &CONTRACT.services {
            for (name, _) in services::handlers(service.id) {
                assert!(service.model.operation(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn every_operation_has_a_handler() {
        assert_eq!(ROUTER.handlers.len(), CONTRACT.operations.len());
    }
}
