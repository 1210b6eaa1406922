//! Operations made ready to send: everything of a request but its body and its time.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use ivs_client::{EncodeError, Endpoints};
use ivs_model::{CaseId, Location, Model, OperationId, ShapeKind, SuiteName};
use serde_json::Value;

use crate::LoadError;
use crate::http1;
use crate::signer::Prepared;

/// The place of a step in the run's list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub(crate) u16);

impl StepId {
    /// The index into the list of steps.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A step as a scenario names it: an operation, and in which of its uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepName {
    /// The operation.
    pub operation: OperationId,
    /// What tells this use from others (`x50`, `deleted`); empty for the plain one.
    pub variant: String,
}

impl StepName {
    /// A step of an operation.
    pub(crate) fn new(service: &str, operation: &str, variant: &str) -> Self {
        Self { operation: OperationId::new(service, operation), variant: variant.to_owned() }
    }

    /// Returns the id of the case that this step is: `ivs.BatchGetChannel/load/x50`.
    pub(crate) fn case(&self) -> CaseId {
        let name = if self.variant.is_empty() { "call" } else { &self.variant };
        CaseId::new(self.operation, SuiteName::from_static("load"), name)
    }

    /// The name in reports and gates, such as `ivs.BatchGetChannel/x50`.
    #[must_use]
    pub fn label(&self) -> String {
        let separator = if self.variant.is_empty() { "" } else { "/" };
        format!("{}{separator}{}", self.operation, self.variant)
    }
}

/// Where a request goes: method, target, headers, and their part of the signature.
pub struct Route {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// Without date, token and signature.
    pub(crate) headers: HeaderMap,
    /// Request line and headers as they go out.
    pub(crate) head: Vec<u8>,
    pub(crate) prepared: Prepared,
}

/// One step's operation, ready to send.
pub struct Template {
    /// Which step it is.
    pub step: StepId,
    /// The step's name.
    pub name: StepName,
    /// The step's label, for reports.
    pub label: String,
    /// The service's place in the run's list of services.
    pub(crate) service: usize,
    /// The route of requests without labels in their path; others bring their own.
    pub(crate) route: Option<Arc<Route>>,
    /// The HTTP method.
    pub method: &'static str,
    /// The status of success.
    pub(crate) success: u16,
    /// The declared errors, name and status.
    pub(crate) declared: Vec<(String, u16)>,
    /// Whether a successful answer must hold a JSON object.
    pub(crate) answers_json: bool,
}

/// One service as the run calls it.
pub(crate) struct Service {
    pub(crate) model: &'static Model,
    pub(crate) authority: String,
    pub(crate) prefix: String,
}

/// All templates of a run.
pub struct Catalogue {
    services: Vec<Service>,
    templates: Vec<Arc<Template>>,
    by_name: HashMap<StepName, usize>,
    with_token: bool,
}

impl Catalogue {
    /// An empty catalogue for the bundled services at these endpoints. `with_token` says whether signatures carry a
    /// session token.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if a service has no endpoint.
    pub fn new(endpoints: &Endpoints, with_token: bool) -> Result<Self, LoadError> {
        let mut services = Vec::new();
        for model in ivs_model::bundled::models() {
            let endpoint = endpoints.of(&model.service.id)?;
            services.push(Service { model, authority: endpoint.authority.clone(), prefix: endpoint.prefix.clone() });
        }
        Ok(Self { services, templates: Vec::new(), by_name: HashMap::new(), with_token })
    }

    /// The services, in the order of the bundled models.
    pub(crate) fn services(&self) -> &[Service] {
        &self.services
    }

    /// All templates, in the order of their [`StepId`].
    #[must_use]
    pub fn templates(&self) -> &[Arc<Template>] {
        &self.templates
    }

    /// The template of a step, made at its first use.
    ///
    /// # Errors
    ///
    /// [`LoadError::UnknownOperation`] if no bundled service has the operation.
    pub fn template(&mut self, name: &StepName) -> Result<Arc<Template>, LoadError> {
        if let Some(&index) = self.by_name.get(name) {
            return Ok(Arc::clone(&self.templates[index]));
        }
        let unknown = || LoadError::UnknownOperation { label: name.label() };
        let service = self
            .services
            .iter()
            .position(|service| service.model.service.id == name.operation.service())
            .ok_or_else(unknown)?;
        let model = self.services[service].model;
        let operation = model.operation(name.operation.name()).ok_or_else(unknown)?;
        let labelled = model.members(operation.input).iter().any(|member| member.location == Location::Label);
        let route =
            if labelled { None } else { Some(Arc::new(self.route(service, name.operation.name(), &Value::Null)?.0)) };
        let error_name = |id: &ivs_model::ShapeId| {
            let shape = model.shape(*id);
            (shape.name.clone(), shape.error_status.unwrap_or(400))
        };
        // An output without members of the body may come as an empty body (facts section 1.3).
        let answers_json = operation.success_status != 204
            && operation.output.is_some_and(|id| match &model.shape(id).kind {
                ShapeKind::Structure { members } => members.iter().any(|member| member.location == Location::Body),
                _ => false,
            });
        let index = self.templates.len();
        let step = StepId(u16::try_from(index).map_err(|_| LoadError::TooManySteps)?);
        self.templates.push(Arc::new(Template {
            step,
            label: name.label(),
            name: name.clone(),
            service,
            route,
            method: operation.method.as_str(),
            success: operation.success_status,
            declared: operation.errors.iter().map(error_name).collect(),
            answers_json,
        }));
        self.by_name.insert(name.clone(), index);
        Ok(Arc::clone(&self.templates[index]))
    }

    /// The route and body of one request with its own input.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the input cannot stand on the wire.
    pub fn route(&self, service: usize, operation: &str, input: &Value) -> Result<(Route, Bytes), LoadError> {
        let unencodable = |source: EncodeError| LoadError::Encode { operation: operation.to_owned(), source };
        let place = &self.services[service];
        let found = place.model.operation(operation);
        let known = found.ok_or_else(|| LoadError::UnknownOperation { label: operation.to_owned() })?;
        let mut request = ivs_client::encode(place.model, known, input).map_err(unencodable)?;
        request.path.insert_str(0, &place.prefix);
        request.set_header("host", place.authority.as_bytes());
        // A template's body comes later, and nearly every operation takes one.
        if known.method.as_str() == "POST" && request.header("content-type").is_none() {
            request.set_header("content-type", "application/json");
        }
        let unsendable = || LoadError::Unsendable { operation: operation.to_owned() };
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 3);
        let mut signed: Vec<(&str, &str)> = Vec::new();
        for (name, value) in &request.headers {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?,
                HeaderValue::from_bytes(value).map_err(|_| unsendable())?,
            );
            signed.push((name, std::str::from_utf8(value).map_err(|_| unsendable())?));
        }
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| unsendable())?;
        let uri: Uri = request.target().parse().map_err(|_| unsendable())?;
        let route = Route {
            head: http1::head(&method, &uri, &headers),
            method,
            uri,
            headers,
            prepared: Prepared::new(&request.method, &request.path, &request.query, &signed, self.with_token),
        };
        Ok((route, request.body))
    }
}
