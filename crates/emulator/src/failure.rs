//! Errors as the services answer them: a name, a status, a text, and what the model adds per service.

use serde_json::{Map, Value};

use crate::state::Kind;

/// The named errors that an emulator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    Validation,
    ServiceQuotaExceeded,
    ResourceNotFound,
    ChannelNotBroadcasting,
    Conflict,
    Throttling,
    InternalServer,
    // Not in the models: the protocol's, the gateway's and SigV4's own (facts sections 1.6 and 1.8).
    UnknownOperation,
    MissingAuthentication,
    IncompleteSignature,
    InvalidSignature,
    UnrecognizedClient,
    ExpiredToken,
    NotAcceptable,
    UnsupportedMediaType,
    RequestTooLarge,
    RequestTimeout,
}

impl Code {
    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Validation => "ValidationException",
            Self::ServiceQuotaExceeded => "ServiceQuotaExceededException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::ChannelNotBroadcasting => "ChannelNotBroadcasting",
            Self::Conflict => "ConflictException",
            Self::Throttling => "ThrottlingException",
            Self::InternalServer => "InternalServerException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::MissingAuthentication => "MissingAuthenticationTokenException",
            Self::IncompleteSignature => "IncompleteSignatureException",
            Self::InvalidSignature => "InvalidSignatureException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::NotAcceptable => "NotAcceptableException",
            Self::UnsupportedMediaType => "UnsupportedMediaTypeException",
            Self::RequestTooLarge => "RequestEntityTooLargeException",
            Self::RequestTimeout => "RequestTimeoutException",
        }
    }

    /// The HTTP status. For modeled errors it is the model's (a test holds them together).
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Validation => 400,
            Self::ServiceQuotaExceeded => 402,
            Self::MissingAuthentication
            | Self::IncompleteSignature
            | Self::InvalidSignature
            | Self::UnrecognizedClient
            | Self::ExpiredToken => 403,
            Self::ResourceNotFound | Self::ChannelNotBroadcasting | Self::UnknownOperation => 404,
            Self::NotAcceptable => 406,
            Self::RequestTimeout => 408,
            Self::Conflict => 409,
            Self::RequestTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Throttling => 429,
            Self::InternalServer => 500,
        }
    }
}

/// Why a request is refused. What a service's model does not carry is dropped when it is written.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    /// The text for a person; nobody may rely on it. It never holds a value of the request.
    pub(crate) message: String,
    /// The members that broke a rule, with a text each (chat's `fieldList`).
    pub(crate) fields: Vec<(String, String)>,
    /// The resource concerned (chat's `resourceId`).
    pub(crate) resource: Option<String>,
    /// The bound that was exceeded (chat's `limit`).
    pub(crate) limit: Option<u64>,
}

impl Failure {
    /// An error with a text and nothing else.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), resource: None, limit: None }
    }

    /// ValidationException 400 about one input member, named by its JSON pointer such as `/video/width`.
    pub(crate) fn invalid(pointer: &str, why: &str) -> Self {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let mut failure = Self::new(Code::Validation, format!("{field} {why}"));
        failure.fields.push((field, why.to_owned()));
        failure
    }

    /// ResourceNotFoundException 404 for an ARN.
    pub(crate) fn not_found(kind: Kind, arn: &str) -> Self {
        Self::new(Code::ResourceNotFound, format!("Resource: {} {arn} not found", kind.arn_type())).about(arn)
    }

    /// ConflictException 409 about a resource.
    pub(crate) fn conflict(arn: &str, why: &str) -> Self {
        Self::new(Code::Conflict, format!("{arn} {why}")).about(arn)
    }

    /// ServiceQuotaExceededException 402: at most `limit` of these.
    pub(crate) fn quota(what: &str, limit: u64, about: &str) -> Self {
        let mut failure =
            Self::new(Code::ServiceQuotaExceeded, format!("The quota of {limit} for {what} is reached")).about(about);
        failure.limit = Some(limit);
        failure
    }

    /// The same error, naming the resource concerned.
    pub(crate) fn about(mut self, arn: &str) -> Self {
        let id = arn.rsplit('/').next().unwrap_or(arn);
        // Chat's pattern for `resourceId` takes letters and digits only.
        self.resource = Some(id.chars().filter(char::is_ascii_alphanumeric).collect());
        self
    }

    /// The value of a modeled body member, by its name; `None` for members that say nothing here.
    pub(crate) fn member(&self, name: &str) -> Option<Value> {
        match name {
            "message" | "exceptionMessage" => Some(Value::from(self.message.as_str())),
            "reason" => Some(Value::from(if self.fields.is_empty() { "OTHER" } else { "FIELD_VALIDATION_FAILED" })),
            "fieldList" if !self.fields.is_empty() => Some(self.field_list()),
            "resourceId" => Some(Value::from(self.resource.as_deref().unwrap_or("none"))),
            "resourceType" => Some(Value::from(crate::choices::CHAT_RESOURCE_TYPE)),
            "limit" => Some(Value::from(self.limit.unwrap_or(0))),
            _ => None,
        }
    }

    fn field_list(&self) -> Value {
        self.fields
            .iter()
            .map(|(name, message)| {
                let mut field = Map::new();
                field.insert("name".to_owned(), Value::from(name.as_str()));
                field.insert("message".to_owned(), Value::from(message.as_str()));
                Value::Object(field)
            })
            .collect()
    }
}
