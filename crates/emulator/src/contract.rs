//! The contract as the emulator reads it: every operation of the three services with what serving it takes.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::{HeaderName, Method};
use ivs_model::knowledge::PerCall;
use ivs_model::{Authority, Location, Model, ShapeId, UriSegment};

use crate::call::Handler;
use crate::failure::Code;
use crate::rate::Limit;
use crate::schema::Schema;
use crate::{chat, ivs, realtime, tags};

/// The contract, read once a process.
pub(crate) static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

/// All services and the way from a request to its operation.
pub(crate) struct Contract {
    pub(crate) services: Vec<Service>,
    pub(crate) operations: Vec<Operation>,
    /// Paths without labels, to what is served there.
    literal: HashMap<&'static str, Vec<Route>>,
    /// What is served at paths with a label.
    labelled: Vec<Route>,
}

/// One method of one path.
struct Route {
    method: Method,
    /// Indices into [`Contract::operations`]: more than one where services share the path.
    operations: Vec<usize>,
}

/// One service.
pub(crate) struct Service {
    pub(crate) id: &'static str,
    pub(crate) signing_name: &'static str,
    /// First label of the host under which the service alone is addressed.
    pub(crate) endpoint_prefix: &'static str,
    pub(crate) model: &'static Model,
    pub(crate) schema: Schema,
}

impl Service {
    /// The error shape of that name, if the service models it.
    pub(crate) fn error_shape(&self, code: Code) -> Option<&'static ivs_model::Shape> {
        let shape = self.model.shape_named(code.name())?;
        shape.error_status.is_some().then_some(shape)
    }
}

/// One operation.
pub(crate) struct Operation {
    /// Index into [`Contract::services`].
    pub(crate) service: usize,
    /// `service.Operation`, as faults and logs name it.
    pub(crate) full_name: String,
    pub(crate) method: Method,
    pub(crate) model: &'static ivs_model::Operation,
    /// Output members that are headers.
    pub(crate) output_headers: Vec<HeaderName>,
    /// Whether any input member stands outside the body.
    pub(crate) has_unbodied_input: bool,
    /// Whether the input has members in a JSON body.
    pub(crate) has_body: bool,
    /// Items on a page when the caller names no size.
    pub(crate) page_size: usize,
    /// The documented call rates.
    pub(crate) rates: Vec<Limit>,
    /// What serves it.
    pub(crate) handler: Handler,
}

impl Operation {
    pub(crate) fn name(&self) -> &'static str {
        &self.model.name
    }

    pub(crate) fn service(&self) -> &'static Service {
        &CONTRACT.services[self.service]
    }

    /// The shape of an output member, such as `channel` of GetChannel.
    pub(crate) fn output_member(&self, name: &str) -> Option<ShapeId> {
        let members = self.service().model.members(self.model.output);
        let member = members.iter().find(|member| member.name == name)?;
        Some(member.shape)
    }
}

impl Contract {
    fn read() -> Self {
        let models = ivs_model::bundled::models();
        let services: Vec<Service> = models.iter().map(read_service).collect();
        let mut operations = Vec::new();
        for (index, service) in services.iter().enumerate() {
            let handlers: HashMap<&str, Handler> = handlers(service.id)
                .flat_map(|table| table.iter().copied())
                .chain(tags::HANDLERS.iter().copied())
                .collect();
            for operation in &service.model.operations {
                let handler = handlers.get(operation.name.as_str()).copied();
                let handler = handler.expect("the bundled models have no operation that is not served");
                operations.push(read_operation(index, service, operation, handler));
            }
        }
        let mut literal: HashMap<&'static str, Vec<Route>> = HashMap::new();
        let mut labelled: Vec<Route> = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            let routes = match literal_path(operation.model) {
                Some(path) => literal.entry(path.leak()).or_default(),
                None => &mut labelled,
            };
            let shared = routes.iter_mut().find(|route| {
                let first: &Operation = &operations[route.operations[0]];
                first.method == operation.method && first.model.uri == operation.model.uri
            });
            match shared {
                Some(route) => route.operations.push(index),
                None => routes.push(Route { method: operation.method.clone(), operations: vec![index] }),
            }
        }
        Self { services, operations, literal, labelled }
    }

    /// The operations that a method and a raw path can mean: none, one, or one a service.
    /// A label is one segment as sent; `%2F` stays inside it.
    pub(crate) fn candidates(&self, method: &Method, path: &str) -> impl Iterator<Item = &Operation> + Clone {
        let fits = |route: &&Route| labels(self.operations[route.operations[0]].model, path).is_some();
        let of_method = |route: &&Route| route.method == *method;
        let route = match self.literal.get(path) {
            Some(routes) => routes.iter().find(of_method),
            None => self.labelled.iter().filter(of_method).find(fits),
        };
        route.into_iter().flat_map(|route| &route.operations).map(|&index| &self.operations[index])
    }
}

