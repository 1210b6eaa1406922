//! Compositions, and the encoder and storage configurations they need.

use aws_sdk_ivsrealtime::types::{
    ChannelDestinationConfiguration, CompositionState, DestinationConfiguration, GridConfiguration,
    LayoutConfiguration, S3DestinationConfiguration, S3StorageConfiguration, Video,
};

use crate::channel;
use crate::refusal::Refusal::{Absent, Conflict, Invalid, Quota};
use crate::refusal::realtime as refused;
use crate::sdk::{MALFORMED, Sdk, absent};
use crate::stage;

fn bucket(name: &str) -> S3StorageConfiguration {
    S3StorageConfiguration::builder().bucket_name(name).build().unwrap()
}

/// Creates a storage configuration and returns its ARN.
pub(crate) async fn make_storage(sdk: &Sdk) -> String {
    let made = sdk.realtime.create_storage_configuration().s3(bucket("stage-recordings")).send().await;
    made.unwrap().storage_configuration.unwrap().arn
}

/// Creates an encoder configuration and returns its ARN.
async fn make_encoder(sdk: &Sdk) -> String {
    let made = sdk.realtime.create_encoder_configuration().send().await;
    made.unwrap().encoder_configuration.unwrap().arn
}

/// Returns a destination that broadcasts to a channel.
fn to_channel(channel: &str, encoder: &str) -> DestinationConfiguration {
    let channel = ChannelDestinationConfiguration::builder()
        .channel_arn(channel)
        .encoder_configuration_arn(encoder)
        .build()
        .unwrap();
    DestinationConfiguration::builder().name("air").channel(channel).build()
}

/// Returns a destination that records.
fn to_storage(storage: &str, encoder: &str) -> DestinationConfiguration {
    let s3 = S3DestinationConfiguration::builder()
        .storage_configuration_arn(storage)
        .encoder_configuration_arns(encoder)
        .build()
        .unwrap();
    DestinationConfiguration::builder().s3(s3).build()
}

pub(crate) async fn an_encoder_is_made_and_removed(sdk: &Sdk) {
    let video = Video::builder().width(640).height(360).framerate(25.0).bitrate(1_000_000).build();
    let create = sdk.realtime.create_encoder_configuration().name("small").video(video.clone());
    let made = create.tags("size", "small").send().await.unwrap();
    let encoder = made.encoder_configuration().unwrap();
    assert_eq!(encoder.video(), Some(&video));
    assert_eq!(encoder.tags().unwrap()["size"], "small");
    let read = sdk.realtime.get_encoder_configuration().arn(encoder.arn()).send().await.unwrap();
    assert_eq!(read.encoder_configuration(), Some(encoder));
    let listed = sdk.realtime.list_encoder_configurations().send().await.unwrap();
    assert_eq!(listed.encoder_configurations().len(), 1);

    let made = sdk.realtime.create_encoder_configuration().send().await.unwrap();
    let video = made.encoder_configuration().unwrap().video().unwrap();
    assert_eq!((video.width(), video.height()), (Some(1280), Some(720)));
    sdk.realtime.delete_encoder_configuration().arn(encoder.arn()).send().await.unwrap();
    refused(Absent, sdk.realtime.get_encoder_configuration().arn(encoder.arn()).send().await);
}

pub(crate) async fn a_storage_is_made_and_removed(sdk: &Sdk) {
    let create = sdk.realtime.create_storage_configuration().name("archive");
    let made = create.s3(bucket("stage-recordings")).send().await.unwrap();
    let storage = made.storage_configuration().unwrap();
    assert_eq!(storage.s3(), Some(&bucket("stage-recordings")));
    let read = sdk.realtime.get_storage_configuration().arn(storage.arn()).send().await.unwrap();
    assert_eq!(read.storage_configuration(), Some(storage));
    let listed = sdk.realtime.list_storage_configurations().send().await.unwrap();
    assert_eq!(listed.storage_configurations().len(), 1);
    sdk.realtime.delete_storage_configuration().arn(storage.arn()).send().await.unwrap();
    refused(Absent, sdk.realtime.get_storage_configuration().arn(storage.arn()).send().await);
}

