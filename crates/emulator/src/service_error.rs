//! The errors that the services return: a name, a status, a message, and the members that a service adds.

use crate::contract::ResourceType;

/// The name of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ErrorCode {
    Validation,
    ServiceQuotaExceeded,
    ResourceNotFound,
    ChannelNotBroadcasting,
    Conflict,
    Throttling,
    InternalServer,
    // Errors of the protocol, the gateway and SigV4, which no model has (facts `gateway-answers`, `auth-failures`).
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
    ServiceUnavailable,
}

impl ErrorCode {
    /// Returns the name on the wire.
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
            Self::ServiceUnavailable => "ServiceUnavailable",
        }
    }

    /// Returns the HTTP status. A test compares those of modeled errors with the model.
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
            Self::ServiceUnavailable => 503,
        }
    }
}

/// The reason why a request is refused. Members that a service's model does not have are dropped when it is written.
#[derive(Debug, Clone)]
pub(crate) struct ServiceError {
    pub(crate) code: ErrorCode,
    /// The message. It never contains a value of the request.
    pub(crate) message: String,
    /// The invalid members, with a message each (chat's `fieldList`).
    pub(crate) fields: Vec<(String, String)>,
    /// The resource concerned (chat's `resourceId`).
    pub(crate) resource: Option<String>,
    /// The limit that was exceeded (chat's `limit`).
    pub(crate) limit: Option<u64>,
}

impl ServiceError {
    /// Creates an error with a message only.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), resource: None, limit: None }
    }

    /// Creates a ValidationException (400) for one input member, named by its JSON pointer such as `/video/width`.
    pub(crate) fn invalid(pointer: &str, why: &str) -> Self {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let mut error = Self::new(ErrorCode::Validation, format!("{field} {why}"));
        error.fields.push((field, why.to_owned()));
        error
    }

    /// Creates a ResourceNotFoundException (404) for an ARN.
    pub(crate) fn not_found(resource_type: ResourceType, arn: &str) -> Self {
        Self::new(ErrorCode::ResourceNotFound, format!("Resource: {} {arn} not found", resource_type.arn_type()))
            .about(arn)
    }

    /// Creates a ConflictException (409) about a resource.
    pub(crate) fn conflict(arn: &str, why: &str) -> Self {
        Self::new(ErrorCode::Conflict, format!("{arn} {why}")).about(arn)
    }

    /// Creates a ServiceQuotaExceededException (402) for a quota of `limit` resources.
    pub(crate) fn quota(what: &str, limit: u64, about: &str) -> Self {
        let mut error =
            Self::new(ErrorCode::ServiceQuotaExceeded, format!("The quota of {limit} for {what} is reached"))
                .about(about);
        error.limit = Some(limit);
        error
    }

    /// Adds the resource concerned.
    pub(crate) fn about(mut self, arn: &str) -> Self {
        let id = arn.rsplit('/').next().unwrap_or(arn);
        // Chat's pattern for `resourceId` takes letters and digits only.
        self.resource = Some(id.chars().filter(char::is_ascii_alphanumeric).collect());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    #[test]
    fn modeled_errors_have_the_status_of_the_model() {
        use ErrorCode::{
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
                if let Some(shape) = service.error_shape(code.name()) {
                    assert_eq!(shape.error_status, Some(code.status()), "{}", code.name());
                    seen += 1;
                }
            }
        }
        assert!(seen >= 18, "{seen}");
    }
}