/// The tables of handlers of one service.
fn handlers(service: &str) -> impl Iterator<Item = &'static [(&'static str, Handler)]> {
    match service {
        "ivs" => ivs::HANDLERS,
        "ivs-realtime" => realtime::HANDLERS,
        _ => chat::HANDLERS,
    }
    .iter()
    .copied()
}

fn read_service(model: &'static Model) -> Service {
    Service {
        id: &model.service.id,
        signing_name: &model.service.signing_name,
        endpoint_prefix: &model.service.endpoint_prefix,
        model,
        schema: Schema::new(model),
    }
}

fn read_operation(
    index: usize,
    service: &Service,
    model: &'static ivs_model::Operation,
    handler: Handler,
) -> Operation {
    let input = service.model.members(model.input);
    let output = service.model.members(model.output);
    Operation {
        service: index,
        full_name: format!("{}.{}", service.id, model.name),
        method: Method::from_bytes(model.method.as_str().as_bytes()).expect("the model's methods are HTTP's own"),
        model,
        output_headers: output
            .iter()
            .filter(|member| member.location == Location::Header)
            .filter_map(|member| member.wire_name.to_ascii_lowercase().parse().ok())
            .collect(),
        has_unbodied_input: input.iter().any(|member| member.location != Location::Body),
        has_body: input.iter().any(|member| member.location == Location::Body),
        page_size: page_size(service, model),
        rates: rates(service, model),
        handler,
    }
}

/// The documented and observed rates, the lowest of each kind; a guess is not enforced.
fn rates(service: &Service, operation: &'static ivs_model::Operation) -> Vec<Limit> {
    let known = || {
        let rates = ivs_model::bundled::knowledge().rates_of(operation.id);
        rates.filter(|rate| rate.authority != Authority::Inferred)
    };
    let lowest = |per: PerCall| known().filter(|rate| rate.per == per).map(|rate| rate.per_second).min();
    let members = service.model.members(operation.input);
    let names_resource = |member: &&ivs_model::Member| {
        let pattern = service.model.shape(member.shape).pattern.as_ref();
        member.required && pattern.is_some_and(|pattern| pattern.as_str().starts_with("arn:"))
    };
    let resource = members.iter().find(names_resource).map(|member| member.name.as_str());
    let of_account = lowest(PerCall::Account).map(|per_second| Limit { per_second, resource: None });
    let of_resource = lowest(PerCall::Resource).zip(resource);
    let of_resource = of_resource.map(|(per_second, member)| Limit { per_second, resource: Some(member) });
    // The narrower one first: a call that it refuses does not count for the account.
    of_resource.into_iter().chain(of_account).collect()
}

/// The documented default size of a page, else the largest.
fn page_size(service: &Service, operation: &ivs_model::Operation) -> usize {
    let documented = ivs_model::bundled::knowledge().page_size(operation.id).map(|page| page.value);
    let largest = || {
        let size = operation.pagination.as_ref()?.page_size.as_ref()?;
        let members = service.model.members(operation.input);
        let size = members.iter().find(|member| member.name == *size)?;
        let largest = service.model.shape(size.shape).max_value?.as_i64()?;
        u64::try_from(largest).ok()
    };
    documented.or_else(largest).and_then(|size| usize::try_from(size).ok()).unwrap_or(100)
}

