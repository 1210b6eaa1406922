//! One exchange made ready for the checks: parsed once, read by the model once.

use std::sync::OnceLock;

use ivs_client::{ErrorName, Request, Response, error_name};
use ivs_model::{Knowledge, Model, Operation, ShapeId, Violation, validate};
use serde_json::Value;

use crate::RequestContext;
use crate::announced::Announced;
use crate::wire::{BodyForm, Reading, read};

/// The pointer and the site of one structure of an output.
pub(crate) type Place = (String, String);

/// What a check looks at. Not for logs: it holds the caller's secrets.
pub struct ResponseView<'a> {
    /// The service.
    pub model: &'a Model,
    /// The operation called.
    pub operation: &'a Operation,
    /// What the model does not say.
    pub knowledge: &'a Knowledge,
    /// What was sent.
    pub request: &'a Request,
    /// What came.
    pub response: &'a Response,
    /// What the sender knows.
    pub context: &'a RequestContext<'a>,
    /// The broken values that this run has sent.
    pub(crate) announced: &'a Announced,
    /// The caller's credentials.
    pub(crate) credentials: &'a [String],
    /// Sensitive texts of this run that stand in the answer.
    pub(crate) leaked: Vec<String>,
    /// The body of the answer.
    pub body: Body,
    /// The error that the answer names, if its status is 400 or above.
    pub error: Option<ErrorName>,
    /// The shape of that error, if the service has one of that name.
    pub error_shape: Option<ShapeId>,
    /// The body read by the output shape or by the error's shape.
    reading: Option<(ShapeId, Reading)>,
    violations: Vec<Violation>,
    /// The places of the structures in the output.
    pub(crate) places: OnceLock<Vec<Place>>,
}

/// What surrounds an exchange in its run.
pub(crate) struct Setting<'a> {
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) context: &'a RequestContext<'a>,
    pub(crate) announced: &'a Announced,
    pub(crate) credentials: &'a [String],
    pub(crate) leaked: Vec<String>,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No bytes.
    Empty,
    /// A JSON object, or any JSON value where the model has one.
    Json(Value),
    /// Bytes of a blob or text that is the whole body.
    Raw,
    /// Anything else.
    Other,
}

impl<'a> ResponseView<'a> {
    pub(crate) fn new(
        model: &'a Model,
        operation: &'a Operation,
        request: &'a Request,
        response: &'a Response,
        setting: Setting<'a>,
    ) -> Self {
        let form = if response.is_success() { BodyForm::of(model, operation.output) } else { BodyForm::Object };
        let body = match form {
            _ if response.body.is_empty() => Body::Empty,
            BodyForm::Raw => Body::Raw,
            BodyForm::Object | BodyForm::Json => match serde_json::from_slice(&response.body) {
                Ok(value) if form == BodyForm::Json || matches!(value, Value::Object(_)) => Body::Json(value),
                Ok(_) | Err(_) => Body::Other,
            },
        };
        let error = if response.status >= 400 { error_name(response) } else { None };
        let error_shape = error.as_ref().and_then(|error| shape_of_error(model, &error.name));
        let shape = if response.is_success() { operation.output } else { error_shape };
        let json = match &body {
            Body::Json(value) => Some(value),
            Body::Empty | Body::Raw | Body::Other => None,
        };
        // A body that is no JSON is told once, by the check for that, and not again member by member.
        let reading = shape
            .filter(|_| body != Body::Other && response.status != 204)
            .map(|shape| (shape, read(model, shape, json, Some(response))));
        let violations =
            reading.as_ref().map_or_else(Vec::new, |(shape, reading)| validate(model, *shape, &reading.value));
        let Setting { knowledge, context, announced, credentials, leaked } = setting;
        Self {
            model,
            operation,
            knowledge,
            request,
            response,
            context,
            announced,
            credentials,
            leaked,
            body,
            error,
            error_shape,
            reading,
            violations,
            places: OnceLock::new(),
        }
    }

    /// Whether the answer is the operation's own: the request was routed to it and rightly signed.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.context.routed && self.context.signed
    }

    /// Whether it is a success of the operation.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.is_own() && self.response.is_success()
    }

    /// Whether it is an error that the operation itself answers: a 4xx, or a 5xx that says which error it is. What a
    /// gateway or a crashed process sends with 5xx is judged by its status alone.
    #[must_use]
    pub fn is_error(&self) -> bool {
        let status = self.response.status;
        self.is_own() && ((400..500).contains(&status) || (status >= 500 && self.error.is_some()))
    }

    /// `success` or `error`: the site of what holds for all answers of one kind.
    #[must_use]
    pub fn side(&self) -> &'static str {
        if self.response.status < 400 { "success" } else { "error" }
    }

    /// The shape by which the body was read, and the reading.
    pub(crate) fn reading(&self) -> Option<(ShapeId, &Reading)> {
        self.reading.as_ref().map(|(shape, reading)| (*shape, reading))
    }

    /// The constraints that the body breaks.
    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Whether the operation declares the error of that name.
    #[must_use]
    pub fn declares(&self, name: &str) -> bool {
        self.operation.errors.iter().any(|error| self.model.shape(*error).name == name)
    }

    /// Texts in sensitive places of the answer.
    pub(crate) fn secrets(&self) -> &[String] {
        self.reading.as_ref().map_or(&[], |(_, reading)| &reading.secrets)
    }
}

/// The error shape of that name, wherever in the service it is declared.
fn shape_of_error(model: &Model, name: &str) -> Option<ShapeId> {
    let declared = model.operations.iter().flat_map(|operation| &operation.errors);
    declared.copied().find(|shape| model.shape(*shape).name == name)
}
