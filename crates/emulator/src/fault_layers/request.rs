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
use crate::fault::{Fault, PlantedFault, faults};
use crate::service_error::{ErrorCode, ServiceError};

faults! {
    SIGNATURE_ALWAYS_REFUSED "signature-always-refused" Auth "validation" "answers-valid-call" ["ivschat.UntagResource"]
        "Every call is refused with InvalidSignatureException, however it is signed.";

    SERVER_ERROR_AT_BOUND "server-error-at-bound" Errors "validation" "server-error" ["ivs-realtime.CreateStage"]
        "A stage with the largest allowed number of token configurations returns 500.";

    ARRAY_BODY_TAKEN "array-body-taken" Protocol "protocol" "rejects-malformed" ["ivs-realtime.ListStages"]
        "An empty list as the body is read as an empty object.";
    CHARSET_REFUSED "charset-refused" Protocol "protocol" "accepts-equivalent" ["ivschat.CreateRoom"]
        "A content type with a charset is refused.";
    NAMES_IN_ANY_CASE "names-in-any-case" Protocol "protocol" "rejects-malformed" ["ivschat.SendEvent"]
        "Member names are not case-sensitive.";
    TRAILING_TEXT_TAKEN "trailing-text-taken" Protocol "protocol" "rejects-malformed" ["ivs.CreateChannel"]
        "Text after the JSON of a body is ignored.";
    UNKNOWN_MEMBER_REFUSED "unknown-member-refused" Protocol "protocol" "accepts-equivalent"
        ["ivs.CreatePlaybackRestrictionPolicy"]
        "A member that is not in the model is refused.";

    PLAIN_RTMP_TAKEN "plain-rtmp-taken" Validation "errors" "declared-error" ["ivs-realtime.CreateIngestConfiguration"]
        "RTMP without encryption is accepted without `insecureIngest`.";

    ANY_TOKEN_TAKEN "any-token-taken" Pagination "pagination" "bad-token" ["ivs-realtime.ListEncoderConfigurations"]
        "An unreadable token returns the first page.";
    DEFAULT_PAGE_TOO_LONG "default-page-too-long" Pagination "pagination" "page-size"
        ["ivs.ListPlaybackRestrictionPolicies"]
        "The default page size is larger than documented.";
    EMPTY_TOKEN_REFUSED "empty-token-refused" Pagination "pagination" "empty-token"
        ["ivs-realtime.ListStorageConfigurations"]
        "An empty token is refused.";
    FILTER_IGNORED "filter-ignored" Pagination "pagination" "filter-is-exact" ["ivs-realtime.ListIngestConfigurations"]
        "The filter by stage has no effect.";
    FILTERS_TAKEN_TOGETHER "filters-taken-together" Pagination "pagination" "exclusive-filters" ["ivs.ListChannels"]
        "Two mutually exclusive filters are accepted; the first is used.";
    PAGE_SIZE_IGNORED "page-size-ignored" Pagination "pagination" "page-size" ["ivschat.ListRooms"]
        "Pages have one size, whatever `maxResults` is.";

    ATTACH_IGNORED "attach-ignored" State "lifecycle" "attach-reads-back" ["ivs.UpdateChannel"]
        "A channel's playback restriction policy cannot be changed.";
    DEFAULT_IS_ANOTHER "default-is-another" State "lifecycle" "default-reads-back" ["ivschat.CreateRoom"]
        "The default maximum message length is 499 instead of 500.";
    DETACH_IGNORED "detach-ignored" State "lifecycle" "detach-reads-back" ["ivs.UpdateChannel"]
        "An empty reference does not detach a resource from a channel.";
    REVOCATION_LOST "revocation-lost" State "load" "lost-revocation" ["ivs.BatchStartViewerSessionRevocation"]
        "One viewer session in a thousand is not revoked.";
    UPDATE_IGNORES_MEMBER "update-ignores-member" State "validation" "echoes-input" ["ivs.UpdateChannel"]
        "An update ignores the latency mode of a channel.";

    CREATION_TAGS_LOST "creation-tags-lost" Tags "tags" "tags-agree" ["ivs-realtime.CreateStage"]
        "The tags that a stage is created with are dropped.";
    RESERVED_TAGS_TAKEN "reserved-tags-taken" Tags "tags" "tags-refused" ["ivs-realtime.TagResource"]
        "Tag keys may begin with aws:.";

    TOKEN_MAKES_SECOND "token-makes-second" Idempotency "idempotency" "repeat" ["ivs-realtime.StartComposition"]
        "The same idempotency token starts a second composition.";

    SERVICE_OF_ARN_IGNORED "service-of-arn-ignored" Values "errors" "identity-in-full" ["ivschat.GetRoom"]
        "An ARN of another service shows the room with its ID.";
    TYPE_OF_ARN_IGNORED "type-of-arn-ignored" Values "errors" "identity-in-full" ["ivs.UpdateChannel"]
        "An ARN of another type updates the channel with its ID.";
}

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
        Fault::ARRAY_BODY_TAKEN if body.trim_ascii() == b"[]" => Some(Bytes::from_static(b"{}")),
        Fault::TRAILING_TEXT_TAKEN => {
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
        Fault::ATTACH_IGNORED => input
            .retain(|name, value| name != "playbackRestrictionPolicyArn" || value.as_str().is_none_or(str::is_empty)),
        Fault::CHARSET_REFUSED if parts.headers.get(CONTENT_TYPE).is_some_and(|value| value.len() > 16) => {
            return Err(ServiceError::new(ErrorCode::UnsupportedMediaType, "The body must be application/json"));
        }
        Fault::CREATION_TAGS_LOST => {
            input.shift_remove("tags");
        }
        Fault::DEFAULT_PAGE_TOO_LONG => {
            input.entry("maxResults").or_insert(json!(100));
        }
        Fault::DETACH_IGNORED => input.retain(|name, value| name == "arn" || !name.ends_with("Arn") || *value != ""),
        Fault::EMPTY_TOKEN_REFUSED if input.get("nextToken") == Some(&json!("")) => {
            return Err(ServiceError::invalid("/nextToken", "is not a token of this listing"));
        }
        Fault::FILTER_IGNORED => {
            input.shift_remove("filterByStageArn");
        }
        Fault::NAMES_IN_ANY_CASE => {
            for member in operation.service().model.members(operation.model.input) {
                let other = input.keys().find(|key| key.eq_ignore_ascii_case(&member.name)).cloned();
                if let Some(value) = other.and_then(|key| input.shift_remove(&key)) {
                    input.insert(member.name.clone(), value);
                }
            }
        }
        Fault::PAGE_SIZE_IGNORED => {
            input.shift_remove("maxResults");
        }
        Fault::SERVICE_OF_ARN_IGNORED => replace(input, "identifier", ":ivs:", ":ivschat:"),
        Fault::TYPE_OF_ARN_IGNORED => replace(input, "arn", ":stage/", ":channel/"),
        Fault::SIGNATURE_ALWAYS_REFUSED => {
            return Err(ServiceError::new(ErrorCode::InvalidSignature, "The signature does not match"));
        }
        Fault::SERVER_ERROR_AT_BOUND => {
            let tokens = input.get("participantTokenConfigurations").and_then(Value::as_array);
            if tokens.is_some_and(|tokens| tokens.len() == 12) {
                return Err(ServiceError::new(ErrorCode::InternalServer, "The request could not be handled"));
            }
        }
        Fault::TOKEN_MAKES_SECOND => {
            input.shift_remove("idempotencyToken");
        }
        Fault::UNKNOWN_MEMBER_REFUSED => {
            let known = operation.service().model.members(operation.model.input);
            if let Some(other) = input.keys().find(|key| !known.iter().any(|member| member.name == **key)) {
                return Err(ServiceError::invalid(&format!("/{other}"), "is not known"));
            }
        }
        Fault::UPDATE_IGNORES_MEMBER => {
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
    planted.is_on(Fault::RESERVED_TAGS_TAKEN, &operation.full_name)
}

/// Changes the input of a valid call.
pub(crate) fn mutate_call(call: &mut OperationCall<'_>) {
    let Some(fault) = call.planted.on(&call.operation.full_name) else {
        return;
    };
    text::mutate_valid_texts(call);
    match fault {
        Fault::ANY_TOKEN_TAKEN if call.cursor(0).is_err() => {
            call.input.0.shift_remove("nextToken");
        }
        Fault::DEFAULT_IS_ANOTHER if call.input.get("maximumMessageLength").is_none() => {
            call.input.0.set("maximumMessageLength", 499);
        }
        Fault::FILTER_FORGOTTEN_ON_NEXT_PAGE if is_later_page(call) => {
            for filter in CHANNEL_FILTERS {
                call.input.0.shift_remove(filter);
            }
        }
        Fault::FILTERS_TAKEN_TOGETHER => {
            for filter in call.input.non_empty(&CHANNEL_FILTERS).into_iter().skip(1) {
                call.input.0.shift_remove(filter);
            }
        }
        Fault::REVOCATION_LOST => revocations::lose(&mut call.input),
        Fault::PLAIN_RTMP_TAKEN if call.input.required("ingestProtocol") == "RTMP" => {
            call.input.0.set("insecureIngest", true);
        }
        _ => {}
    }
}