/// The path of an operation that has no label.
fn literal_path(operation: &ivs_model::Operation) -> Option<String> {
    let mut path = String::new();
    for segment in &operation.uri.segments {
        match segment {
            UriSegment::Literal(text) => {
                path.push('/');
                path.push_str(text);
            }
            UriSegment::Label(_) | UriSegment::GreedyLabel(_) => return None,
        }
    }
    Some(path)
}

/// The labels of a raw path, still encoded; `None` if the path is not the operation's.
pub(crate) fn labels<'p>(
    operation: &'static ivs_model::Operation,
    path: &'p str,
) -> Option<Vec<(&'static str, &'p str)>> {
    let mut labels = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let last = operation.uri.segments.len().checked_sub(1)?;
    for (index, segment) in operation.uri.segments.iter().enumerate() {
        let (head, tail) = match rest.split_once('/') {
            Some((head, tail)) if index < last => (head, tail),
            None if index == last => (rest, ""),
            Some(_) if matches!(segment, UriSegment::GreedyLabel(_)) => (rest, ""),
            _ => return None,
        };
        match segment {
            UriSegment::Literal(text) if text == head => {}
            UriSegment::Literal(_) => return None,
            UriSegment::Label(_) | UriSegment::GreedyLabel(_) if head.is_empty() => return None,
            UriSegment::Label(name) | UriSegment::GreedyLabel(name) => labels.push((name.as_str(), head)),
        }
        rest = tail;
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handler_serves_an_operation_of_its_service() {
        for service in &CONTRACT.services {
            for (name, _) in handlers(service.id).flatten() {
                assert!(service.model.operation(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for service in &CONTRACT.services {
            assert_eq!(service.schema.broken_patterns(), Vec::<&str>::new());
        }
    }

    #[test]
    fn an_encoded_slash_stays_inside_its_label() {
        let found = CONTRACT.candidates(&Method::GET, "/tags/arn%3Aaws%3Aivs%3Ax%3A1%3Achannel%2Fa");
        assert_eq!(found.count(), 3);
        assert_eq!(CONTRACT.candidates(&Method::GET, "/tags/arn:aws:ivs:x:1:channel/a").count(), 0);
        assert_eq!(CONTRACT.candidates(&Method::GET, "/tags/").count(), 0);
    }

    #[test]
    fn a_path_with_another_method_is_no_operation() {
        assert_eq!(CONTRACT.candidates(&Method::POST, "/GetChannel").count(), 1);
        assert_eq!(CONTRACT.candidates(&Method::GET, "/GetChannel").count(), 0);
        assert_eq!(CONTRACT.candidates(&Method::POST, "/GetChannel/").count(), 0);
    }

    #[test]
    fn statuses_of_modeled_errors_are_the_models() {
        use Code::{
            ChannelNotBroadcasting, Conflict, InternalServer, ResourceNotFound, ServiceQuotaExceeded, Throttling,
            Validation,
        };
        let mut seen = 0;
        for service in &CONTRACT.services {
            for code in [
                Validation,
                ServiceQuotaExceeded,
                ResourceNotFound,
                ChannelNotBroadcasting,
                Conflict,
                Throttling,
                InternalServer,
            ] {
                if let Some(shape) = service.error_shape(code) {
                    assert_eq!(shape.error_status, Some(code.status()), "{}", code.name());
                    seen += 1;
                }
            }
        }
        assert!(seen >= 18, "{seen}");
    }

    #[test]
    fn body_members_are_written_under_their_own_names() {
        // The writer relies on it; a model that renames one needs a writer that does.
        for service in &CONTRACT.services {
            for shape in 0..service.model.shapes.len() {
                let shape = &service.model.shapes[shape];
                if let ivs_model::ShapeKind::Structure { members } = &shape.kind {
                    for member in members.iter().filter(|member| member.location == Location::Body) {
                        assert_eq!(member.name, member.wire_name, "{}", shape.name);
                    }
                }
            }
        }
    }
}
