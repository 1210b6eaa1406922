//! One call of an operation, as its handler sees it.

use ivs_model::ShapeId;
use serde_json::{Map, Value};

use crate::auth::VerifiedCaller;
use crate::clock::Timestamp;
use crate::contract::{OperationContract, ResourceType, View};
use crate::document::Document;
use crate::fault::{Fault, PlantedFault};
use crate::input::Input;
use crate::page_token::PageTokenKey;
use crate::service_error::ServiceError;
use crate::state::Region;
use crate::wire::{self, Members};

/// The function that serves an operation. It has exclusive access to the caller's region.
pub(crate) type Handler = fn(&OperationCall<'_>, &mut Region) -> HandlerResult;

/// The output of an operation, or the error it returns.
pub(crate) type HandlerResult = Result<HandlerOutput, ServiceError>;

/// The members of an output structure.
pub(crate) enum HandlerOutput {
    /// Members that are ready to be written.
    Members(Document),
    /// Members that are already written, as JSON.
    Json(Vec<u8>),
    /// Members that are computed after the region is unlocked, because that takes long (signing a token).
    Deferred(Box<dyn FnOnce() -> Document + Send>),
}

impl HandlerOutput {
    /// Returns an output without members.
    #[allow(clippy::unnecessary_wraps, reason = "it ends a handler, which returns a Result")]
    pub(crate) fn empty() -> HandlerResult {
        Ok(Self::Members(Document::new()))
    }
}

impl From<Document> for HandlerOutput {
    fn from(members: Document) -> Self {
        Self::Members(members)
    }
}

/// One call: its operation, its caller, its validated input, and the time of the call.
pub(crate) struct OperationCall<'a> {
    pub(crate) operation: &'static OperationContract,
    pub(crate) caller: &'a VerifiedCaller<'a>,
    pub(crate) input: Input,
    pub(crate) now: Timestamp,
    /// The time at which a transitional state entered now ends.
    pub(crate) transition_end: Timestamp,
    pub(crate) planted: PlantedFault,
    pub(crate) page_token_key: &'a PageTokenKey,
}

impl OperationCall<'_> {
    /// Returns whether the handler must misbehave in this way.
    ///
    /// Use it only for faults that cannot be a layer; its row states why.
    pub(crate) fn has_fault(&self, fault: Fault) -> bool {
        let has_fault = self.planted.is_on(fault, &self.operation.full_name);
        let has_reason = self.planted.info().is_some_and(|info| info.why_in_handler.is_some());
        debug_assert!(!has_fault || has_reason, "{fault} has no reason to be in a handler");
        has_fault
    }

    /// Returns an output with one member that shows a document: `{"channel": {…}}`.
    ///
    /// Members that the output's structure does not have are omitted.
    pub(crate) fn show(&self, member: &str, document: &Document) -> Document {
        let mut output = Map::new();
        output.insert(member.to_owned(), self.shown(member, document));
        output
    }

    /// Returns the whole output, like [`show`](Self::show), already written.
    ///
    /// The document is written without a copy, which would take most of the time of a call.
    pub(crate) fn output(&self, member: &str, document: &Document) -> HandlerResult {
        let view = self.view(self.operation.output_member(member), document);
        Ok(HandlerOutput::Json(wire::to_json(&Members([(member, view)]))))
    }

    /// Returns the whole output, like [`output`](Self::output), of an operation with a flat output.
    pub(crate) fn flat_output(&self, document: &Document) -> HandlerResult {
        Ok(HandlerOutput::Json(wire::to_json(&self.view(self.operation.model.output, document))))
    }

    /// Returns the part of a document that a shape declares, or an empty one without a shape.
    fn view<'d>(&self, shape: Option<ShapeId>, document: &'d Document) -> Option<View<'d>> {
        Some(self.operation.service().schema.view(shape?, document))
    }

    /// Returns the resource that the input's `arn` names, in an output member.
    pub(crate) fn get_resource(&self, region: &Region, resource_type: ResourceType, member: &str) -> HandlerResult {
        self.output(member, &region.get(resource_type, self.input.required("arn"))?.document)
    }

    /// Adds a resource and returns it in an output member.
    pub(crate) fn create_resource(
        &self,
        region: &mut Region,
        resource_type: ResourceType,
        member: &str,
        document: Document,
    ) -> HandlerResult {
        self.output(member, &region.create(resource_type, document)?.document)
    }

    /// Deletes the resource that the input's `arn` names, if it exists and a check allows it.
    pub(crate) fn delete_resource(
        &self,
        region: &mut Region,
        resource_type: ResourceType,
        check: impl FnOnce(&Region, &str) -> Result<(), ServiceError>,
    ) -> HandlerResult {
        let arn = self.input.required("arn");
        region.get(resource_type, arn)?;
        check(region, arn)?;
        region.remove(resource_type, arn)?;
        HandlerOutput::empty()
    }

    /// Returns a document as an output member shows it.
    pub(crate) fn shown(&self, member: &str, document: &Document) -> Value {
        let view = self.view(self.operation.output_member(member), document);
        view.map_or(Value::Null, |view| Value::Object(view.to_document()))
    }

    /// Returns a document as a flat output shows it (chat).
    pub(crate) fn show_flat(&self, document: &Document) -> Document {
        self.view(self.operation.model.output, document).map(View::to_document).unwrap_or_default()
    }

    /// Returns the input members that the resource in an output member has too.
    ///
    /// They are the start of a new resource, or the changes of an update.
    pub(crate) fn draft(&self, member: &str) -> Document {
        match self.shown(member, &self.input.0) {
            Value::Object(document) => document,
            _ => Document::new(),
        }
    }

    /// Returns the draft of a resource, like [`draft`](Self::draft), for an operation with a flat output.
    pub(crate) fn draft_flat(&self) -> Document {
        self.show_flat(&self.input.0)
    }
}
