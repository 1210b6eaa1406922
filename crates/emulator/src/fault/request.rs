//! Requests as a faulty emulator misreads them, before and after their members are known.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::{Value, json};

use super::{Fault, Faults};
use crate::contract::Operation;
use crate::failure::{Code, Failure};
use crate::state::Document;

impl Faults {
    /// The body that is read in place of the one that came, if a fault makes it another.
    pub(crate) fn reread(self, operation: &Operation, body: &Bytes) -> Option<Bytes> {
        match self.on(&operation.full_name)? {
            Fault::ArrayBodyTaken if body.trim_ascii() == b"[]" => Some(Bytes::from_static(b"{}")),
            Fault::TrailingTextTaken => {
                let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
                values.next()?.ok()?;
                Some(body.slice(..values.byte_offset()))
            }
            _ => None,
        }
    }

    /// Changes the members of a request before they are validated, or refuses what ought to be taken.
    pub(crate) fn misread(self, operation: &Operation, parts: &Parts, input: &mut Document) -> Result<(), Failure> {
        let Some(fault) = self.on(&operation.full_name) else {
            return Ok(());
        };
        match fault {
            Fault::AttachIgnored => input.retain(|name, value| {
                name != "playbackRestrictionPolicyArn" || value.as_str().is_none_or(str::is_empty)
            }),
            Fault::CharsetRefused if parts.headers.get(CONTENT_TYPE).is_some_and(|value| value.len() > 16) => {
                return Err(Failure::new(Code::UnsupportedMediaType, "The body must be application/json"));
            }
            Fault::CreationTagsLost => {
                input.shift_remove("tags");
            }
            Fault::DefaultPageTooLong => {
                input.entry("maxResults").or_insert(json!(100));
            }
            Fault::DetachIgnored => input.retain(|name, value| name == "arn" || !name.ends_with("Arn") || *value != ""),
            Fault::EmptyTokenRefused if input.get("nextToken") == Some(&json!("")) => {
                return Err(Failure::invalid("/nextToken", "is not a token of this listing"));
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
            Fault::ServerErrorAtBound => {
                let tokens = input.get("participantTokenConfigurations").and_then(Value::as_array);
                if tokens.is_some_and(|tokens| tokens.len() == 12) {
                    return Err(Failure::new(Code::InternalServer, "The request could not be handled"));
                }
            }
            Fault::TokenMakesSecond => {
                input.shift_remove("idempotencyToken");
            }
            Fault::UnknownMemberRefused => {
                let known = operation.service().model.members(operation.model.input);
                if let Some(other) = input.keys().find(|key| !known.iter().any(|member| member.name == **key)) {
                    return Err(Failure::invalid(&format!("/{other}"), "is not known"));
                }
            }
            Fault::UpdateIgnoresMember => {
                input.shift_remove("latencyMode");
            }
            _ => {}
        }
        Ok(())
    }
}
