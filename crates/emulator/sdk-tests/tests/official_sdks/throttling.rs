//! The documented call rates. The emulator enforces them, and its clock is fixed so that a burst always exceeds them.

use std::fmt::Debug;

use aws_sdk_ivs::types::BatchStartViewerSessionRevocationViewerSession as ViewerSession;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use crate::refusal::Refusal::{self, Throttled};
use crate::refusal::{chat, ivs};
use crate::sdk::Sdk;
use crate::{channel, room};

/// Makes one call more than the rate allows in one second, and asserts that the last one is refused.
async fn exceed<S, O: Debug, E, F>(
    rate: usize,
    refused: impl Fn(Refusal, Result<O, SdkError<E, HttpResponse>>) -> S,
    call: impl Fn() -> F,
) where
    E: Debug,
    F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
{
    for n in 0..rate {
        let result = call().await;
        assert!(result.is_ok(), "call {n} of {rate}: {result:?}");
    }
    refused(Throttled, call().await);
}

pub(crate) async fn updates_and_policies_are_held_to_five_a_second(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    exceed(5, ivs, || sdk.ivs.update_channel().arn(&arn).name("x").send()).await;
    exceed(5, ivs, || sdk.ivs.create_playback_restriction_policy().send()).await;
}

pub(crate) async fn metadata_is_held_to_five_a_second_and_channel(sdk: &Sdk) {
    let (first, second) = (channel::make(sdk).await, channel::make(sdk).await);
    sdk.control.on_air(&first).await;
    sdk.control.on_air(&second).await;
    let put = |arn: &str| sdk.ivs.put_metadata().channel_arn(arn).metadata("m").send();
    exceed(5, ivs, || put(&first)).await;
    put(&second).await.unwrap();
}

pub(crate) async fn revocations_are_held_to_their_rates(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    let revoke = sdk.ivs.start_viewer_session_revocation().channel_arn(&arn).viewer_id("v");
    exceed(10, ivs, || revoke.clone().send()).await;
    let session = ViewerSession::builder().channel_arn(&arn).viewer_id("v").build().unwrap();
    let batch = sdk.ivs.batch_start_viewer_session_revocation().viewer_sessions(session);
    exceed(2, ivs, || batch.clone().send()).await;
}

pub(crate) async fn chat_is_held_to_a_hundred_a_second(sdk: &Sdk) {
    let room = room::make(sdk).await;
    let send = sdk.chat.send_event().room_identifier(&room).event_name("e");
    exceed(100, chat, || send.clone().send()).await;
    let delete = sdk.chat.delete_message().room_identifier(&room).id("AbCdEfGh1234");
    exceed(100, chat, || delete.clone().send()).await;
    let disconnect = sdk.chat.disconnect_user().room_identifier(&room).user_id("u");
    exceed(100, chat, || disconnect.clone().send()).await;
}
