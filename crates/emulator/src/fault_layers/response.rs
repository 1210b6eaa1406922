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
use crate::fault::{Fault, PlantedFault, faults};
use crate::ids;
use crate::service_error::{ErrorCode, ServiceError};
use crate::wire::{self, WireResponse};

faults! {
    WRONG_SIGNATURE_IS_400 "wrong-signature-is-400" Auth "auth" "signature-error-code" []
        "InvalidSignatureException has status 400 instead of 403.";

    BATCH_DIFFERS_FROM_SINGLE "batch-differs-from-single" Batch "batch" "batch-equals-single" ["ivs.BatchGetChannel"]
        "A channel in a batch lacks its ingest endpoint.";
    BATCH_ERROR_NAMES_NEIGHBOUR "batch-error-names-neighbour" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "The error of an absent item carries the ARN of the item after it.";
    BATCH_ERROR_TWICE "batch-error-twice" Batch "batch" "batch-account" ["ivs.BatchStartViewerSessionRevocation"]
        "An absent item of a batch is listed twice among the errors.";
    BATCH_ERROR_WITHOUT_CODE "batch-error-without-code" Batch "batch" "batch-error" ["ivs.BatchGetStreamKey"]
        "The errors of a batch have no code.";
    BATCH_LOSES_ABSENT "batch-loses-absent" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "Absent items of a batch are missing from both lists.";
    BATCH_REPEATS_ITEM "batch-repeats-item" Batch "batch" "batch-account" ["ivs.BatchGetStreamKey"]
        "The last item that was found is listed twice.";
    BATCH_SPOILT_BY_ONE "batch-spoilt-by-one" Batch "batch" "batch-account" ["ivs.BatchGetStreamKey"]
        "One absent item makes the whole batch fail.";
    BATCH_STOPS_AT_ABSENT "batch-stops-at-absent" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "Items after an absent item are ignored.";

    ABSENT_IS_400 "absent-is-400" Errors "errors" "declared-error" ["ivschat.GetRoom"]
        "An unknown room returns ValidationException 400.";
    ABSENT_IS_409 "absent-is-409" Errors "errors" "declared-error" ["ivs-realtime.DeleteStage"]
        "An unknown stage returns ConflictException 409.";
    ABSENT_RECORDING_IS_409 "absent-recording-is-409" Errors "snapshot" "snapshot-answer"
        ["ivs.DeleteRecordingConfiguration"]
        "An unknown recording configuration returns ConflictException 409.";
    ERROR_NAMES_DIFFER "error-names-differ" Errors "validation" "error-names-agree" ["ivs.GetRecordingConfiguration"]
        "The body of an error names a different error than the header.";
    ERROR_TYPE_HEADER_MISSING "error-type-header-missing" Errors "validation" "error-type-header" []
        "Errors do not carry the x-amzn-ErrorType header.";
    ERROR_WITHOUT_MESSAGE "error-without-message" Errors "validation" "error-text" ["ivs-realtime.GetStage"]
        "Errors have no message.";
    HTML_ERRORS "html-errors" Errors "validation" "body-json" ["ivs.GetPlaybackKeyPair"]
        "Errors have an HTML page as their body.";
    IDLE_IS_NOT_FOUND "idle-is-not-found" Errors "errors" "declared-error" ["ivs.GetStream"]
        "A channel that is not live returns ResourceNotFoundException.";
    QUOTA_IS_400 "quota-is-400" Errors "errors" "error-status" ["ivs.CreateStreamKey"]
        "An exceeded quota returns status 400 instead of 402.";
    REASON_MISSING "reason-missing" Errors "validation" "error-shape" ["ivschat.CreateRoom"]
        "A ValidationException of chat has no `reason`.";
    UNDECLARED_ERROR "undeclared-error" Errors "errors" "error-declared" ["ivs-realtime.CreateParticipantToken"]
        "An unknown stage returns an error that no model declares.";

    BODY_AFTER_204 "body-after-204" Protocol "validation" "empty-204" ["ivschat.DeleteRoom"]
        "A 204 response announces a body.";
    CONNECTION_DROPPED "connection-dropped" Protocol "validation" "answers-valid-call" ["ivschat.UpdateRoom"]
        "The connection is closed instead of a response.";
    CONTENT_TYPE_TEXT "content-type-text" Protocol "validation" "content-type" ["ivschat.ListRooms"]
        "JSON responses have the content type text/plain.";
    DELETE_CHANNEL_ANSWERS_200 "delete-channel-answers-200" Protocol "validation" "success-status" ["ivs.DeleteChannel"]
        "DeleteChannel returns 200 with an empty object instead of 204.";
    HEADER_MEMBER_IN_BODY "header-member-in-body" Protocol "validation" "header-member-in-body"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A member that is bound to a header is also in the body.";
    NULL_NEXT_TOKEN "null-next-token" Protocol "pagination" "null-member" ["ivs-realtime.ListPublicKeys"]
        "The last page has a `nextToken` of null.";
    REDIRECTED "redirected" Protocol "validation" "unmodeled-status" ["ivschat.DisconnectUser"]
        "A successful call returns a redirect (302).";
    REQUEST_ID_CONSTANT "request-id-constant" Protocol "validation" "request-id-distinct" []
        "All responses have the same request ID.";
    REQUEST_ID_MISSING "request-id-missing" Protocol "validation" "request-id" []
        "Responses have no request ID.";

    ARN_LEFT_OUT "arn-left-out" Schema "pagination" "output-required" ["ivs-realtime.ListEncoderConfigurations"]
        "Summaries do not show their ARN, which the model requires.";
    EMPTY_LIST_LEFT_OUT "empty-list-left-out" Schema "pagination" "output-required" ["ivs.ListChannels"]
        "Empty lists are left out.";
    KEY_OUT_OF_PATTERN "key-out-of-pattern" Schema "validation" "output-bound" ["ivs-realtime.UpdateIngestConfiguration"]
        "The stream key of an ingest configuration does not match its pattern.";
    LOCAL_TIME "local-time" Schema "validation" "output-timestamp" ["ivschat.GetRoom"]
        "A timestamp is in local time instead of UTC.";
    NUMBER_AS_TEXT "number-as-text" Schema "validation" "output-type" ["ivschat.UpdateRoom"]
        "A number is written as a string.";
    STATE_OUT_OF_ENUM "state-out-of-enum" Schema "validation" "output-enum" ["ivs-realtime.GetIngestConfiguration"]
        "The state is not one of the model's values.";

    DEFAULT_PAGE_LOSES_ITEM "default-page-loses-item" Pagination "pagination" "walk-is-whole" ["ivs-realtime.ListStages"]
        "A page after the first leaves out its first item, unless a page size is requested.";
    FILTERED_LIST_ENDS_EARLY "filtered-list-ends-early" Pagination "pagination" "filter-is-exact"
        ["ivs-realtime.ListIngestConfigurations"]
        "A filtered list has no second page.";

    DEFAULT_LATENCY_NORMAL "default-latency-normal" State "snapshot" "snapshot-body" ["ivs.CreateChannel"]
        "A channel without a requested latency mode gets NORMAL.";
    LIST_SHOWS_NO_NAME "list-shows-no-name" State "lifecycle" "list-agrees" ["ivs-realtime.ListStages"]
        "The list of stages shows empty names.";

    TAGS_NOT_SHOWN "tags-not-shown" Tags "tags" "tags-agree" ["ivs-realtime.GetStage", "ivs-realtime.ListTagsForResource"]
        "GetStage shows no tags.";

    READS_DIFFER "reads-differ" Idempotency "idempotency" "repeat" ["ivs-realtime.GetIngestConfiguration"]
        "Each read of an ingest configuration shows a different participant ID.";
}

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
        Fault::ARN_LEFT_OUT => items(output, "encoderConfigurations").for_each(|item| {
            item.shift_remove("arn");
        }),
        Fault::BATCH_DIFFERS_FROM_SINGLE => items(output, "channels").for_each(|item| {
            item.shift_remove("ingestEndpoint");
        }),
        Fault::BATCH_ERROR_NAMES_NEIGHBOUR => {
            let arns: Vec<&str> = call.input.texts("arns").collect();
            for error in items(output, "errors") {
                let at = arns.iter().position(|arn| error.get("arn").is_some_and(|own| own == arn));
                if let Some(at) = at {
                    error.set("arn", arns[(at + 1) % arns.len()]);
                }
            }
        }
        Fault::BATCH_ERROR_WITHOUT_CODE => items(output, "errors").for_each(|error| {
            error.shift_remove("code");
        }),
        Fault::BATCH_ERROR_TWICE => revocations::repeat_error(output),
        Fault::BATCH_LOSES_ABSENT => output.set("errors", Value::Array(Vec::new())),
        Fault::BATCH_REPEATS_ITEM => {
            if let Some(Value::Array(keys)) = output.get_mut("streamKeys") {
                keys.extend(keys.last().cloned());
            }
        }
        Fault::BATCH_SPOILT_BY_ONE if output.get("errors") != Some(&json!([])) => {
            return Err(ServiceError::new(ErrorCode::ResourceNotFound, "Resource: stream key not found"));
        }
        Fault::BATCH_STOPS_AT_ABSENT => {
            let absent = items(output, "errors").next().and_then(|error| error.get("arn").cloned());
            let end = call.input.texts("arns").position(|arn| absent.as_ref().is_some_and(|absent| absent == arn));
            let seen: Vec<&str> = call.input.texts("arns").take(end.map_or(usize::MAX, |end| end + 1)).collect();
            for list in ["channels", "errors"] {
                if let Some(Value::Array(items)) = output.get_mut(list) {
                    items.retain(|item| seen.iter().any(|arn| item.get("arn").is_some_and(|own| own == arn)));
                }
            }
        }
        Fault::DEFAULT_LATENCY_NORMAL if call.input.get("latencyMode").is_none() => {
            change(output, "channel", "latencyMode", |_| "NORMAL".into());
        }
        Fault::DEFAULT_PAGE_LOSES_ITEM if is_later_page(call) && call.input.get("maxResults").is_none() => {
            if let Some(Value::Array(stages)) = output.get_mut("stages").filter(|stages| *stages != &json!([])) {
                stages.remove(0);
            }
        }
        Fault::FILTERED_LIST_ENDS_EARLY if !call.input.non_empty(&["filterByStageArn", "filterByState"]).is_empty() => {
            output.shift_remove("nextToken");
        }
        Fault::TAG_LIST_OF_TEN => mutate_shown_texts(fault, output),
        Fault::EMPTY_LIST_LEFT_OUT => output.retain(|_, value| *value != json!([])),
        Fault::HEADER_MEMBER_IN_BODY => output.set("accessControlAllowOrigin", "*"),
        Fault::KEY_OUT_OF_PATTERN => {
            change(output, "ingestConfiguration", "streamKey", |key| format!("sk{key}").into());
        }
        Fault::LIST_SHOWS_NO_NAME => items(output, "stages").for_each(|item| item.set("name", "")),
        Fault::LOCAL_TIME => {
            if let Some(time) = output.get_mut("createTime") {
                *time = time.as_str().map(|text| text.replace('Z', "+02:00")).into();
            }
        }
        Fault::NULL_NEXT_TOKEN => output.default("nextToken", Value::Null),
        Fault::NUMBER_AS_TEXT => {
            if let Some(number) = output.get_mut("maximumMessageLength") {
                *number = number.to_string().into();
            }
        }
        Fault::READS_DIFFER => {
            change(output, "ingestConfiguration", "participantId", |_| ids::alphanumeric(12).into());
        }
        Fault::STATE_OUT_OF_ENUM => change(output, "ingestConfiguration", "state", |_| "IDLE".into()),
        Fault::TAGS_NOT_SHOWN if output.contains_key("stage") => {
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
    operation.is_some_and(|operation| planted.is_on(Fault::CONNECTION_DROPPED, &operation.full_name))
}

