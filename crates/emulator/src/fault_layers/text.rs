//! Faults in how texts are taken: tags, names and attributes that are changed, cut, decoded or refused.

use serde_json::Value;

use crate::call::OperationCall;
use crate::contract::OperationContract;
use crate::document::{Document, Fill};
use crate::fault::{Fault, PlantedFault};
use crate::service_error::ServiceError;
use crate::wire::percent_decode;

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
        Fault::LastLetterRefused if name().contains('Z') => return Err(ServiceError::invalid("/name", "is malformed")),
        Fault::UnderscoreRefused if name().contains('_') => return Err(ServiceError::invalid("/name", "is malformed")),
        Fault::UnderscoreLost if name().contains('_') => {
            let name = name().replace('_', "-");
            input.set("name", name);
        }
        Fault::UserPlusIsSpace => {
            if let Some(user) = input.get("userId").and_then(Value::as_str).map(|user| user.replace('+', " ")) {
                input.set("userId", user);
            }
        }
        Fault::AttributesAsciiOnly => {
            for value in
                input.get_mut("attributes").and_then(Value::as_object_mut).into_iter().flat_map(Document::values_mut)
            {
                if let Some(text) = value.as_str() {
                    *value = text.replace(|character: char| !character.is_ascii(), "?").into();
                }
            }
        }
        Fault::CreationTagsAscii => change_tags(input, |key| key.is_ascii().then(|| key.to_owned())),
        Fault::TagKeysInLowerCase => change_tags(input, |key| Some(key.to_lowercase())),
        Fault::TagKeysTrimmed => change_tags(input, |key| Some(key.trim().to_owned())),
        Fault::TagKeysCutAtComma => change_keys(input, |key| key.split(',').map(str::to_owned).collect()),
        Fault::TagKeysDecodedTwice => {
            change_keys(input, |key| vec![percent_decode(key).map_or_else(|| key.to_owned(), Into::into)]);
        }
        Fault::UntagPlusIsSpace => change_keys(input, |key| vec![key.replace('+', " ")]),
        _ => {}
    }
    Ok(())
}

/// Changes the texts of a valid call.
pub(crate) fn mutate_valid_texts(call: &mut OperationCall<'_>) {
    match call.planted.on(&call.operation.full_name) {
        Some(Fault::UntagKeepsSpecialKeys) => {
            change_keys(&mut call.input.0, |key| if key.contains(SPECIAL) { Vec::new() } else { vec![key.to_owned()] });
        }
        Some(Fault::UntagTenAtMost) => {
            if let Some(Value::Array(keys)) = call.input.0.get_mut("tagKeys") {
                keys.truncate(TEN);
            }
        }
        _ => {}
    }
}

/// Changes the texts of an output.
pub(crate) fn mutate_shown_texts(fault: Fault, output: &mut Document) {
    if fault == Fault::TagListOfTen
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
