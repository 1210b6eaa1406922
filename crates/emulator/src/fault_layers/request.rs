//! Faults in how a request is read, before and after its validation.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::{Value, json};

use super::response::is_later_page;
use super::{revocations, text};
use crate::call::OperationCall;
use crate::contract::OperationContract;
use crate::document::{Document, Fill};
use crate::fault::{Fault, PlantedFault};
use crate::service_error::{ErrorCode, ServiceError};

/// The filters of ListChannels, in the order in which a faulty emulator prefers them.
const CHANNEL_FILTERS: [&str; 5] = [
    "filterByName",
    "filterByRecordingConfigurationArn",
    "filterByPlaybackRestrictionPolicyArn",
    "filterByAdConfigurationArn",
    "filterByFailoverSlateConfigurationArn",
];

/// Returns the body that is read instead of the received one, if the planted fault changes it.
pub(crate) fn mutate_body(planted: PlantedFault, operation: &OperationContract, body: &Bytes) -> Option<Bytes> {
    match planted.on(&operation.full_name)? {
        Fault::ArrayBodyTaken if body.trim_ascii() == b"[]" => Some(Bytes::from_static(b"{}")),
        Fault::TrailingTextTaken => {
            let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
            values.next()?.ok()?;
            Some(body.slice(..values.byte_offset()))
        }
        _ => None,
    }
}

/// Changes the members of a request before they are validated, or refuses a valid request.
pub(crate) fn mutate_request(
    planted: PlantedFault,
    operation: &OperationContract,
    parts: &Parts,
    input: &mut Document,
) -> Result<(), ServiceError> {
    let Some(fault) = planted.on(&operation.full_name) else {
        return Ok(());
    };
    text::mutate_texts(planted, operation, input)?;
    match fault {
        Fault::AttachIgnored => input
            .retain(|name, value| name != "playbackRestrictionPolicyArn" || value.as_str().is_none_or(str::is_empty)),
        Fault::CharsetRefused if parts.headers.get(CONTENT_TYPE).is_some_and(|value| value.len() > 16) => {
            return Err(ServiceError::new(ErrorCode::UnsupportedMediaType, "The body must be application/json"));
        }
        Fault::CreationTagsLost => {
            input.shift_remove("tags");
        }
        Fault::DefaultPageTooLong => {
            input.entry("maxResults").or_insert(json!(100));
        }
        Fault::DetachIgnored => input.retain(|name, value| name == "arn" || !name.ends_with("Arn") || *value != ""),
        Fault::EmptyTokenRefused if input.get("nextToken") == Some(&json!("")) => {
            return Err(ServiceError::invalid("/nextToken", "is not a token of this listing"));
        }
        Fault::FilterIgnored => {
            input.shift_remove("filterByStageArn");
        }
        Fault::NamesInAnyCase => {
            for member in operation.service().model.members(operation.model.input) {
                let other = input.keys().find(|key| key.eq_ignore_ascii_case(&member.name)).cloned();
                if let Some(value) = other.and_then(|key| input.shift_remove(&key)) {
                    input.insert(member.name.clone(), value);
                }
            }
        }
        Fault::PageSizeIgnored => {
            input.shift_remove("maxResults");
        }
        Fault::ServiceOfArnIgnored => replace(input, "identifier", ":ivs:", ":ivschat:"),
        Fault::TypeOfArnIgnored => replace(input, "arn", ":stage/", ":channel/"),
        Fault::SignatureAlwaysRefused => {
            return Err(ServiceError::new(ErrorCode::InvalidSignature, "The signature does not match"));
        }
        Fault::ServerErrorAtBound => {
            let tokens = input.get("participantTokenConfigurations").and_then(Value::as_array);
            if tokens.is_some_and(|tokens| tokens.len() == 12) {
                return Err(ServiceError::new(ErrorCode::InternalServer, "The request could not be handled"));
            }
        }
        Fault::TokenMakesSecond => {
            input.shift_remove("idempotencyToken");
        }
        Fault::UnknownMemberRefused => {
            let known = operation.service().model.members(operation.model.input);
            if let Some(other) = input.keys().find(|key| !known.iter().any(|member| member.name == **key)) {
                return Err(ServiceError::invalid(&format!("/{other}"), "is not known"));
            }
        }
        Fault::UpdateIgnoresMember => {
            input.shift_remove("latencyMode");
        }
        _ => {}
    }
    Ok(())
}

/// Replaces a part of a text member.
fn replace(input: &mut Document, member: &str, from: &str, to: &str) {
    if let Some(Value::String(text)) = input.get_mut(member) {
        *text = text.replacen(from, to, 1);
    }
}

/// Tells whether the rules on tags are not enforced on an operation.
pub(crate) fn skips_tag_rules(planted: PlantedFault, operation: &OperationContract) -> bool {
    planted.is_on(Fault::ReservedTagsTaken, &operation.full_name)
}

/// Changes the input of a valid call.
pub(crate) fn mutate_call(call: &mut OperationCall<'_>) {
    let Some(fault) = call.planted.on(&call.operation.full_name) else {
        return;
    };
    text::mutate_valid_texts(call);
    match fault {
        Fault::AnyTokenTaken if call.cursor(0).is_err() => {
            call.input.0.shift_remove("nextToken");
        }
        Fault::DefaultIsAnother if call.input.get("maximumMessageLength").is_none() => {
            call.input.0.set("maximumMessageLength", 499);
        }
        Fault::FilterForgottenOnNextPage if is_later_page(call) => {
            for filter in CHANNEL_FILTERS {
                call.input.0.shift_remove(filter);
            }
        }
        Fault::FiltersTakenTogether => {
            for filter in call.input.non_empty(&CHANNEL_FILTERS).into_iter().skip(1) {
                call.input.0.shift_remove(filter);
            }
        }
        Fault::RevocationLost => revocations::lose(&mut call.input),
        Fault::PlainRtmpTaken if call.input.required("ingestProtocol") == "RTMP" => {
            call.input.0.set("insecureIngest", true);
        }
        _ => {}
    }
}
