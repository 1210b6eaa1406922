//! Live channels: streams, stream sessions, timed metadata.

use aws_sdk_ivs::types::{StreamFilters, StreamHealth, StreamState};

use crate::channel;
use crate::refusal::Refusal::{Absent, Invalid, NotBroadcasting};
use crate::refusal::ivs as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

pub(crate) async fn a_live_channel_has_a_stream(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    channel::make(sdk).await;
    sdk.control.on_air(&arn).await;
    let got = sdk.ivs.get_stream().channel_arn(&arn).send().await.unwrap();
    let stream = got.stream().unwrap();
    assert_eq!(stream.channel_arn(), Some(arn.as_str()));
    assert_eq!(stream.state(), Some(&StreamState::StreamLive));
    assert!(stream.stream_id().is_some_and(|id| id.len() == 26 && id.starts_with("st-")));
    assert!(stream.start_time().is_some());

    let listed = sdk.ivs.list_streams().send().await.unwrap();
    let [summary] = listed.streams() else {
        panic!("one channel is live: {listed:?}");
    };
    assert_eq!(summary.stream_id(), stream.stream_id());
    let filter = StreamFilters::builder().health(StreamHealth::Starving).build();
    let starving = sdk.ivs.list_streams().filter_by(filter).send().await.unwrap();
    assert!(starving.streams().is_empty(), "{starving:?}");
}

pub(crate) async fn a_stopped_stream_leaves_its_session(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    sdk.control.on_air(&arn).await;
    let live = sdk.ivs.get_stream().channel_arn(&arn).send().await.unwrap();
    let id = live.stream().unwrap().stream_id().unwrap();
    let session = sdk.ivs.get_stream_session().channel_arn(&arn).send().await.unwrap();
    let session = session.stream_session().unwrap();
    assert_eq!(session.stream_id(), Some(id));
    assert!(session.end_time().is_none());
    assert_eq!(session.channel().unwrap().arn(), Some(arn.as_str()));

    sdk.ivs.stop_stream().channel_arn(&arn).send().await.unwrap();
    refused(NotBroadcasting, sdk.ivs.get_stream().channel_arn(&arn).send().await);
    let get = sdk.ivs.get_stream_session().channel_arn(&arn).stream_id(id);
    let ended = get.send().await.unwrap();
    assert!(ended.stream_session().unwrap().end_time().is_some());
    let listed = sdk.ivs.list_stream_sessions().channel_arn(&arn).send().await.unwrap();
    assert_eq!(listed.stream_sessions().len(), 1);
    assert_eq!(listed.stream_sessions()[0].stream_id(), Some(id));
}

pub(crate) async fn metadata_goes_into_a_live_stream(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    sdk.control.on_air(&arn).await;
    let put = |metadata: String| sdk.ivs.put_metadata().channel_arn(&arn).metadata(metadata).send();
    put("{\"score\":1}".to_owned()).await.unwrap();
    refused(Invalid, put("m".repeat(1025)).await);
}

pub(crate) async fn an_idle_channel_broadcasts_nothing(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    let ivs = &sdk.ivs;
    refused(NotBroadcasting, ivs.get_stream().channel_arn(&arn).send().await);
    refused(NotBroadcasting, ivs.stop_stream().channel_arn(&arn).send().await);
    refused(NotBroadcasting, ivs.put_metadata().channel_arn(&arn).metadata("m").send().await);
    refused(Absent, ivs.get_stream_session().channel_arn(&arn).send().await);
    let sessions = ivs.list_stream_sessions().channel_arn(&arn).send().await.unwrap();
    assert!(sessions.stream_sessions().is_empty());
    let streams = ivs.list_streams().send().await.unwrap();
    assert!(streams.streams().is_empty());
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let arn = absent("ivs", "channel");
    refused(Absent, ivs.get_stream().channel_arn(&arn).send().await);
    refused(Absent, ivs.stop_stream().channel_arn(&arn).send().await);
    refused(Absent, ivs.put_metadata().channel_arn(&arn).metadata("m").send().await);
    refused(Absent, ivs.get_stream_session().channel_arn(&arn).send().await);
    refused(Absent, ivs.list_stream_sessions().channel_arn(&arn).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    refused(Invalid, ivs.get_stream().send().await);
    refused(Invalid, ivs.stop_stream().channel_arn(MALFORMED).send().await);
    refused(Invalid, ivs.put_metadata().metadata("m").send().await);
    let get = ivs.get_stream_session().channel_arn(absent("ivs", "channel"));
    refused(Invalid, get.stream_id("st-short").send().await);
    refused(Invalid, ivs.list_stream_sessions().send().await);
    refused(Invalid, ivs.list_streams().max_results(0).send().await);
    let filter = StreamFilters::builder().health("SPLENDID".into()).build();
    refused(Invalid, ivs.list_streams().filter_by(filter).send().await);
}
