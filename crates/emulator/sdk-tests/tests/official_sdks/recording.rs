//! Recording configurations and failover slates: transitional states, and conflicts of attached resources.

use aws_sdk_ivs::types::{
    DestinationConfiguration, FailoverSlateConfigurationState, RecordingConfigurationState,
    RecordingMode, RenditionConfiguration, RenditionConfigurationRendition,
    RenditionConfigurationRenditionSelection, S3DestinationConfiguration, ThumbnailConfiguration,
};

use crate::refusal::Refusal::{Absent, Conflict, Invalid};
use crate::refusal::ivs as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

/// Longer than any transitional state, in seconds of the emulator's clock.
const SETTLED: u32 = 120;

fn bucket(name: &str) -> DestinationConfiguration {
    let s3 = S3DestinationConfiguration::builder().bucket_name(name).build().unwrap();
    DestinationConfiguration::builder().s3(s3).build()
}

/// Creates a recording configuration, waits until it is ACTIVE, and returns its ARN.
async fn make(sdk: &Sdk) -> String {
    let create = sdk.ivs.create_recording_configuration();
    let made = create.destination_configuration(bucket("recordings")).send().await.unwrap();
    sdk.control.advance(SETTLED).await;
    made.recording_configuration().unwrap().arn().to_owned()
}

/// Creates a failover slate, waits until it is CREATED, and returns its ARN.
async fn make_slate(sdk: &Sdk) -> String {
    let made = sdk.ivs.create_failover_slate_configuration().send().await.unwrap();
    sdk.control.advance(SETTLED).await;
    made.failover_slate_configuration().unwrap().arn().to_owned()
}

pub(crate) async fn a_recording_configuration_becomes_active(sdk: &Sdk) {
    let thumbnails = ThumbnailConfiguration::builder()
        .recording_mode(RecordingMode::Interval)
        .target_interval_seconds(30)
        .build();
    let renditions = RenditionConfiguration::builder()
        .rendition_selection(RenditionConfigurationRenditionSelection::Custom)
        .renditions(RenditionConfigurationRendition::Hd)
        .build();
    let made = sdk
        .ivs
        .create_recording_configuration()
        .name("archive")
        .destination_configuration(bucket("recordings"))
        .thumbnail_configuration(thumbnails)
        .rendition_configuration(renditions.clone())
        .recording_reconnect_window_seconds(300)
        .send()
        .await
        .unwrap();
    let made = made.recording_configuration().unwrap();
    let initial = [RecordingConfigurationState::Creating, RecordingConfigurationState::Active];
    assert!(initial.contains(made.state()), "{made:?}");
    sdk.control.advance(SETTLED).await;

    let read = sdk.ivs.get_recording_configuration().arn(made.arn()).send().await.unwrap();
    let read = read.recording_configuration().unwrap();
    assert_eq!(read.state(), &RecordingConfigurationState::Active);
    assert_eq!(read.name(), Some("archive"));
    assert_eq!(read.destination_configuration(), Some(&bucket("recordings")));
    assert_eq!(read.recording_reconnect_window_seconds(), 300);
    assert_eq!(read.rendition_configuration(), Some(&renditions));
    let thumbnails = read.thumbnail_configuration().unwrap();
    assert_eq!(thumbnails.target_interval_seconds(), Some(30));

    let listed = sdk.ivs.list_recording_configurations().send().await.unwrap();
    assert_eq!(listed.recording_configurations().len(), 1);
    sdk.ivs.delete_recording_configuration().arn(read.arn()).send().await.unwrap();
    let gone = sdk.ivs.get_recording_configuration().arn(read.arn());
    refused(Absent, gone.send().await);
}

pub(crate) async fn an_attached_configuration_stays_until_it_is_detached(sdk: &Sdk) {
    let arn = make(sdk).await;
    let create = sdk.ivs.create_channel().recording_configuration_arn(&arn);
    let channel = create.send().await.unwrap().channel.unwrap();
    assert_eq!(channel.recording_configuration_arn(), Some(arn.as_str()));
    let delete = || sdk.ivs.delete_recording_configuration().arn(&arn).send();
    refused(Conflict, delete().await);
    let update = sdk.ivs.update_channel().arn(channel.arn().unwrap());
    let updated = update.recording_configuration_arn("").send().await.unwrap();
    assert_eq!(updated.channel().unwrap().recording_configuration_arn(), Some(""));
    delete().await.unwrap();
}

