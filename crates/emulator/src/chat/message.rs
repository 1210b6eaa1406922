//! Chat tokens, events and moderation (facts section 3.14).

use serde_json::Value;

use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::failure::Failure;
use crate::ids;
use crate::realtime::participant_token::attributes_fit;
use crate::state::{Document, Kind, Region};
use crate::token::TokenKeys;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateChatToken", create_token),
    ("DeleteMessage", delete_message),
    ("DisconnectUser", disconnect_user),
    ("SendEvent", send_event),
];

/// A token must be used within this time, in seconds; the session it opens lasts longer.
const TOKEN_SECONDS: i64 = 60;

/// Length of a session where none is asked for, in minutes.
const DEFAULT_SESSION_MINUTES: i64 = 60;

fn create_token(call: &Call<'_>, region: &mut Region) -> Answer {
    attributes_fit(call.input.object("attributes"), "/attributes")?;
    let room = call.input.required("roomIdentifier");
    region.get(Kind::Room, room)?;
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

/// The id of the operation itself, whether or not there was such a message (observed).
fn delete_message(call: &Call<'_>, region: &mut Region) -> Answer {
    done_in_room(call, region)
}

fn send_event(call: &Call<'_>, region: &mut Region) -> Answer {
    attributes_fit(call.input.object("attributes"), "/attributes")?;
    done_in_room(call, region)
}

/// A user who is not there is disconnected all the same (observed).
fn disconnect_user(call: &Call<'_>, region: &mut Region) -> Answer {
    room_exists(call, region)?;
    Reply::empty()
}

fn done_in_room(call: &Call<'_>, region: &Region) -> Answer {
    room_exists(call, region)?;
    let mut output = Document::new();
    output.set("id", Value::from(ids::resource()));
    Ok(output.into())
}

fn room_exists(call: &Call<'_>, region: &Region) -> Result<(), Failure> {
    region.get(Kind::Room, call.input.required("roomIdentifier")).map(|_| ())
}