/// Changes the HTTP response to a request.
pub(crate) fn mutate_response(
    planted: PlantedFault,
    operation: Option<&OperationContract>,
    response: &mut WireResponse,
) {
    let fault = match operation {
        Some(operation) => planted.on(&operation.full_name),
        None => planted.on_all(),
    };
    let Some(fault) = fault else { return };
    let status = response.status();
    let has_failed = status.is_client_error() || status.is_server_error();
    match fault {
        Fault::ABSENT_IS_400 if status == StatusCode::NOT_FOUND => {
            rename_error(response, "ValidationException", 400);
            edit_body(response, |body| body.set("reason", "OTHER"));
        }
        Fault::ABSENT_IS_409 | Fault::ABSENT_RECORDING_IS_409 if status == StatusCode::NOT_FOUND => {
            rename_error(response, "ConflictException", 409);
        }
        Fault::BODY_AFTER_204 if status == StatusCode::NO_CONTENT => {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("2"));
            *response.body_mut() = Bytes::from_static(b"{}");
        }
        Fault::CONTENT_TYPE_TEXT if status == StatusCode::OK => set_content_type(response, "text/plain"),
        Fault::DELETE_CHANNEL_ANSWERS_200 if status == StatusCode::NO_CONTENT => {
            *response.status_mut() = StatusCode::OK;
            *response.body_mut() = Bytes::from_static(b"{}");
            set_content_type(response, "application/json");
        }
        Fault::ERROR_NAMES_DIFFER if has_failed => edit_body(response, |body| body.set("__type", "InternalFailure")),
        Fault::ERROR_TYPE_HEADER_MISSING => {
            response.headers_mut().remove(ERROR_TYPE);
        }
        Fault::ERROR_WITHOUT_MESSAGE if has_failed => edit_body(response, Map::clear),
        Fault::HTML_ERRORS if has_failed => {
            *response.body_mut() = Bytes::from_static(b"<html><body>Something went wrong</body></html>");
            set_content_type(response, "text/html");
        }
        Fault::IDLE_IS_NOT_FOUND if is_error(response, ErrorCode::ChannelNotBroadcasting) => {
            rename_error(response, ErrorCode::ResourceNotFound.name(), 404);
        }
        Fault::QUOTA_IS_400 if status == StatusCode::PAYMENT_REQUIRED => {
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        Fault::REASON_MISSING if status == StatusCode::BAD_REQUEST => edit_body(response, |body| {
            body.shift_remove("reason");
        }),
        Fault::REDIRECTED if status == StatusCode::OK => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
        }
        Fault::REQUEST_ID_CONSTANT => {
            let id = HeaderValue::from_static("00000000-0000-4000-8000-000000000000");
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Fault::REQUEST_ID_MISSING => {
            response.headers_mut().remove(REQUEST_ID);
        }
        Fault::UNDECLARED_ERROR if status == StatusCode::NOT_FOUND => {
            rename_error(response, "StageNotFoundException", 404);
        }
        Fault::WRONG_SIGNATURE_IS_400 if is_error(response, ErrorCode::InvalidSignature) => {
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
