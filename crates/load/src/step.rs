//! Steps: operations prepared for sending, complete except for body and time.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use ivs_client::{EncodeError, Endpoints, Request};
use ivs_model::{Location, Model, OperationId, ShapeKind};
use serde_json::Value;

use crate::error::LoadError;
use crate::step_id::{StepId, StepName};
use crate::transport::{PreparedRequest, Route};

/// The prefix of the paths of an emulator's control API.
const CONTROL_PREFIX: &str = "/_emulator/";

/// A step's operation, prepared for sending.
pub struct StepTemplate {
    /// The index of the step.
    pub step: StepId,
    /// The step's name.
    pub name: StepName,
    /// The step's label, for reports.
    pub label: String,
    /// The service's index in the run's list of services.
    pub(crate) service: usize,
    /// The route, if the path has no labels; otherwise each request has its own.
    pub(crate) route: Option<Arc<Route>>,
    /// The HTTP method.
    pub method: &'static str,
    /// The status of success.
    pub(crate) success: u16,
    /// The declared errors, name and status.
    pub(crate) declared: Vec<(String, u16)>,
    /// True if a successful response must contain a JSON object.
    pub(crate) answers_json: bool,
    /// True for an action of an emulator's control API, which no contract describes.
    pub(crate) is_control: bool,
}

/// A service and its endpoint.
pub(crate) struct Service {
    pub(crate) model: &'static Model,
    pub(crate) authority: String,
    pub(crate) prefix: String,
}

/// The steps of a run, registered by its scenarios.
pub struct StepCatalog {
    services: Vec<Service>,
    templates: Vec<Arc<StepTemplate>>,
    by_name: HashMap<StepName, usize>,
    with_token: bool,
}

impl StepCatalog {
    /// Creates an empty catalog for the bundled services at these endpoints. `with_token` states whether signatures
    /// include a session token.
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
    pub fn templates(&self) -> &[Arc<StepTemplate>] {
        &self.templates
    }

    /// Returns the template of a step by its label: an operation (`ivs.GetChannel`), or a variant of its use
    /// (`ivs.GetChannel/updated`). Registers it at the first call.
    ///
    /// # Errors
    ///
    /// [`LoadError::UnknownOperation`] if no bundled service has the operation.
    pub fn step(&mut self, label: &str) -> Result<Arc<StepTemplate>, LoadError> {
        let name = label.parse().map_err(|_| LoadError::UnknownOperation { label: label.to_owned() })?;
        self.template(&name)
    }

    /// Returns the template of a step; registers it at the first call.
    ///
    /// # Errors
    ///
    /// [`LoadError::UnknownOperation`] if no bundled service has the operation.
    pub fn template(&mut self, name: &StepName) -> Result<Arc<StepTemplate>, LoadError> {
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
            if labelled { None } else { Some(Arc::new(self.build(service, name.operation.name(), &Value::Null)?.0)) };
        let error_name = |id: &ivs_model::ShapeId| {
            let shape = model.shape(*id);
            (shape.name.clone(), shape.error_status.unwrap_or(400))
        };
        // An output without body members may arrive as an empty body (fact `response-empty-outputs`).
        let answers_json = operation.success_status != 204
            && operation.output.is_some_and(|id| match &model.shape(id).kind {
                ShapeKind::Structure { members } => members.iter().any(|member| member.location == Location::Body),
                _ => false,
            });
        let index = self.templates.len();
        let step = StepId(u16::try_from(index).map_err(|_| LoadError::TooManySteps)?);
        self.templates.push(Arc::new(StepTemplate {
            step,
            label: name.label(),
            name: name.clone(),
            service,
            route,
            method: operation.method.as_str(),
            success: operation.success_status,
            declared: operation.errors.iter().map(error_name).collect(),
            answers_json,
            is_control: false,
        }));
        self.by_name.insert(name.clone(), index);
        Ok(Arc::clone(&self.templates[index]))
    }

    /// Returns the template of an action of the emulator's control API, such as `channel/on-air`. Registers it at the first
    /// call. [`SeedData::offers`](crate::SeedData::offers) says whether the endpoint has the action.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the path cannot be sent.
    pub fn control(&mut self, action: &str) -> Result<Arc<StepTemplate>, LoadError> {
        let name = StepName { operation: OperationId::new("emulator", action), variant: String::new() };
        if let Some(&index) = self.by_name.get(&name) {
            return Ok(Arc::clone(&self.templates[index]));
        }
        let template = self.control_template(name, "POST", &format!("{CONTROL_PREFIX}{action}"))?;
        self.by_name.insert(template.name.clone(), self.templates.len());
        self.templates.push(Arc::clone(&template));
        Ok(template)
    }

    /// Returns the template that asks for the actions of the control API. It is not a step of the run.
    pub(crate) fn capabilities(&self) -> Result<Arc<StepTemplate>, LoadError> {
        let name = StepName { operation: OperationId::new("emulator", "capabilities"), variant: String::new() };
        self.control_template(name, "GET", &format!("{CONTROL_PREFIX}capabilities"))
    }

    /// Prepares a request to the control API at the endpoint of the first service.
    fn control_template(
        &self,
        name: StepName,
        method: &'static str,
        path: &str,
    ) -> Result<Arc<StepTemplate>, LoadError> {
        let index = self.templates.len();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            body: Bytes::new(),
        };
        Ok(Arc::new(StepTemplate {
            step: StepId(u16::try_from(index).map_err(|_| LoadError::TooManySteps)?),
            label: name.label(),
            route: Some(Arc::new(self.sendable(0, name.operation.name(), request)?.0)),
            name,
            service: 0,
            method,
            success: 200,
            declared: Vec::new(),
            answers_json: true,
            is_control: true,
        }))
    }

    /// Builds the route and the body of one request of a step from its own input.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the input cannot be encoded.
    pub fn route(&self, template: &StepTemplate, input: &Value) -> Result<(Route, Bytes), LoadError> {
        self.build(template.service, template.name.operation.name(), input)
    }

    fn build(&self, service: usize, operation: &str, input: &Value) -> Result<(Route, Bytes), LoadError> {
        let unencodable = |source: EncodeError| LoadError::Encode { operation: operation.to_owned(), source };
        let place = &self.services[service];
        let found = place.model.operation(operation);
        let known = found.ok_or_else(|| LoadError::UnknownOperation { label: operation.to_owned() })?;
        let mut request = ivs_client::encode(place.model, known, input).map_err(unencodable)?;
        // A template has no body yet, but nearly every operation takes one.
        if known.method.as_str() == "POST" && request.header("content-type").is_none() {
            request.set_header("content-type", "application/json");
        }
        self.sendable(service, operation, request)
    }

    /// Completes a request for the endpoint of a service.
    fn sendable(&self, service: usize, operation: &str, mut request: Request) -> Result<(Route, Bytes), LoadError> {
        let place = &self.services[service];
        request.path.insert_str(0, &place.prefix);
        request.set_header("host", place.authority.as_bytes());
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
        let prepared = PreparedRequest::new(&request.method, &request.path, &request.query, &signed, self.with_token);
        Ok((Route::new(method, uri, headers, prepared), request.body))
    }
}
