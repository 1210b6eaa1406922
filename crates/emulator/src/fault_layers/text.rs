//! Faults in how texts are taken: tags, names and attributes that are changed, cut, decoded or refused.

use serde_json::Value;

use crate::call::OperationCall;
use crate::contract::OperationContract;
use crate::document::{Document, Fill};
use crate::fault::{Fault, PlantedFault, faults};
use crate::service_error::ServiceError;
use crate::wire::percent_decode;

faults! {
    ATTRIBUTES_ASCII_ONLY "attributes-ascii-only" Validation "validation" "echoes-input"
        ["ivs-realtime.CreateParticipantToken"]
        "Characters beyond ASCII in the attributes of a token become question marks.";
    LAST_LETTER_REFUSED "last-letter-refused" Validation "validation" "accepts-valid"
        ["ivs-realtime.CreateEncoderConfiguration"]
        "The names of encoder configurations must not have a `Z`.";
    USER_PLUS_IS_SPACE "user-plus-is-space" Validation "validation" "echoes-input"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A plus sign in the user ID of an ingest configuration becomes a space.";
    UNDERSCORE_LOST "underscore-lost" Validation "validation" "echoes-input" ["ivschat.CreateRoom"]
        "Underscores in the names of rooms become hyphens.";
    UNDERSCORE_REFUSED "underscore-refused" Validation "validation" "accepts-valid" ["ivs-realtime.UpdateStage"]
        "The names of stages must not have an underscore.";

    CREATION_TAGS_ASCII "creation-tags-ascii-only" Tags "tags" "tags-agree" ["ivs.CreatePlaybackRestrictionPolicy"]
        "Tags with characters beyond ASCII are dropped at creation.";
    TAG_KEYS_CUT_AT_COMMA "tag-keys-cut-at-commas" Tags "tags" "tags-change" ["ivschat.UntagResource"]
        "A key with commas removes the tags between them.";
    TAG_KEYS_DECODED_TWICE "tag-keys-decoded-twice" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "Percent encoding in the keys to remove is decoded twice.";
    TAG_KEYS_IN_LOWER_CASE "tag-keys-in-lower-case" Tags "tags" "tags-change" ["ivschat.TagResource"]
        "Tag keys are stored in lower case.";
    TAG_KEYS_TRIMMED "tag-keys-trimmed" Tags "tags" "tags-change" ["ivs-realtime.TagResource"]
        "Spaces around tag keys are dropped.";
    TAG_LIST_OF_TEN "tag-list-of-ten" Tags "tags" "tags-agree" ["ivs-realtime.ListTagsForResource"]
        "The tag list shows ten tags at most.";
    UNTAG_KEEPS_SPECIAL_KEYS "untag-keeps-special-keys" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "Tags whose key has one of `: / + = @ .` are not removed.";
    UNTAG_PLUS_IS_SPACE "untag-plus-is-space" Tags "tags" "tags-change" ["ivs-realtime.UntagResource"]
        "A plus sign in the keys to remove is read as a space.";
    UNTAG_TEN_AT_MOST "untag-ten-at-most" Tags "tags" "tags-change" ["ivschat.UntagResource"]
        "Only the first ten keys are removed.";
}

/// The characters of tag keys that a faulty emulator does not find.
const SPECIAL: [char; 6] = [':', '/', '+', '=', '@', '.'];

/// The most keys or tags that a faulty emulator heeds.
const TEN: usize = 10;

/// Changes the texts of a request before they are validated, or refuses some of them.
pub(crate) fn mutate_texts(
    planted: PlantedFault,
    operation: &OperationContract,
    input: &mut Document,
) -> Result<(), ServiceError> {
    let Some(fault) = planted.on(&operation.full_name) else {
        return Ok(());
    };
    let name = || input.get("name").and_then(Value::as_str).unwrap_or_default();
    match fault {
        Fault::LAST_LETTER_REFUSED if name().contains('Z') => {
            return Err(ServiceError::invalid("/name", "is malformed"));
        }
        Fault::UNDERSCORE_REFUSED if name().contains('_') => {
            return Err(ServiceError::invalid("/name", "is malformed"));
        }
        Fault::UNDERSCORE_LOST if name().contains('_') => {
            let name = name().replace('_', "-");
            input.set("name", name);
        }
        Fault::USER_PLUS_IS_SPACE => {
            if let Some(user) = input.get("userId").and_then(Value::as_str).map(|user| user.replace('+', " ")) {
                input.set("userId", user);
            }
        }
        Fault::ATTRIBUTES_ASCII_ONLY => {
            for value in
                input.get_mut("attributes").and_then(Value::as_object_mut).into_iter().flat_map(Document::values_mut)
            {
                if let Some(text) = value.as_str() {
                    *value = text.replace(|character: char| !character.is_ascii(), "?").into();
                }
            }
        }
        Fault::CREATION_TAGS_ASCII => change_tags(input, |key| key.is_ascii().then(|| key.to_owned())),
        Fault::TAG_KEYS_IN_LOWER_CASE => change_tags(input, |key| Some(key.to_lowercase())),
        Fault::TAG_KEYS_TRIMMED => change_tags(input, |key| Some(key.trim().to_owned())),
        Fault::TAG_KEYS_CUT_AT_COMMA => change_keys(input, |key| key.split(',').map(str::to_owned).collect()),
        Fault::TAG_KEYS_DECODED_TWICE => {
            change_keys(input, |key| vec![percent_decode(key).map_or_else(|| key.to_owned(), Into::into)]);
        }
        Fault::UNTAG_PLUS_IS_SPACE => change_keys(input, |key| vec![key.replace('+', " ")]),
        _ => {}
    }
    Ok(())
}

/// Changes the texts of a valid call.
pub(crate) fn mutate_valid_texts(call: &mut OperationCall<'_>) {
    match call.planted.on(&call.operation.full_name) {
        Some(Fault::UNTAG_KEEPS_SPECIAL_KEYS) => {
            change_keys(&mut call.input.0, |key| if key.contains(SPECIAL) { Vec::new() } else { vec![key.to_owned()] });
        }
        Some(Fault::UNTAG_TEN_AT_MOST) => {
            if let Some(Value::Array(keys)) = call.input.0.get_mut("tagKeys") {
                keys.truncate(TEN);
            }
        }
        _ => {}
    }
}

/// Changes the texts of an output.
pub(crate) fn mutate_shown_texts(fault: Fault, output: &mut Document) {
    if fault == Fault::TAG_LIST_OF_TEN
        && let Some(Value::Object(tags)) = output.get_mut("tags")
    {
        *tags = std::mem::take(tags).into_iter().take(TEN).collect();
    }
}

/// Replaces the key of each tag, or drops the tag.
fn change_tags(input: &mut Document, to: impl Fn(&str) -> Option<String>) {
    if let Some(Value::Object(tags)) = input.get_mut("tags") {
        *tags = std::mem::take(tags).into_iter().filter_map(|(key, value)| Some((to(&key)?, value))).collect();
    }
}

/// Replaces each key to remove by others.
fn change_keys(input: &mut Document, to: impl Fn(&str) -> Vec<String>) {
    if let Some(Value::Array(keys)) = input.get_mut("tagKeys") {
        *keys = keys.iter().filter_map(Value::as_str).flat_map(to).map(Value::String).collect();
    }
}
