//! Viewer sessions and their revocation (fact `viewer-sessions`).

use serde_json::{Value, json};

use crate::assumptions::BATCH_NOT_FOUND;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::control_action::ControlAction;
use crate::document::Document;
use crate::document::Fill;
use crate::input::Input;
use crate::service_error::ServiceError;
use crate::state::{Region, ViewerSession};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("BatchStartViewerSessionRevocation", batch_revoke), ("StartViewerSessionRevocation", revoke)];

/// Control actions on viewer sessions.
pub(super) const CONTROL_ACTIONS: &[ControlAction] = &[
    ControlAction {
        name: "channel/view",
        summary: "Starts a viewer session on the live channel `arn`, with the optional `viewerId` and \
                  `viewerSessionVersion` of a playback token; returns the `viewerCount`.",
        run: view,
    },
    ControlAction {
        name: "channel/leave",
        summary: "Ends the sessions of `viewerId` on the channel `arn`, or one session without a viewer ID; returns the \
                  `viewerCount`.",
        run: leave,
    },
];

/// Revokes the sessions of a viewer. It succeeds for every existing channel and any viewer ID (observed).
fn revoke(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    revoke_one(region, &call.input)?;
    HandlerOutput::empty()
}

/// Revokes the sessions of several viewers. A pair with an unknown channel becomes an error; duplicates are reported
/// once.
fn batch_revoke(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let pairs = call.input.list("viewerSessions").iter().filter_map(|pair| Some(Input(pair.as_object()?.clone())));
    let pairs: Vec<Input> = pairs.collect();
    let names = |pair: &Input| (pair.required("channelArn").to_owned(), pair.required("viewerId").to_owned());
    let mut errors = Vec::new();
    for pair in &pairs {
        if let Err(failure) = revoke_one(region, pair) {
            let (channel, viewer) = names(pair);
            let error = json!({
                "channelArn": channel,
                "viewerId": viewer,
                "code": BATCH_NOT_FOUND,
                "message": failure.message,
            });
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
    }
    let mut output = Document::new();
    output.set("errors", errors);
    Ok(output.into())
}

fn revoke_one(region: &mut Region, pair: &Input) -> Result<(), ServiceError> {
    let channel = pair.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    let viewer = pair.required("viewerId");
    let up_to = pair.integer("viewerSessionVersionsLessThanOrEqualTo").unwrap_or(0);
    region.streams.end_views(channel, |session| session.viewer_id == viewer && session.version <= up_to);
    Ok(())
}

fn view(input: &Input, region: &mut Region, _now: Timestamp) -> Result<Document, ServiceError> {
    let channel = input.required("arn");
    region.get(ResourceType::Channel, channel)?;
    let session = ViewerSession {
        viewer_id: input.required("viewerId").to_owned(),
        version: input.integer("viewerSessionVersion").unwrap_or(0),
    };
    let count = region.streams.start_view(channel, session)?;
    Ok(counted(count))
}

fn leave(input: &Input, region: &mut Region, _now: Timestamp) -> Result<Document, ServiceError> {
    let channel = input.required("arn");
    region.get(ResourceType::Channel, channel)?;
    let viewer = input.required("viewerId");
    let mut anonymous = viewer.is_empty().then_some(());
    let leaves = |session: &ViewerSession| match viewer {
        "" => session.viewer_id.is_empty() && anonymous.take().is_some(),
        viewer => session.viewer_id == viewer,
    };
    Ok(counted(region.streams.end_views(channel, leaves)))
}

fn counted(viewers: usize) -> Document {
    let mut output = Document::new();
    output.set("viewerCount", Value::from(viewers));
    output
}
