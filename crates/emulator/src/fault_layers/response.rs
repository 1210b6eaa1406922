//! Faults in a response: in the members of the output, and in the HTTP response.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderName, StatusCode};
use serde_json::{Map, Value, json};

use super::revocations;
use super::text::mutate_shown_texts;
use crate::call::OperationCall;
use crate::contract::OperationContract;
use crate::document::Document;
use crate::document::Fill;
use crate::fault::{Fault, PlantedFault};
use crate::ids;
use crate::service_error::{ErrorCode, ServiceError};
use crate::wire::{self, WireResponse};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Changes the written output of a call, or turns it into an error.
pub(crate) fn mutate_output(call: &OperationCall<'_>, written: &mut Vec<u8>) -> Result<(), ServiceError> {
    let Some(fault) = call.planted.on(&call.operation.full_name) else {
        return Ok(());
    };
    let mut members: Document = serde_json::from_slice(written).unwrap_or_default();
    let output = &mut members;
    match fault {
        Fault::ArnLeftOut => items(output, "encoderConfigurations").for_each(|item| {
            item.shift_remove("arn");
        }),
        Fault::BatchDiffersFromSingle => items(output, "channels").for_each(|item| {
            item.shift_remove("ingestEndpoint");
        }),
        Fault::BatchErrorNamesNeighbour => {
            let arns: Vec<&str> = call.input.texts("arns").collect();
            for error in items(output, "errors") {
                let at = arns.iter().position(|arn| error.get("arn").is_some_and(|own| own == arn));
                if let Some(at) = at {
                    error.set("arn", arns[(at + 1) % arns.len()]);
                }
            }
        }
        Fault::BatchErrorWithoutCode => items(output, "errors").for_each(|error| {
            error.shift_remove("code");
        }),
        Fault::BatchErrorTwice => revocations::repeat_error(output),
        Fault::BatchLosesAbsent => output.set("errors", Value::Array(Vec::new())),
        Fault::BatchRepeatsItem => {
            if let Some(Value::Array(keys)) = output.get_mut("streamKeys") {
                keys.extend(keys.last().cloned());
            }
        }
        Fault::BatchSpoiltByOne if output.get("errors") != Some(&json!([])) => {
            return Err(ServiceError::new(ErrorCode::ResourceNotFound, "Resource: stream key not found"));
        }
        Fault::BatchStopsAtAbsent => {
            let absent = items(output, "errors").next().and_then(|error| error.get("arn").cloned());
            let end = call.input.texts("arns").position(|arn| absent.as_ref().is_some_and(|absent| absent == arn));
            let seen: Vec<&str> = call.input.texts("arns").take(end.map_or(usize::MAX, |end| end + 1)).collect();
            for list in ["channels", "errors"] {
                if let Some(Value::Array(items)) = output.get_mut(list) {
                    items.retain(|item| seen.iter().any(|arn| item.get("arn").is_some_and(|own| own == arn)));
                }
            }
        }
        Fault::DefaultLatencyNormal if call.input.get("latencyMode").is_none() => {
            change(output, "channel", "latencyMode", |_| "NORMAL".into());
        }
        Fault::DefaultPageLosesItem if is_later_page(call) && call.input.get("maxResults").is_none() => {
            if let Some(Value::Array(stages)) = output.get_mut("stages").filter(|stages| *stages != &json!([])) {
                stages.remove(0);
            }
        }
        Fault::FilteredListEndsEarly if !call.input.non_empty(&["filterByStageArn", "filterByState"]).is_empty() => {
            output.shift_remove("nextToken");
        }
        Fault::TagListOfTen => mutate_shown_texts(fault, output),
        Fault::EmptyListLeftOut => output.retain(|_, value| *value != json!([])),
        Fault::HeaderMemberInBody => output.set("accessControlAllowOrigin", "*"),
        Fault::KeyOutOfPattern => {
            change(output, "ingestConfiguration", "streamKey", |key| format!("sk{key}").into());
        }
        Fault::ListShowsNoName => items(output, "stages").for_each(|item| item.set("name", "")),
        Fault::LocalTime => {
            if let Some(time) = output.get_mut("createTime") {
                *time = time.as_str().map(|text| text.replace('Z', "+02:00")).into();
            }
        }
        Fault::NullNextToken => output.default("nextToken", Value::Null),
        Fault::NumberAsText => {
            if let Some(number) = output.get_mut("maximumMessageLength") {
                *number = number.to_string().into();
            }
        }
        Fault::ReadsDiffer => {
            change(output, "ingestConfiguration", "participantId", |_| ids::alphanumeric(12).into());
        }
        Fault::StateOutOfEnum => change(output, "ingestConfiguration", "state", |_| "IDLE".into()),
        Fault::TagsNotShown if output.contains_key("stage") => {
            change(output, "stage", "tags", |_| Value::Object(Map::new()));
        }
        _ => return Ok(()),
    }
    *written = wire::to_json(&members);
    Ok(())
}

