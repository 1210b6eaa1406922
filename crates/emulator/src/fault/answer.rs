//! Answers as a faulty emulator spoils them: the output before it is written, and what is on the wire.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderName, StatusCode};
use serde_json::{Map, Value, json};

use super::{Fault, Faults};
use crate::call::{Call, Fill};
use crate::contract::Operation;
use crate::failure::{Code, Failure};
use crate::ids;
use crate::state::Document;
use crate::wire::{self, Wire};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

impl Faults {
    /// Changes the written output of a call, or makes an error of it.
    pub(crate) fn spoil(self, call: &Call<'_>, written: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(fault) = self.on(&call.operation.full_name) else {
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
            Fault::BatchLosesAbsent => output.set("errors", Value::Array(Vec::new())),
            Fault::BatchRepeatsItem => {
                if let Some(Value::Array(keys)) = output.get_mut("streamKeys") {
                    keys.extend(keys.last().cloned());
                }
            }
            Fault::BatchSpoiltByOne if output.get("errors") != Some(&json!([])) => {
                return Err(Failure::new(Code::ResourceNotFound, "Resource: stream key not found"));
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
        *written = wire::written(&members);
        Ok(())
    }

    /// Changes an answer on its way out.
    pub(crate) fn distort(self, operation: Option<&Operation>, answer: &mut Wire) {
        let fault = match operation {
            Some(operation) => self.on(&operation.full_name),
            None => self.0.filter(|fault| fault.info().operations.is_empty()),
        };
        let Some(fault) = fault else { return };
        let status = answer.status();
        let is_error = status.is_client_error() || status.is_server_error();
        match fault {
            Fault::AbsentIs400 if status == StatusCode::NOT_FOUND => {
                rename(answer, "ValidationException", 400);
                edit(answer, |body| body.set("reason", "OTHER"));
            }
            Fault::AbsentIs409 | Fault::AbsentRecordingIs409 if status == StatusCode::NOT_FOUND => {
                rename(answer, "ConflictException", 409);
            }
            Fault::BodyAfter204 if status == StatusCode::NO_CONTENT => {
                answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("2"));
                *answer.body_mut() = Bytes::from_static(b"{}");
            }
            Fault::ContentTypeText if status == StatusCode::OK => content_type(answer, "text/plain"),
            Fault::DeleteChannelAnswers200 if status == StatusCode::NO_CONTENT => {
                *answer.status_mut() = StatusCode::OK;
                *answer.body_mut() = Bytes::from_static(b"{}");
                content_type(answer, "application/json");
            }
            Fault::ErrorNamesDiffer if is_error => edit(answer, |body| body.set("__type", "InternalFailure")),
            Fault::ErrorTypeHeaderMissing => {
                answer.headers_mut().remove(ERROR_TYPE);
            }
            Fault::ErrorWithoutMessage if is_error => edit(answer, Map::clear),
            Fault::HtmlErrors if is_error => {
                *answer.body_mut() = Bytes::from_static(b"<html><body>Something went wrong</body></html>");
                content_type(answer, "text/html");
            }
            Fault::IdleIsNotFound if names(answer, Code::ChannelNotBroadcasting) => {
                rename(answer, Code::ResourceNotFound.name(), 404);
            }
            Fault::QuotaIs400 if status == StatusCode::PAYMENT_REQUIRED => {
                *answer.status_mut() = StatusCode::BAD_REQUEST;
            }
            Fault::ReasonMissing if status == StatusCode::BAD_REQUEST => edit(answer, |body| {
                body.shift_remove("reason");
            }),
            Fault::Redirected if status == StatusCode::OK => {
                *answer.status_mut() = StatusCode::FOUND;
                answer.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
            }
            Fault::RequestIdConstant => {
                let id = HeaderValue::from_static("00000000-0000-4000-8000-000000000000");
                answer.headers_mut().insert(REQUEST_ID, id);
            }
            Fault::RequestIdMissing => {
                answer.headers_mut().remove(REQUEST_ID);
            }
            Fault::UndeclaredError if status == StatusCode::NOT_FOUND => rename(answer, "StageNotFoundException", 404),
            Fault::WrongSignatureIs400 if names(answer, Code::InvalidSignature) => {
                *answer.status_mut() = StatusCode::BAD_REQUEST;
            }
            _ => {}
        }
    }
}

/// The objects of a list in an output.
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

fn edit(answer: &mut Wire, edit: impl FnOnce(&mut Document)) {
    if let Ok(mut body) = serde_json::from_slice(answer.body()) {
        edit(&mut body);
        *answer.body_mut() = Value::Object(body).to_string().into();
    }
}

/// Makes another error of an error.
/// Whether the answer is this error.
fn names(answer: &Wire, code: Code) -> bool {
    answer.headers().get(ERROR_TYPE).is_some_and(|name| name == code.name())
}

fn rename(answer: &mut Wire, name: &'static str, status: u16) {
    answer.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(name));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
}

fn content_type(answer: &mut Wire, value: &'static str) {
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(value));
}
