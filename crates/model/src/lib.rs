//! The model of an AWS service, as stated by its model file, and the evaluation of its constraints.
//!
//! ```
//! use ivs_model::{bundled, validate};
//! use serde_json::json;
//!
//! let model = bundled::model("ivs").expect("the ivs model is bundled");
//! let operation = model.operation("CreateChannel").expect("ivs has CreateChannel");
//! assert_eq!(operation.id.to_string(), "ivs.CreateChannel");
//!
//! let input = operation.input.expect("CreateChannel has an input");
//! assert!(validate(model, input, &json!({"name": "a-channel"})).is_empty());
//! assert_eq!(validate(model, input, &json!({"name": "not allowed: spaces"})).len(), 1);
//! ```
//!
//! The crate is pure: it parses bytes and evaluates values. It never reads a file, a clock or the network.
//!
//! # How to add a service model
//!
//! 1. Import the model: `ivs-contract model import service-2.json paginators-1.json -o FILE`, into `fixtures/models/`.
//! 2. List the file in `bundled.rs`.
//! 3. State in `fixtures/knowledge/` what the model does not say, each entry with its authority and source.
//!
//! # How to add a kind of knowledge
//!
//! Add its type to a module of [`knowledge`], with `authority` and `source`, and its table to [`Knowledge`].

mod authority;
mod blob;
pub mod bundled;
mod fact;
mod gap;
mod glob;
mod hash;
mod id;
pub mod import;
pub mod knowledge;
mod number;
mod operation;
mod pattern;
mod pem;
pub mod pointer;
mod read;
mod shape;
mod timestamp;
mod validate;

pub use authority::Authority;
pub use blob::decode as decode_blob;
pub use fact::{Fact, FactSource, cited_facts};
pub use gap::{GapReason, GapScope, ModelGap};
pub use glob::glob_matches;
pub use hash::fnv1a;
pub use id::{CaseId, ErrorPair, FindingId, FindingScope, OperationId, ParseIdError, SuiteName};
pub use knowledge::Knowledge;
pub use number::Number;
pub use pattern::{Pattern, PatternError};
pub use pem::P384_PREFIX;
pub use read::{MAX_BYTES, ReadError};
pub use validate::{ConstraintKind, Violation, validate};

pub use operation::{Method, Operation, Pagination, UriSegment, UriTemplate};
pub use shape::{Location, Member, Shape, ShapeId, ShapeKind, TimestampFormat};

/// One service: its names, its operations, and all shapes that they use.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The names under which the service is known.
    pub service: Service,
    /// All operations, sorted by name.
    pub operations: Vec<Operation>,
    /// All shapes, sorted by name; a [`ShapeId`] is an index into this list. Shapes may refer to each other in cycles.
    pub shapes: Vec<Shape>,
    /// The parts of the file that this model does not express, in the order of scope and name.
    pub gaps: Vec<ModelGap>,
}

/// The names of one service (fact `service-names`: they differ in ways that matter).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The short name in case ids: `ivs`, `ivs-realtime`, `ivschat`.
    pub id: String,
    /// The name SDKs use, such as `IVS RealTime`.
    pub sdk_id: String,
    /// The first label of the service's host, such as `ivsrealtime`.
    pub endpoint_prefix: String,
    /// The service of the SigV4 credential scope; `ivs` for Real-Time as well.
    pub signing_name: String,
    /// The API version, such as `2020-07-14`.
    pub api_version: String,
}

impl Service {
    /// Creates the names of a service. The short name follows from the SDK id (`IVS RealTime` is `ivs-realtime`).
    pub(crate) fn new(sdk_id: &str, endpoint_prefix: &str, signing_name: &str, api_version: &str) -> Self {
        Self {
            id: sdk_id.to_lowercase().replace(' ', "-"),
            sdk_id: sdk_id.to_owned(),
            endpoint_prefix: endpoint_prefix.to_owned(),
            signing_name: signing_name.to_owned(),
            api_version: api_version.to_owned(),
        }
    }
}

impl Model {
    /// Returns the shape with an id of this model.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.index()]
    }

    /// Returns the operation with that name, if the service has it.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .binary_search_by(|operation| operation.name.as_str().cmp(name))
            .ok()
            .map(|index| &self.operations[index])
    }

    /// Returns the id of the shape with that name, if the service has it.
    #[must_use]
    pub fn shape_id(&self, name: &str) -> Option<ShapeId> {
        let index = self.shapes.binary_search_by(|shape| shape.name.as_str().cmp(name)).ok()?;
        Some(ShapeId(u32::try_from(index).ok()?))
    }

    /// Returns the shape with that name, if the service has it.
    #[must_use]
    pub fn shape_named(&self, name: &str) -> Option<&Shape> {
        self.shape_id(name).map(|id| self.shape(id))
    }

    /// Returns the shape at a JSON pointer from another shape. The pointer has member names, `*` or an index for list
    /// items, and `*` for map values. `None` if there is no such shape.
    #[must_use]
    pub fn shape_at(&self, from: ShapeId, pointer: &str) -> Option<ShapeId> {
        pointer::tokens(pointer).try_fold(from, |id, token| match &self.shape(id).kind {
            ShapeKind::List { item, .. } => (token == "*" || token.parse::<usize>().is_ok()).then_some(*item),
            ShapeKind::Map { value, .. } => (token == "*").then_some(*value),
            _ => self.members(Some(id)).iter().find(|member| member.name == token).map(|member| member.shape),
        })
    }

    /// Gives the service another short name, also in the ids of its operations.
    pub fn rename(&mut self, id: &str) {
        id.clone_into(&mut self.service.id);
        for operation in &mut self.operations {
            operation.id = OperationId::new(id, &operation.name);
        }
        for gap in &mut self.gaps {
            if let GapScope::Operation(operation) = &mut gap.scope {
                *operation = OperationId::new(id, operation.name());
            }
        }
    }

    /// Returns the members of a structure or union; empty for other shapes and for `None`.
    #[must_use]
    pub fn members(&self, id: Option<ShapeId>) -> &[Member] {
        match id.map(|id| &self.shape(id).kind) {
            Some(ShapeKind::Structure { members } | ShapeKind::Union { members }) => members,
            _ => &[],
        }
    }
}
