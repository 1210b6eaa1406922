//! Chat tokens, events and moderation (fact `chat-messaging`).

use serde_json::Value;

use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::service_error::ServiceError;
use crate::services::attributes::check_attributes_size;
use crate::state::Region;
use crate::token::TokenKeys;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateChatToken", create_token),
    ("DeleteMessage", delete_message),
    ("DisconnectUser", disconnect_user),
    ("SendEvent", send_event),
];

/// The seconds within which a token must be used. The session that it opens lasts longer.
const TOKEN_SECONDS: i64 = 60;

/// The default length of a session, in minutes.
const DEFAULT_SESSION_MINUTES: i64 = 60;

fn create_token(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    check_attributes_size(call.input.object("attributes"), "/attributes")?;
    let room = call.input.required("roomIdentifier");
    region.get(ResourceType::Room, room)?;
    let minutes = call.input.integer("sessionDurationInMinutes").unwrap_or(DEFAULT_SESSION_MINUTES);
    let token_end = call.now.plus_seconds(TOKEN_SECONDS);
    let session_end = call.now.plus_seconds(minutes * 60);
    let mut claims = Document::new();
    claims.set("jti", ids::uuid());
    claims.set("iat", call.now.epoch_seconds());
    claims.set("exp", token_end.epoch_seconds());
    claims.set("session_exp", session_end.epoch_seconds());
    claims.set("resource", room);
    claims.set("user_id", call.input.required("userId"));
    for member in ["capabilities", "attributes"] {
        claims.set(member, call.input.get(member).cloned().unwrap_or_default());
    }
    let mut output = Document::new();
    output.set("token", TokenKeys::get().chat(&claims));
    output.set("tokenExpirationTime", token_end.iso());
    output.set("sessionExpirationTime", session_end.iso());
    Ok(output.into())
}

/// Returns an ID of the deletion, whether or not the message exists (observed).
fn delete_message(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    done_in_room(call, region)
}

fn send_event(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    check_attributes_size(call.input.object("attributes"), "/attributes")?;
    done_in_room(call, region)
}

/// Disconnects a user. It succeeds for a user who is not in the room (observed).
fn disconnect_user(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    room_exists(call, region)?;
    HandlerOutput::empty()
}

fn done_in_room(call: &OperationCall<'_>, region: &Region) -> HandlerResult {
    room_exists(call, region)?;
    let mut output = Document::new();
    output.set("id", Value::from(ids::resource()));
    Ok(output.into())
}

fn room_exists(call: &OperationCall<'_>, region: &Region) -> Result<(), ServiceError> {
    region.get(ResourceType::Room, call.input.required("roomIdentifier")).map(|_| ())
}
