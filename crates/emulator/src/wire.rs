//! restJson1: parses the input of a request, and writes outputs and errors as responses.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Response, StatusCode};
use ivs_model::{Location, Member, ShapeId, ShapeKind};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::assumptions::CHAT_RESOURCE_TYPE;
use crate::contract::{OperationContract, ServiceContract};
use crate::document::Document;
use crate::service_error::{ErrorCode, ServiceError};

/// Parses the input of an operation. The schema checks types and constraints later.
pub(crate) fn read(
    operation: &'static OperationContract,
    parts: &Parts,
    body: &Bytes,
) -> Result<Document, ServiceError> {
    let mut input = if operation.has_body { body_members(&parts.headers, body)? } else { Document::new() };
    if !operation.has_unbodied_input {
        return Ok(input);
    }
    let service = operation.service();
    let labels = operation.model.uri.labels(parts.uri.path()).unwrap_or_default();
    for member in service.model.members(operation.model.input) {
        // A member that is bound elsewhere is never read from the body.
        let value = match member.location {
            Location::Body => continue,
            Location::Label => labels
                .iter()
                .find(|(name, _)| *name == member.name || *name == member.wire_name)
                .map(|(_, text)| decoded(text, member).map(Value::String))
                .transpose()?,
            Location::Query => from_query(service, member, parts.uri.query().unwrap_or_default())?,
            Location::Header => parts
                .headers
                .get(member.wire_name.as_str())
                .and_then(|value| value.to_str().ok())
                .map(|text| scalar(service, member.shape, text)),
            Location::Payload | Location::QueryMap | Location::HeaderMap | Location::StatusCode => None,
        };
        match value {
            Some(value) => input.insert(member.name.clone(), value),
            None => input.remove(&member.name),
        };
    }
    Ok(input)
}

/// Returns the members of a JSON body. An absent body counts as `{}`.
///
/// The error for a malformed body is inferred: no IVS service declares SerializationException.
fn body_members(headers: &HeaderMap, body: &Bytes) -> Result<Document, ServiceError> {
    if body.is_empty() {
        return Ok(Document::new());
    }
    if !headers.get(CONTENT_TYPE).is_some_and(is_json) {
        return Err(ServiceError::new(ErrorCode::UnsupportedMediaType, "The body must be application/json"));
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ServiceError::new(ErrorCode::Validation, "The body must be a JSON object")),
        Err(_) => Err(ServiceError::new(ErrorCode::Validation, "The body is not valid JSON")),
    }
}