/// Tells whether the call is for a page after the first.
pub(super) fn is_later_page(call: &OperationCall<'_>) -> bool {
    call.input.text("nextToken").is_some_and(|token| !token.is_empty())
}

/// Tells whether the connection is closed instead of a response.
pub(crate) fn drops_connection(planted: PlantedFault, operation: Option<&OperationContract>) -> bool {
    operation.is_some_and(|operation| planted.is_on(Fault::ConnectionDropped, &operation.full_name))
}

/// Changes the HTTP response to a request.
pub(crate) fn mutate_response(
    planted: PlantedFault,
    operation: Option<&OperationContract>,
    response: &mut WireResponse,
) {
    let fault = match operation {
        Some(operation) => planted.on(&operation.full_name),
        None => planted.fault().filter(|fault| fault.info().operations.is_empty()),
    };
    let Some(fault) = fault else { return };
    let status = response.status();
    let has_failed = status.is_client_error() || status.is_server_error();
    match fault {
        Fault::AbsentIs400 if status == StatusCode::NOT_FOUND => {
            rename_error(response, "ValidationException", 400);
            edit_body(response, |body| body.set("reason", "OTHER"));
        }
        Fault::AbsentIs409 | Fault::AbsentRecordingIs409 if status == StatusCode::NOT_FOUND => {
            rename_error(response, "ConflictException", 409);
        }
        Fault::BodyAfter204 if status == StatusCode::NO_CONTENT => {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("2"));
            *response.body_mut() = Bytes::from_static(b"{}");
        }
        Fault::ContentTypeText if status == StatusCode::OK => set_content_type(response, "text/plain"),
        Fault::DeleteChannelAnswers200 if status == StatusCode::NO_CONTENT => {
            *response.status_mut() = StatusCode::OK;
            *response.body_mut() = Bytes::from_static(b"{}");
            set_content_type(response, "application/json");
        }
        Fault::ErrorNamesDiffer if has_failed => edit_body(response, |body| body.set("__type", "InternalFailure")),
        Fault::ErrorTypeHeaderMissing => {
            response.headers_mut().remove(ERROR_TYPE);
        }
        Fault::ErrorWithoutMessage if has_failed => edit_body(response, Map::clear),
        Fault::HtmlErrors if has_failed => {
            *response.body_mut() = Bytes::from_static(b"<html><body>Something went wrong</body></html>");
            set_content_type(response, "text/html");
        }
        Fault::IdleIsNotFound if is_error(response, ErrorCode::ChannelNotBroadcasting) => {
            rename_error(response, ErrorCode::ResourceNotFound.name(), 404);
        }
        Fault::QuotaIs400 if status == StatusCode::PAYMENT_REQUIRED => {
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        Fault::ReasonMissing if status == StatusCode::BAD_REQUEST => edit_body(response, |body| {
            body.shift_remove("reason");
        }),
        Fault::Redirected if status == StatusCode::OK => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
        }
        Fault::RequestIdConstant => {
            let id = HeaderValue::from_static("00000000-0000-4000-8000-000000000000");
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Fault::RequestIdMissing => {
            response.headers_mut().remove(REQUEST_ID);
        }
        Fault::UndeclaredError if status == StatusCode::NOT_FOUND => {
            rename_error(response, "StageNotFoundException", 404);
        }
        Fault::WrongSignatureIs400 if is_error(response, ErrorCode::InvalidSignature) => {
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        _ => {}
    }
}

/// Returns the objects of a list in an output.
fn items<'o>(output: &'o mut Document, list: &str) -> impl Iterator<Item = &'o mut Document> {
    let items = output.get_mut(list).and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Changes a member of the resource that an output shows.
fn change(output: &mut Document, resource: &str, member: &str, to: impl FnOnce(&str) -> Value) {
    if let Some(value) = output.get_mut(resource).and_then(|resource| resource.get_mut(member)) {
        *value = to(value.as_str().unwrap_or_default());
    }
}

/// Changes the JSON body of a response.
fn edit_body(response: &mut WireResponse, edit: impl FnOnce(&mut Document)) {
    if let Ok(mut body) = serde_json::from_slice(response.body()) {
        edit(&mut body);
        *response.body_mut() = Value::Object(body).to_string().into();
    }
}

/// Tells whether the response is this error.
fn is_error(response: &WireResponse, code: ErrorCode) -> bool {
    response.headers().get(ERROR_TYPE).is_some_and(|name| name == code.name())
}

/// Changes the name and the status of an error.
fn rename_error(response: &mut WireResponse, name: &'static str, status: u16) {
    response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(name));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
}

fn set_content_type(response: &mut WireResponse, value: &'static str) {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(value));
}
