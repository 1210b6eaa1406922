//! Viewer sessions and their revocation: fire and forget (facts section 3.8).

use serde_json::{Value, json};

use crate::call::{Answer, Call, Fill, Handler, Input, Reply};
use crate::choices::BATCH_NOT_FOUND;
use crate::clock::Timestamp;
use crate::control::Action;
use crate::failure::Failure;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("BatchStartViewerSessionRevocation", batch_revoke), ("StartViewerSessionRevocation", revoke)];

/// Control actions on viewer sessions.
pub(crate) const ACTIONS: &[Action] = &[
    Action {
        name: "channel/view",
        summary: "Lets a viewer start a session on the channel `arn` that is on air, with the `viewerId` and the \
                  `viewerSessionVersion` of a playback token, or without; answers the `viewerCount`.",
        run: view,
    },
    Action {
        name: "channel/leave",
        summary: "Lets the sessions of `viewerId` on the channel `arn` end, or one without a viewer id; \
                  answers the `viewerCount`.",
        run: leave,
    },
];

/// One viewer who watches. Who came without a token has no id and cannot be revoked.
#[derive(Debug)]
pub(super) struct ViewerSession {
    viewer_id: String,
    version: i64,
}

impl ViewerSession {
    fn is_revoked(&self, viewer_id: &str, up_to: i64) -> bool {
        self.viewer_id == viewer_id && self.version <= up_to
    }
}

/// A success for every channel that exists, live or not, whoever the viewer is (observed).
fn revoke(call: &Call<'_>, region: &mut Region) -> Answer {
    revoke_one(region, &call.input)?;
    Reply::empty()
}

/// Pairs whose channel does not exist are listed as errors; a pair named twice is answered once.
fn batch_revoke(call: &Call<'_>, region: &mut Region) -> Answer {
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

fn revoke_one(region: &mut Region, pair: &Input) -> Result<(), Failure> {
    let channel = pair.required("channelArn");
    region.get(Kind::Channel, channel)?;
    let viewer = pair.required("viewerId");
    let up_to = pair.integer("viewerSessionVersionsLessThanOrEqualTo").unwrap_or(0);
    region.streams.end_views(channel, |session| session.is_revoked(viewer, up_to));
    Ok(())
}

fn view(input: &Input, region: &mut Region, _now: Timestamp) -> Result<Document, Failure> {
    let channel = input.required("arn");
    region.get(Kind::Channel, channel)?;
    let session = ViewerSession {
        viewer_id: input.required("viewerId").to_owned(),
        version: input.integer("viewerSessionVersion").unwrap_or(0),
    };
    let count = region.streams.start_view(channel, session)?;
    Ok(counted(count))
}

fn leave(input: &Input, region: &mut Region, _now: Timestamp) -> Result<Document, Failure> {
    let channel = input.required("arn");
    region.get(Kind::Channel, channel)?;
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
