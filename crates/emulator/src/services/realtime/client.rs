//! Control actions that simulate the clients of participants (fact `participants`).

use serde_json::{Value, json};

use super::participant_token::admit;
use super::{connection_token, participant};
use crate::clock::Timestamp;
use crate::contract::CONTRACT;
use crate::control_action::ControlAction;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::input::Input;
use crate::service_error::ServiceError;
use crate::services::attributes::check_attributes_size;
use crate::state::{JoiningParticipant, Region};

/// Control actions on stages and their participants.
pub(super) const CONTROL_ACTIONS: &[ControlAction] = &[
    ControlAction {
        name: "stage/join",
        summary: "Joins a participant to the stage `arn`, with a participant `token` or with optional `participantId`, \
                  `userId` and `attributes`, over a connection of its own or of `connectionToken`, and with optional `browserName`, `browserVersion`, `ispName`, \
                  `osName`, `osVersion`, `sdkVersion`; returns `sessionId`, `participantId`.",
        run: join,
    },
    ControlAction {
        name: "stage/publish",
        summary: "Starts publishing by `participantId` on the stage `arn`; returns whether it is `publishing`, \
                  which needs a token with that capability.",
        run: publish,
    },
    ControlAction {
        name: "stage/unpublish",
        summary: "Stops publishing by `participantId` on the stage `arn`.",
        run: unpublish,
    },
    ControlAction {
        name: "stage/subscribe",
        summary: "Subscribes `participantId` to `remoteParticipantId` on the stage `arn`; returns whether \
                  it is `subscribed`.",
        run: subscribe,
    },
    ControlAction {
        name: "stage/unsubscribe",
        summary: "Unsubscribes `participantId` from `remoteParticipantId` on the stage `arn`.",
        run: unsubscribe,
    },
    ControlAction {
        name: "stage/exchange-token",
        summary: "Exchanges the token of `participantId` on the stage `arn` for `token`, which must be for the \
                  same participant.",
        run: exchange_token,
    },
    ControlAction { name: "stage/leave", summary: "Disconnects `participantId` from the stage `arn`.", run: leave },
];

/// The members of the model's `Participant` that the client reports.
const CLIENT_MEMBERS: [&str; 6] = ["browserName", "browserVersion", "ispName", "osName", "osVersion", "sdkVersion"];

/// Joins a participant. A refused one is in no session, so there is no event for it (JOIN_ERROR).
fn join(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let stage = input.required("arn");
    let mut who = match input.text("token") {
        Some(token) => admit(token, region, stage, now)?,
        None => {
            let id = input.text("participantId").filter(|id| !id.is_empty());
            let id = id.map_or_else(|| ids::alphanumeric(12), str::to_owned);
            let members = copied(input, &["userId", "attributes"]);
            JoiningParticipant { id, may_publish: true, may_subscribe: true, expires: None, connection: None, members }
        }
    };
    who.connection =
        input.text("connectionToken").map(|token| connection_token::check(token, region, now)).transpose()?;
    who.members.extend(copied(input, &CLIENT_MEMBERS));
    check_members(&who.id, &who.members)?;
    let id = who.id.clone();
    let session = participant::join(region, stage, who, now)?;
    let mut output = Document::new();
    output.set("sessionId", session);
    output.set("participantId", id);
    Ok(output)
}

fn copied(input: &Input, members: &[&str]) -> Document {
    let given = members.iter().filter_map(|member| Some(((*member).to_owned(), input.get(member)?.clone())));
    given.collect()
}

/// Checks the members of a participant against the model. Otherwise an output could be invalid.
fn check_members(id: &str, members: &Document) -> Result<(), ServiceError> {
    check_attributes_size(members.get("attributes").and_then(Value::as_object), "/attributes")?;
    let shows = CONTRACT.operations.iter().find(|operation| operation.full_name == "ivs-realtime.GetParticipant");
    let Some((operation, shape)) =
        shows.and_then(|operation| Some((operation, operation.output_member("participant")?)))
    else {
        return Ok(());
    };
    let mut shown = members.clone();
    shown.set("participantId", id);
    match operation.service().schema.check(shape, &shown, None).first() {
        Some(breach) => Err(ServiceError::invalid(&breach.pointer, &breach.rule)),
        None => Ok(()),
    }
}

fn publish(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let publishing = participant::publish(region, input.required("arn"), input.required("participantId"), now)?;
    let mut output = Document::new();
    output.set("publishing", publishing);
    Ok(output)
}

fn unpublish(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let (stage, id) = (input.required("arn"), input.required("participantId"));
    participant::connected(region, stage, id)?;
    participant::unpublish(region, stage, id, now);
    Ok(Document::new())
}

fn subscribe(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let (stage, remote) = (input.required("arn"), input.required("remoteParticipantId"));
    let publishes = participant::connected(region, stage, remote).is_ok_and(|remote| remote.publishing);
    let subscriber = participant::connected(region, stage, input.required("participantId"))?;
    let error = match (subscriber.may_subscribe, publishes) {
        (false, _) => Some("INSUFFICIENT_CAPABILITIES"),
        (true, false) => Some("PUBLISHER_NOT_FOUND"),
        (true, true) => None,
    };
    let about = ("remoteParticipantId", json!(remote));
    match error {
        Some(error) => subscriber.add_event("SUBSCRIBE_ERROR", now, &[about, ("errorCode", json!(error))]),
        None => subscriber.add_event("SUBSCRIBE_STARTED", now, &[about]),
    }
    let mut output = Document::new();
    output.set("subscribed", error.is_none());
    Ok(output)
}

fn unsubscribe(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let subscriber = participant::connected(region, input.required("arn"), input.required("participantId"))?;
    subscriber.add_event(
        "SUBSCRIBE_STOPPED",
        now,
        &[("remoteParticipantId", json!(input.required("remoteParticipantId")))],
    );
    Ok(Document::new())
}

/// Exchanges the token of a participant. It stops publishing if the new token does not allow it.
fn exchange_token(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let (stage, id) = (input.required("arn"), input.required("participantId"));
    let participant = admit(input.required("token"), region, stage, now)?;
    if participant.id != id {
        return Err(ServiceError::invalid("/token", "is for another participant"));
    }
    check_members(id, &participant.members)?;
    let may_publish = participant.may_publish;
    participant::connected(region, stage, id)?.exchange_token(participant, now);
    if !may_publish {
        participant::unpublish(region, stage, id, now);
    }
    Ok(Document::new())
}

/// Disconnects a participant. It succeeds for one that is not connected.
fn leave(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let stage = input.required("arn");
    region.get(crate::contract::ResourceType::Stage, stage)?;
    participant::leave(region, stage, input.required("participantId"), now);
    Ok(Document::new())
}