fn is_json(content_type: &HeaderValue) -> bool {
    content_type.to_str().is_ok_and(|text| {
        let essence = text.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

/// Returns NotAcceptableException (406) if the caller does not accept JSON.
pub(crate) fn check_accept(headers: &HeaderMap) -> Result<(), ServiceError> {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .peekable();
    let accepts_json = |range: &str| {
        ["application/json", "application/*", "*/*", "*", ""].iter().any(|wanted| range.eq_ignore_ascii_case(wanted))
    };
    if ranges.peek().is_none() || ranges.any(accepts_json) {
        Ok(())
    } else {
        Err(ServiceError::new(ErrorCode::NotAcceptable, "The response can only be application/json"))
    }
}

fn decoded(text: &str, member: &Member) -> Result<String, ServiceError> {
    percent_decode(text)
        .map(Cow::into_owned)
        .ok_or_else(|| ServiceError::invalid(&format!("/{}", member.name), "is not UTF-8"))
}

fn from_query(service: &ServiceContract, member: &Member, query: &str) -> Result<Option<Value>, ServiceError> {
    let mut values = Vec::new();
    for (name, value) in query_pairs(query) {
        if percent_decode(name).as_deref() == Some(member.wire_name.as_str()) {
            values.push(decoded(value, member)?);
        }
    }
    if values.is_empty() {
        return Ok(None);
    }
    Ok(Some(match service.model.shape(member.shape).kind {
        ShapeKind::List { item, .. } => values.iter().map(|text| scalar(service, item, text)).collect(),
        _ => scalar(service, member.shape, &values[0]),
    }))
}

/// Converts a text of a query or a header to the JSON type of its shape. Any other text stays a string, which the
/// schema refuses.
fn scalar(service: &ServiceContract, shape: ShapeId, text: &str) -> Value {
    let parsed = match service.model.shape(shape).kind {
        ShapeKind::Boolean => text.parse::<bool>().ok().map(Value::from),
        ShapeKind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
        ShapeKind::Float | ShapeKind::Double => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::from(text))
}

/// Returns the pairs of a raw query, still encoded. A `+` is a plus sign, as in SigV4.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes percent encoding; returns `None` if the result is not UTF-8. A `%` that does not start an escape is kept.
pub(crate) fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    match percent_decode_bytes(text) {
        Cow::Borrowed(_) => Some(Cow::Borrowed(text)),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// Decodes percent encoding to bytes.
pub(crate) fn percent_decode_bytes(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = (bytes[index] == b'%')
            .then(|| Some(digit(bytes.get(index + 1))? * 16 + digit(bytes.get(index + 2))?))
            .flatten()
            .and_then(|value| u8::try_from(value).ok());
        match escape {
            Some(byte) => {
                decoded.push(byte);
                index += 3;
            }
            None => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    Cow::Owned(decoded)
}

/// A response without its request id.
pub(crate) type WireResponse = Response<Bytes>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Returns the value of a header-bound member (facts `D9`, `header-bound-members`).
fn bound_header(name: &HeaderName) -> Option<HeaderValue> {
    let value = match name.as_str() {
        "access-control-allow-origin" => "*",
        "access-control-expose-headers" => EXPOSED,
        "cache-control" => "no-store, no-cache",
        "content-security-policy" => "default-src 'self'; upgrade-insecure-requests;",
        "strict-transport-security" => "max-age:47304000; includeSubDomains",
        "x-content-type-options" => "nosniff",
        "x-frame-options" => "DENY",
        _ => return None,
    };
    Some(HeaderValue::from_static(value))
}

/// The response headers that a browser may read (fact `D9`).
pub(crate) const EXPOSED: &str = "Access-Control-Allow-Origin,Access-Control-Expose-Headers,Cache-Control,Content-Length,\
                                  Content-Security-Policy,Content-Type,date,Strict-Transport-Security,x-amz-apigw-id,\
                                  x-amzn-errormessage,x-amzn-errortype,x-amzn-requestid,x-amzn-trace-id,\
                                  X-Content-Type-Options,X-Frame-Options";

/// Writes a value as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Most outputs fit this capacity.
    let mut text = Vec::with_capacity(2048);
    let written = serde_json::to_writer(&mut text, value);
    debug_assert!(written.is_ok(), "documents have names for keys and go into memory");
    text
}

/// Names and values that are serialized as the members of one JSON object.
pub(crate) struct Members<T>(pub(crate) T);

impl<T: IntoIterator<Item = (K, V)> + Clone, K: Serialize, V: Serialize> Serialize for Members<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

/// Builds the response of a written output. Header-bound members become headers and are never in the body.
pub(crate) fn success_response(operation: &OperationContract, output: Vec<u8>) -> WireResponse {
    let mut response = Response::new(Bytes::new());
    let status = operation.model.success_status;
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if status != 204 {
        *response.body_mut() = Bytes::from(output);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    for name in &operation.output_headers {
        if let Some(value) = bound_header(name) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Builds the response of an error. It has the members of the service's model and always `message`, which generic
/// clients read (fact `error-text-members`).
pub(crate) fn error_response(service: &ServiceContract, error: &ServiceError) -> WireResponse {
    let mut body = Map::new();
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    let shape = service.error_shape(error.code.name());
    match shape.map(|shape| &shape.kind) {
        Some(ShapeKind::Structure { members }) => {
            for member in members {
                if member.location == Location::Header {
                    let name = member.wire_name.to_ascii_lowercase();
                    if let Ok(name) = name.parse()
                        && let Some(value) = bound_header(&name)
                    {
                        headers.insert(name, value);
                    }
                } else if let Some(value) = error_member(error, &member.name) {
                    body.insert(member.name.clone(), value);
                }
            }
        }
        _ if service.id != "ivschat" => {
            body.insert("exceptionMessage".to_owned(), error.message.as_str().into());
        }
        _ => {}
    }
    body.insert("message".to_owned(), error.message.as_str().into());
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(ERROR_TYPE, HeaderValue::from_static(error.code.name()));
    *response.status_mut() = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.body_mut() = Bytes::from(serde_json::to_vec(&body).unwrap_or_default());
    response
}

/// Returns the value of a modeled body member of an error; `None` for members without a value.
fn error_member(error: &ServiceError, name: &str) -> Option<Value> {
    match name {
        "message" | "exceptionMessage" => Some(Value::from(error.message.as_str())),
        "reason" => Some(Value::from(if error.fields.is_empty() { "OTHER" } else { "FIELD_VALIDATION_FAILED" })),
        "fieldList" if !error.fields.is_empty() => Some(field_list(error)),
        "resourceId" => Some(Value::from(error.resource.as_deref().unwrap_or("none"))),
        "resourceType" => Some(Value::from(CHAT_RESOURCE_TYPE)),
        "limit" => Some(Value::from(error.limit.unwrap_or(0))),
        _ => None,
    }
}

fn field_list(error: &ServiceError) -> Value {
    error
        .fields
        .iter()
        .map(|(name, message)| {
            let mut field = Map::new();
            field.insert("name".to_owned(), Value::from(name.as_str()));
            field.insert("message".to_owned(), Value::from(message.as_str()));
            Value::Object(field)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_stray_percents_stay() {
        assert_eq!(percent_decode("a%2Fb%zz%").as_deref(), Some("a/b%zz%"));
        assert_eq!(percent_decode("%FF"), None);
        assert_eq!(percent_decode("a+b").as_deref(), Some("a+b"));
    }

    #[test]
    fn a_caller_that_does_not_accept_json_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(check_accept(&headers).is_ok());
        headers.insert(ACCEPT, HeaderValue::from_static("text/html, */*;q=0.1"));
        assert!(check_accept(&headers).is_ok());
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        assert!(check_accept(&headers).is_err());
    }
}
