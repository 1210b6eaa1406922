//! Channels: defaults, updates in place, filters, batches, deletion.

use aws_sdk_ivs::types::{
    ChannelLatencyMode, ChannelType, ContainerFormat, MultitrackInputConfiguration,
    MultitrackMaximumResolution, MultitrackPolicy, TranscodePreset,
};

use crate::refusal::Refusal::{Absent, Conflict, Invalid};
use crate::refusal::ivs as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

/// Creates a channel and returns its ARN.
pub(crate) async fn make(sdk: &Sdk) -> String {
    let made = sdk.ivs.create_channel().send().await.expect("a channel");
    made.channel.and_then(|channel| channel.arn).expect("an ARN")
}

pub(crate) async fn a_bare_channel_has_the_documented_defaults(sdk: &Sdk) {
    let made = sdk.ivs.create_channel().send().await.unwrap();
    let channel = made.channel().unwrap();
    let arn = channel.arn().unwrap();
    assert_eq!(channel.latency_mode(), Some(&ChannelLatencyMode::LowLatency));
    assert_eq!(channel.r#type(), Some(&ChannelType::StandardChannelType));
    assert!(!channel.authorized());
    assert!(!channel.insecure_ingest());
    assert_eq!(channel.recording_configuration_arn(), Some(""));
    assert!(channel.tags().is_none_or(std::collections::HashMap::is_empty));
    assert!(channel.ingest_endpoint().is_some_and(|host| host.ends_with("global-contribute.live-video.net")));
    assert!(channel.playback_url().is_some_and(|url| url.starts_with("https://")));
    assert!(channel.srt().is_some_and(|srt| srt.endpoint().is_some() && srt.passphrase().is_some()));

    let key = made.stream_key().unwrap();
    assert_eq!(key.channel_arn(), Some(arn));
    assert!(key.value().is_some_and(|value| value.starts_with("sk_us-west-2_")));

    let read = sdk.ivs.get_channel().arn(arn).send().await.unwrap();
    assert_eq!(read.channel(), made.channel());
}

pub(crate) async fn a_full_channel_keeps_what_it_was_given(sdk: &Sdk) {
    let multitrack = MultitrackInputConfiguration::builder()
        .enabled(true)
        .policy(MultitrackPolicy::Require)
        .maximum_resolution(MultitrackMaximumResolution::Hd)
        .build();
    let made = sdk
        .ivs
        .create_channel()
        .name("main-stage_1")
        .latency_mode(ChannelLatencyMode::NormalLatency)
        .r#type(ChannelType::StandardChannelType)
        .authorized(true)
        .insecure_ingest(true)
        .multitrack_input_configuration(multitrack.clone())
        .container_format(ContainerFormat::FragmentedMp4)
        .tags("team", "video")
        .send()
        .await
        .unwrap();
    let channel = made.channel().unwrap();
    assert_eq!(channel.name(), Some("main-stage_1"));
    assert_eq!(channel.latency_mode(), Some(&ChannelLatencyMode::NormalLatency));
    assert!(channel.authorized());
    assert!(channel.insecure_ingest());
    assert_eq!(channel.multitrack_input_configuration(), Some(&multitrack));
    assert_eq!(channel.container_format(), Some(&ContainerFormat::FragmentedMp4));
    assert_eq!(channel.tags().unwrap()["team"], "video");
    // The key that is created with the channel does not get its tags.
    let key = made.stream_key().unwrap();
    assert!(key.tags().is_none_or(std::collections::HashMap::is_empty));
}

pub(crate) async fn advanced_channels_get_a_preset(sdk: &Sdk) {
    let create = |kind| sdk.ivs.create_channel().r#type(kind);
    let made = create(ChannelType::AdvancedHdChannelType).send().await.unwrap();
    assert_eq!(
        made.channel().unwrap().preset(),
        Some(&TranscodePreset::HigherBandwidthTranscodePreset)
    );
    let made = create(ChannelType::AdvancedSdChannelType)
        .preset(TranscodePreset::ConstrainedBandwidthTranscodePreset)
        .send()
        .await
        .unwrap();
    assert_eq!(
        made.channel().unwrap().preset(),
        Some(&TranscodePreset::ConstrainedBandwidthTranscodePreset)
    );
}

pub(crate) async fn an_update_changes_only_what_it_names(sdk: &Sdk) {
    let made = sdk.ivs.create_channel().name("before").authorized(true).send().await.unwrap();
    let arn = made.channel().unwrap().arn().unwrap();
    let updated = sdk.ivs.update_channel().arn(arn).name("after").send().await.unwrap();
    let channel = updated.channel().unwrap();
    assert_eq!(channel.arn(), Some(arn));
    assert_eq!(channel.name(), Some("after"));
    assert!(channel.authorized());
    assert_eq!(sdk.ivs.get_channel().arn(arn).send().await.unwrap().channel(), Some(channel));
}

pub(crate) async fn a_filter_finds_the_channels_of_that_name(sdk: &Sdk) {
    for name in ["alike", "alike", "other"] {
        sdk.ivs.create_channel().name(name).send().await.unwrap();
    }
    let all = sdk.ivs.list_channels().send().await.unwrap();
    assert_eq!(all.channels().len(), 3);
    let alike = sdk.ivs.list_channels().filter_by_name("alike").send().await.unwrap();
    assert_eq!(alike.channels().len(), 2);
    assert!(alike.channels().iter().all(|channel| channel.name() == Some("alike")));
}

pub(crate) async fn a_batch_parts_the_present_from_the_absent(sdk: &Sdk) {
    let present = make(sdk).await;
    let gone = absent("ivs", "channel");
    let batch = sdk.ivs.batch_get_channel().arns(&present).arns(&gone).send().await.unwrap();
    let [channel] = batch.channels() else {
        panic!("one channel is there: {batch:?}");
    };
    let [error] = batch.errors() else {
        panic!("one channel is not there: {batch:?}");
    };
    assert_eq!(channel.arn(), Some(present.as_str()));
    assert_eq!(error.arn(), Some(gone.as_str()));
    assert!(error.code().is_some_and(|code| !code.is_empty()));
}

pub(crate) async fn a_deleted_channel_is_gone_with_its_key(sdk: &Sdk) {
    let made = sdk.ivs.create_channel().send().await.unwrap();
    let arn = made.channel().unwrap().arn().unwrap();
    let key = made.stream_key().unwrap().arn().unwrap();
    sdk.ivs.delete_channel().arn(arn).send().await.unwrap();
    refused(Absent, sdk.ivs.get_channel().arn(arn).send().await);
    refused(Absent, sdk.ivs.delete_channel().arn(arn).send().await);
    refused(Absent, sdk.ivs.get_stream_key().arn(key).send().await);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let channel = absent("ivs", "channel");
    refused(Absent, ivs.get_channel().arn(&channel).send().await);
    refused(Absent, ivs.update_channel().arn(&channel).name("x").send().await);
    refused(Absent, ivs.delete_channel().arn(&channel).send().await);
    let policy = absent("ivs", "playback-restriction-policy");
    let create = ivs.create_channel().playback_restriction_policy_arn(policy);
    refused(Absent, create.send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    refused(Invalid, ivs.create_channel().name(MALFORMED).send().await);
    refused(Invalid, ivs.create_channel().name("n".repeat(129)).send().await);
    refused(Invalid, ivs.create_channel().r#type("PREMIUM".into()).send().await);
    refused(Invalid, ivs.get_channel().send().await);
    refused(Invalid, ivs.get_channel().arn(MALFORMED).send().await);
    refused(Invalid, ivs.update_channel().name("x").send().await);
    refused(Invalid, ivs.delete_channel().arn(MALFORMED).send().await);
    refused(Invalid, ivs.list_channels().max_results(0).send().await);
    refused(Invalid, ivs.list_channels().max_results(101).send().await);
    refused(Invalid, ivs.batch_get_channel().set_arns(Some(Vec::new())).send().await);
    let many = vec![absent("ivs", "channel"); 51];
    refused(Invalid, ivs.batch_get_channel().set_arns(Some(many)).send().await);
}

pub(crate) async fn two_filters_conflict(sdk: &Sdk) {
    let list = sdk
        .ivs
        .list_channels()
        .filter_by_name("a")
        .filter_by_recording_configuration_arn(absent("ivs", "recording-configuration"));
    refused(Conflict, list.send().await);
}

pub(crate) async fn a_live_channel_stays_as_it_is(sdk: &Sdk) {
    let arn = make(sdk).await;
    sdk.control.on_air(&arn).await;
    refused(Conflict, sdk.ivs.delete_channel().arn(&arn).send().await);
    refused(Conflict, sdk.ivs.update_channel().arn(&arn).name("x").send().await);
    sdk.control.off_air(&arn).await;
    sdk.ivs.delete_channel().arn(&arn).send().await.unwrap();
}