pub(crate) async fn a_composition_runs_until_it_is_stopped(sdk: &Sdk) {
    let (stage, channel) = (stage::make(sdk).await, channel::make(sdk).await);
    let (encoder, storage) = (make_encoder(sdk).await, make_storage(sdk).await);
    let grid = GridConfiguration::builder().grid_gap(4).build();
    let started = sdk
        .realtime
        .start_composition()
        .stage_arn(&stage)
        .layout(LayoutConfiguration::builder().grid(grid).build())
        .destinations(to_channel(&channel, &encoder))
        .destinations(to_storage(&storage, &encoder))
        .send()
        .await
        .unwrap();
    let composition = started.composition().unwrap();
    assert_eq!(composition.stage_arn(), stage);
    assert_eq!(composition.destinations().len(), 2);
    assert_eq!(composition.layout().unwrap().grid().unwrap().grid_gap(), 4);
    let initial = [CompositionState::Starting, CompositionState::Active];
    assert!(initial.contains(composition.state()), "{composition:?}");

    let listed = sdk.realtime.list_compositions().filter_by_stage_arn(&stage).send().await.unwrap();
    assert_eq!(listed.compositions().len(), 1);
    let delete = sdk.realtime.delete_encoder_configuration().arn(&encoder);
    refused(Conflict, delete.send().await);
    let delete = sdk.realtime.delete_storage_configuration().arn(&storage);
    refused(Conflict, delete.send().await);

    sdk.realtime.stop_composition().arn(composition.arn()).send().await.unwrap();
    let read = sdk.realtime.get_composition().arn(composition.arn()).send().await.unwrap();
    let ended = [CompositionState::Stopping, CompositionState::Stopped];
    assert!(ended.contains(read.composition().unwrap().state()), "{read:?}");
}

pub(crate) async fn an_idempotency_token_starts_one_composition(sdk: &Sdk) {
    let (stage, encoder) = (stage::make(sdk).await, make_encoder(sdk).await);
    let storage = make_storage(sdk).await;
    let start = |token: &str| {
        sdk.realtime
            .start_composition()
            .stage_arn(&stage)
            .idempotency_token(token)
            .destinations(to_storage(&storage, &encoder))
            .send()
    };
    let first = start("once").await.unwrap();
    let again = start("once").await.unwrap();
    let other = start("twice").await.unwrap();
    let arn = |started: &aws_sdk_ivsrealtime::operation::start_composition::StartCompositionOutput| {
        started.composition().unwrap().arn().to_owned()
    };
    assert_eq!(arn(&first), arn(&again));
    assert_ne!(arn(&first), arn(&other));
}

pub(crate) async fn a_live_channel_takes_no_composition(sdk: &Sdk) {
    let (stage, channel) = (stage::make(sdk).await, channel::make(sdk).await);
    let encoder = make_encoder(sdk).await;
    sdk.control.on_air(&channel).await;
    let start = sdk.realtime.start_composition().stage_arn(stage);
    refused(Conflict, start.destinations(to_channel(&channel, &encoder)).send().await);
}

pub(crate) async fn an_account_can_have_twenty_encoder_configurations(sdk: &Sdk) {
    for _ in 0..20 {
        make_encoder(sdk).await;
    }
    refused(Quota, sdk.realtime.create_encoder_configuration().send().await);
}

pub(crate) async fn an_account_runs_five_compositions(sdk: &Sdk) {
    let (encoder, storage) = (make_encoder(sdk).await, make_storage(sdk).await);
    let stage = stage::make(sdk).await;
    let start = || {
        let start = sdk.realtime.start_composition().stage_arn(&stage);
        start.destinations(to_storage(&storage, &encoder)).send()
    };
    for _ in 0..5 {
        start().await.unwrap();
    }
    refused(Quota, start().await);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let encoder = absent("ivs", "encoder-configuration");
    refused(Absent, realtime.get_encoder_configuration().arn(&encoder).send().await);
    refused(Absent, realtime.delete_encoder_configuration().arn(&encoder).send().await);
    let storage = absent("ivs", "storage-configuration");
    refused(Absent, realtime.get_storage_configuration().arn(&storage).send().await);
    refused(Absent, realtime.delete_storage_configuration().arn(&storage).send().await);
    let composition = absent("ivs", "composition");
    refused(Absent, realtime.get_composition().arn(&composition).send().await);
    refused(Absent, realtime.stop_composition().arn(&composition).send().await);
    let start = realtime.start_composition().stage_arn(absent("ivs", "stage"));
    refused(Absent, start.destinations(to_storage(&storage, &encoder)).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let odd = Video::builder().width(641).height(360).build();
    refused(Invalid, realtime.create_encoder_configuration().video(odd).send().await);
    refused(Invalid, realtime.get_encoder_configuration().send().await);
    refused(Invalid, realtime.delete_encoder_configuration().arn(MALFORMED).send().await);
    refused(Invalid, realtime.list_encoder_configurations().max_results(0).send().await);
    refused(Invalid, realtime.create_storage_configuration().s3(bucket("No")).send().await);
    refused(Invalid, realtime.get_storage_configuration().send().await);
    refused(Invalid, realtime.delete_storage_configuration().send().await);
    refused(Invalid, realtime.list_storage_configurations().max_results(101).send().await);
    let start = realtime.start_composition().stage_arn(stage::make(sdk).await);
    refused(Invalid, start.clone().set_destinations(Some(Vec::new())).send().await);
    let empty = DestinationConfiguration::builder().build();
    refused(Invalid, start.set_destinations(Some(vec![empty])).send().await);
    refused(Invalid, realtime.get_composition().arn(MALFORMED).send().await);
    refused(Invalid, realtime.stop_composition().send().await);
    refused(Invalid, realtime.list_compositions().filter_by_stage_arn(MALFORMED).send().await);
}
