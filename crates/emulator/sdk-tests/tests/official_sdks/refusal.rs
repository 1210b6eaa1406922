//! Typed assertions on refused calls: the error variant of the SDK, and the response on the wire.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use ivs_model::bundled;

/// The declared errors that can be triggered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Invalid,
    Absent,
    Conflict,
    Quota,
    Throttled,
    NotBroadcasting,
}

impl Refusal {
    /// The name in the models.
    fn name(self) -> &'static str {
        match self {
            Self::Invalid => "ValidationException",
            Self::Absent => "ResourceNotFoundException",
            Self::Conflict => "ConflictException",
            Self::Quota => "ServiceQuotaExceededException",
            Self::Throttled => "ThrottlingException",
            Self::NotBroadcasting => "ChannelNotBroadcasting",
        }
    }
}

/// The error enumeration of one SDK.
pub(crate) trait ServiceError: ProvideErrorMetadata + Debug {
    /// The ID of the service.
    const SERVICE: &'static str;

    /// Returns the refusal of a typed variant; `None` for any other variant, including `Unhandled`.
    fn refusal(&self) -> Option<Refusal>;
}

impl ServiceError for aws_sdk_ivs::Error {
    const SERVICE: &'static str = "ivs";

    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::ValidationException(_) => Some(Refusal::Invalid),
            Self::ResourceNotFoundException(_) => Some(Refusal::Absent),
            Self::ConflictException(_) => Some(Refusal::Conflict),
            Self::ServiceQuotaExceededException(_) => Some(Refusal::Quota),
            Self::ThrottlingException(_) => Some(Refusal::Throttled),
            Self::ChannelNotBroadcasting(_) => Some(Refusal::NotBroadcasting),
            _ => None,
        }
    }
}

impl ServiceError for aws_sdk_ivsrealtime::Error {
    const SERVICE: &'static str = "ivs-realtime";

    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::ValidationException(_) => Some(Refusal::Invalid),
            Self::ResourceNotFoundException(_) => Some(Refusal::Absent),
            Self::ConflictException(_) => Some(Refusal::Conflict),
            Self::ServiceQuotaExceededException(_) => Some(Refusal::Quota),
            _ => None,
        }
    }
}

impl ServiceError for aws_sdk_ivschat::Error {
    const SERVICE: &'static str = "ivschat";

    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::ValidationException(_) => Some(Refusal::Invalid),
            Self::ResourceNotFoundException(_) => Some(Refusal::Absent),
            Self::ConflictException(_) => Some(Refusal::Conflict),
            Self::ServiceQuotaExceededException(_) => Some(Refusal::Quota),
            Self::ThrottlingException(_) => Some(Refusal::Throttled),
            _ => None,
        }
    }
}

/// Asserts that a call to `ivs` was refused with that error, typed and on the wire, and returns the typed error.
#[track_caller]
pub(crate) fn ivs<O: Debug, E>(expected: Refusal, result: Result<O, SdkError<E, HttpResponse>>) -> aws_sdk_ivs::Error
where
    E: ProvideErrorMetadata + Debug,
    aws_sdk_ivs::Error: From<SdkError<E, HttpResponse>>,
{
    refused(expected, result)
}

/// The same for Real-Time.
#[track_caller]
pub(crate) fn realtime<O: Debug, E>(
    expected: Refusal,
    result: Result<O, SdkError<E, HttpResponse>>,
) -> aws_sdk_ivsrealtime::Error
where
    E: ProvideErrorMetadata + Debug,
    aws_sdk_ivsrealtime::Error: From<SdkError<E, HttpResponse>>,
{
    refused(expected, result)
}

/// The same for Chat.
#[track_caller]
pub(crate) fn chat<O: Debug, E>(
    expected: Refusal,
    result: Result<O, SdkError<E, HttpResponse>>,
) -> aws_sdk_ivschat::Error
where
    E: ProvideErrorMetadata + Debug,
    aws_sdk_ivschat::Error: From<SdkError<E, HttpResponse>>,
{
    refused(expected, result)
}

#[track_caller]
fn refused<S, O, E>(expected: Refusal, result: Result<O, SdkError<E, HttpResponse>>) -> S
where
    O: Debug,
    E: ProvideErrorMetadata + Debug,
    S: ServiceError + From<SdkError<E, HttpResponse>>,
{
    let error = match result {
        Ok(output) => panic!("{expected:?} was expected, and the call succeeded: {output:?}"),
        Err(error) => error,
    };
    let response =
        error.raw_response().unwrap_or_else(|| panic!("{expected:?} was expected, and no answer came: {error:?}"));
    assert_eq!(
        (error.code(), Some(response.status().as_u16())),
        (Some(expected.name()), status(S::SERVICE, expected)),
        "{error:?}"
    );
    assert!(response.headers().get("x-amzn-requestid").is_some(), "{error:?}");
    // Generic clients read the text from `message`. Its wording is not asserted.
    assert!(error.message().is_some_and(|text| !text.is_empty()), "{error:?}");
    let typed = S::from(error);
    assert_eq!(typed.refusal(), Some(expected), "{typed:?}");
    typed
}

/// Returns the status of an error in the model.
fn status(service: &str, refusal: Refusal) -> Option<u16> {
    bundled::model(service)?.shape_named(refusal.name())?.error_status
}