pub(crate) async fn a_slate_is_made_changed_and_removed(sdk: &Sdk) {
    let made = sdk
        .ivs
        .create_failover_slate_configuration()
        .name("be-right-back")
        .activation_threshold_seconds(4)
        .send()
        .await
        .unwrap();
    let made = made.failover_slate_configuration().unwrap();
    assert_eq!(made.activation_threshold_seconds(), Some(4));
    assert_eq!(made.min_slate_display_seconds(), Some(3));
    assert_eq!(made.max_slate_display_seconds(), Some(60));
    sdk.control.advance(SETTLED).await;

    let update = sdk.ivs.update_failover_slate_configuration().arn(made.arn());
    update.max_slate_display_seconds(180).send().await.unwrap();
    sdk.control.advance(SETTLED).await;
    let read = sdk.ivs.get_failover_slate_configuration().arn(made.arn()).send().await.unwrap();
    let read = read.failover_slate_configuration().unwrap();
    assert_eq!(read.state(), &FailoverSlateConfigurationState::Created);
    assert_eq!(read.max_slate_display_seconds(), Some(180));
    assert_eq!(read.activation_threshold_seconds(), Some(4));
    let listed = sdk.ivs.list_failover_slate_configurations().send().await.unwrap();
    assert_eq!(listed.failover_slate_configurations().len(), 1);

    sdk.ivs.delete_failover_slate_configuration().arn(made.arn()).send().await.unwrap();
    let gone = sdk.ivs.get_failover_slate_configuration().arn(made.arn());
    refused(Absent, gone.send().await);
}

pub(crate) async fn an_attached_slate_stays(sdk: &Sdk) {
    let arn = make_slate(sdk).await;
    let create = sdk.ivs.create_channel().failover_slate_configuration_arn(&arn);
    create.send().await.unwrap();
    refused(Conflict, sdk.ivs.delete_failover_slate_configuration().arn(&arn).send().await);
}

pub(crate) async fn a_slate_in_transition_is_left_alone(sdk: &Sdk) {
    let made = sdk.ivs.create_failover_slate_configuration().send().await.unwrap();
    let arn = made.failover_slate_configuration().unwrap().arn();
    let update = sdk.ivs.update_failover_slate_configuration().arn(arn);
    refused(Conflict, update.name("x").send().await);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let recording = absent("ivs", "recording-configuration");
    refused(Absent, ivs.get_recording_configuration().arn(&recording).send().await);
    refused(Absent, ivs.delete_recording_configuration().arn(&recording).send().await);
    let slate = absent("ivs", "failover-slate-configuration");
    refused(Absent, ivs.get_failover_slate_configuration().arn(&slate).send().await);
    refused(Absent, ivs.delete_failover_slate_configuration().arn(&slate).send().await);
    refused(Absent, ivs.update_failover_slate_configuration().arn(&slate).name("x").send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let create = ivs.create_recording_configuration();
    refused(Invalid, create.clone().send().await);
    refused(Invalid, create.destination_configuration(bucket("UPPER_CASE")).send().await);
    refused(Invalid, ivs.get_recording_configuration().arn(MALFORMED).send().await);
    refused(Invalid, ivs.delete_recording_configuration().send().await);
    refused(Invalid, ivs.list_recording_configurations().max_results(0).send().await);
    let create = ivs.create_failover_slate_configuration();
    refused(Invalid, create.activation_threshold_seconds(6).send().await);
    refused(Invalid, ivs.get_failover_slate_configuration().arn(MALFORMED).send().await);
    refused(Invalid, ivs.update_failover_slate_configuration().send().await);
    refused(Invalid, ivs.delete_failover_slate_configuration().send().await);
    refused(Invalid, ivs.list_failover_slate_configurations().max_results(101).send().await);
}
