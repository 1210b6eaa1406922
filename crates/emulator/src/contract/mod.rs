//! The contract as data: the services, their operations, and the paths that lead to them.
//!
//! This module does not serve requests. `router` binds each operation to its handler.

mod call_rate;
mod constraint;
mod path;
mod resource_type;
mod schema;
mod view;

use std::collections::HashMap;
use std::sync::LazyLock;

use http::{HeaderName, Method};
use ivs_model::{Location, Model, ShapeId};

pub(crate) use call_rate::CallRate;
pub(crate) use constraint::{BrokenConstraint, Constraint, ConstraintOverride, OverrideKind};
pub(crate) use resource_type::ResourceType;
pub(crate) use schema::Schema;
pub(crate) use view::View;

/// The contract, parsed once per process.
pub(crate) static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

/// All services, their operations, and the paths of the operations.
pub(crate) struct Contract {
    pub(crate) services: Vec<ServiceContract>,
    pub(crate) operations: Vec<OperationContract>,
    /// The routes of each path without labels.
    literal: HashMap<&'static str, Vec<PathRoute>>,
    /// The routes of paths with a label.
    labelled: Vec<PathRoute>,
}

/// One method of one path.
struct PathRoute {
    method: Method,
    /// Indices into [`Contract::operations`]: more than one if services share the path.
    operations: Vec<usize>,
}

/// One service.
pub(crate) struct ServiceContract {
    pub(crate) id: &'static str,
    pub(crate) signing_name: &'static str,
    /// The first label of the service's own host name.
    pub(crate) endpoint_prefix: &'static str,
    pub(crate) model: &'static Model,
    pub(crate) schema: Schema,
}

impl ServiceContract {
    fn read(model: &'static Model) -> Self {
        Self {
            id: &model.service.id,
            signing_name: &model.service.signing_name,
            endpoint_prefix: &model.service.endpoint_prefix,
            model,
            schema: Schema::new(model),
        }
    }

    /// Returns the error shape of that name, if the service models it.
    pub(crate) fn error_shape(&self, name: &str) -> Option<&'static ivs_model::Shape> {
        let shape = self.model.shape_named(name)?;
        shape.error_status.is_some().then_some(shape)
    }
}

/// One operation.
pub(crate) struct OperationContract {
    /// Index into [`Contract::operations`].
    pub(crate) index: usize,
    /// Index into [`Contract::services`].
    service: usize,
    /// `service.Operation`, as faults and logs name it.
    pub(crate) full_name: String,
    pub(crate) method: Method,
    pub(crate) model: &'static ivs_model::Operation,
    /// Output members that are headers.
    pub(crate) output_headers: Vec<HeaderName>,
    /// True if any input member is bound to a place outside the body.
    pub(crate) has_unbodied_input: bool,
    /// True if the input has members in a JSON body.
    pub(crate) has_body: bool,
    /// The number of items on a page if the caller names no size.
    pub(crate) page_size: usize,
    /// The documented call rates.
    pub(crate) rates: Vec<CallRate>,
    /// True if a call changes nothing.
    pub(crate) only_reads: bool,
}

impl OperationContract {
    fn read(index: usize, services: &[ServiceContract], service: usize, model: &'static ivs_model::Operation) -> Self {
        let of = &services[service];
        let input = of.model.members(model.input);
        let output = of.model.members(model.output);
        Self {
            index,
            service,
            full_name: format!("{}.{}", of.id, model.name),
            method: Method::from_bytes(model.method.as_str().as_bytes()).expect("the model's methods are HTTP's own"),
            model,
            output_headers: output
                .iter()
                .filter(|member| member.location == Location::Header)
                .filter_map(|member| member.wire_name.to_ascii_lowercase().parse().ok())
                .collect(),
            has_unbodied_input: input.iter().any(|member| member.location != Location::Body),
            has_body: input.iter().any(|member| member.location == Location::Body),
            page_size: page_size(of, model),
            rates: CallRate::of(of.model, model),
            // The model's trait is unreliable (fact `readonly-trait`).
            only_reads: ["BatchGet", "Get", "List"].iter().any(|verb| model.name.starts_with(verb)),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        &self.model.name
    }

    pub(crate) fn service(&self) -> &'static ServiceContract {
        &CONTRACT.services[self.service]
    }

    /// Returns the shape of an output member, such as `channel` of GetChannel.
    pub(crate) fn output_member(&self, name: &str) -> Option<ShapeId> {
        let members = self.service().model.members(self.model.output);
        let member = members.iter().find(|member| member.name == name)?;
        Some(member.shape)
    }
}

impl Contract {
    fn read() -> Self {
        let models = ivs_model::bundled::models();
        let services: Vec<ServiceContract> = models.iter().map(ServiceContract::read).collect();
        let mut operations = Vec::new();
        for (index, service) in services.iter().enumerate() {
            for operation in &service.model.operations {
                operations.push(OperationContract::read(operations.len(), &services, index, operation));
            }
        }
        let mut literal: HashMap<&'static str, Vec<PathRoute>> = HashMap::new();
        let mut labelled: Vec<PathRoute> = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            let routes = match path::literal_path(operation.model) {
                Some(path) => literal.entry(path.leak()).or_default(),
                None => &mut labelled,
            };
            let shared = routes.iter_mut().find(|route| {
                let first: &OperationContract = &operations[route.operations[0]];
                first.method == operation.method && first.model.uri == operation.model.uri
            });
            match shared {
                Some(route) => route.operations.push(index),
                None => routes.push(PathRoute { method: operation.method.clone(), operations: vec![index] }),
            }
        }
        Self { services, operations, literal, labelled }
    }

    /// Returns the operations that a method and a raw path can mean: none, one, or one per service.
    ///
    /// A label is one segment as sent; `%2F` stays inside it.
    pub(crate) fn candidates(&self, method: &Method, path: &str) -> impl Iterator<Item = &OperationContract> + Clone {
        let matches_path = |route: &&PathRoute| self.operations[route.operations[0]].model.uri.matches(path);
        let matches_method = |route: &&PathRoute| route.method == *method;
        let route = match self.literal.get(path) {
            Some(routes) => routes.iter().find(matches_method),
            None => self.labelled.iter().filter(matches_method).find(matches_path),
        };
        route.into_iter().flat_map(|route| &route.operations).map(|&index| &self.operations[index])
    }
}

/// Returns the documented default size of a page, else the largest.
fn page_size(service: &ServiceContract, operation: &ivs_model::Operation) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for service in &CONTRACT.services {
            assert_eq!(service.schema.invalid_patterns(), Vec::<&str>::new());
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
    fn a_path_with_another_method_has_no_operation() {
        assert_eq!(CONTRACT.candidates(&Method::POST, "/GetChannel").count(), 1);
        assert_eq!(CONTRACT.candidates(&Method::GET, "/GetChannel").count(), 0);
        assert_eq!(CONTRACT.candidates(&Method::POST, "/GetChannel/").count(), 0);
    }

    #[test]
    fn body_members_are_written_under_their_own_names() {
        // The writer relies on it. A model that renames a member needs another writer.
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
