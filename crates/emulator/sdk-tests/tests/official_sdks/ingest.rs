//! Ingest configurations, through which RTMP encoders publish to stages.

use aws_sdk_ivsrealtime::types::{IngestConfigurationState, IngestProtocol};

use crate::refusal::Refusal::{Absent, Conflict, Invalid};
use crate::refusal::realtime as refused;
use crate::sdk::{MALFORMED, Sdk, absent};
use crate::stage;

pub(crate) async fn an_ingest_is_made_changed_and_removed(sdk: &Sdk) {
    let made = sdk
        .realtime
        .create_ingest_configuration()
        .name("studio")
        .ingest_protocol(IngestProtocol::Rtmps)
        .user_id("anna")
        .attributes("seat", "1")
        .tags("room", "a")
        .send()
        .await
        .unwrap();
    let ingest = made.ingest_configuration().unwrap();
    assert_eq!(ingest.ingest_protocol(), &IngestProtocol::Rtmps);
    assert_eq!(ingest.state(), &IngestConfigurationState::Inactive);
    assert_eq!(ingest.stage_arn(), "");
    assert_eq!(ingest.user_id(), Some("anna"));
    assert!(ingest.stream_key().starts_with("rt_123456789012_us-west-2_"));
    assert!(!ingest.participant_id().is_empty());

    let stage = stage::make(sdk).await;
    let update = sdk.realtime.update_ingest_configuration().arn(ingest.arn());
    let updated = update.stage_arn(&stage).send().await.unwrap();
    let updated = updated.ingest_configuration().unwrap();
    assert_eq!(updated.stage_arn(), stage);
    assert_eq!(updated.stream_key(), ingest.stream_key());
    let read = sdk.realtime.get_ingest_configuration().arn(ingest.arn()).send().await.unwrap();
    assert_eq!(read.ingest_configuration(), Some(updated));

    let listed = sdk.realtime.list_ingest_configurations().filter_by_stage_arn(&stage);
    assert_eq!(listed.send().await.unwrap().ingest_configurations().len(), 1);
    let both = sdk.realtime.list_ingest_configurations().filter_by_stage_arn(&stage);
    refused(Invalid, both.filter_by_state(IngestConfigurationState::Active).send().await);

    sdk.realtime.delete_ingest_configuration().arn(ingest.arn()).send().await.unwrap();
    refused(Absent, sdk.realtime.get_ingest_configuration().arn(ingest.arn()).send().await);
}

pub(crate) async fn plain_rtmp_must_be_wanted(sdk: &Sdk) {
    let create = sdk.realtime.create_ingest_configuration().ingest_protocol(IngestProtocol::Rtmp);
    refused(Invalid, create.clone().send().await);
    create.insecure_ingest(true).send().await.unwrap();
}

pub(crate) async fn a_publishing_ingest_is_removed_by_force_only(sdk: &Sdk) {
    let stage = stage::make(sdk).await;
    let create = sdk.realtime.create_ingest_configuration().ingest_protocol(IngestProtocol::Rtmps);
    let made = create.stage_arn(&stage).send().await.unwrap();
    let arn = made.ingest_configuration().unwrap().arn();
    sdk.control.ingest(arn).await;
    let read = sdk.realtime.get_ingest_configuration().arn(arn).send().await.unwrap();
    assert_eq!(read.ingest_configuration().unwrap().state(), &IngestConfigurationState::Active);
    let update = sdk.realtime.update_ingest_configuration().arn(arn);
    refused(Conflict, update.stage_arn("").send().await);
    let delete = || sdk.realtime.delete_ingest_configuration().arn(arn);
    refused(Conflict, delete().send().await);
    delete().force(true).send().await.unwrap();
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let arn = absent("ivs", "ingest-configuration");
    let realtime = &sdk.realtime;
    refused(Absent, realtime.get_ingest_configuration().arn(&arn).send().await);
    refused(Absent, realtime.update_ingest_configuration().arn(&arn).stage_arn("").send().await);
    refused(Absent, realtime.delete_ingest_configuration().arn(&arn).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    refused(Invalid, realtime.create_ingest_configuration().send().await);
    refused(Invalid, realtime.get_ingest_configuration().arn(MALFORMED).send().await);
    refused(Invalid, realtime.update_ingest_configuration().send().await);
    refused(Invalid, realtime.delete_ingest_configuration().send().await);
    refused(Invalid, realtime.list_ingest_configurations().max_results(0).send().await);
}
