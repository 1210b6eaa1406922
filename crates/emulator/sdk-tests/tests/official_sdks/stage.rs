//! Stages and participant tokens.

use std::time::{Duration, SystemTime};

use aws_sdk_ivsrealtime::types::{
    AutoParticipantRecordingConfiguration, ParticipantTokenCapability, ParticipantTokenConfiguration,
};

use crate::composition;
use crate::refusal::Refusal::{Absent, Conflict, Invalid};
use crate::refusal::realtime as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

/// Creates a stage and returns its ARN.
pub(crate) async fn make(sdk: &Sdk) -> String {
    let made = sdk.realtime.create_stage().send().await.expect("a stage");
    made.stage.expect("a stage").arn
}

pub(crate) async fn a_stage_is_made_changed_and_removed(sdk: &Sdk) {
    let made = sdk.realtime.create_stage().name("lounge").tags("team", "talk").send().await.unwrap();
    let stage = made.stage().unwrap();
    let arn = stage.arn();
    assert!(arn.starts_with("arn:aws:ivs:us-west-2:123456789012:stage/"), "{arn}");
    assert_eq!(stage.name(), Some("lounge"));
    assert_eq!(stage.tags().unwrap()["team"], "talk");
    let endpoints = stage.endpoints().unwrap();
    assert!(endpoints.events().is_some_and(|url| url.starts_with("wss://")));
    assert!(endpoints.whip().is_some_and(|url| url.starts_with("https://")));

    let updated = sdk.realtime.update_stage().arn(arn).name("bar").send().await.unwrap();
    assert_eq!(updated.stage().unwrap().name(), Some("bar"));
    assert_eq!(updated.stage().unwrap().tags().unwrap()["team"], "talk");
    let read = sdk.realtime.get_stage().arn(arn).send().await.unwrap();
    assert_eq!(read.stage(), updated.stage());
    let listed = sdk.realtime.list_stages().send().await.unwrap();
    assert_eq!(listed.stages().len(), 1);
    assert_eq!(listed.stages()[0].name(), Some("bar"));

    sdk.realtime.delete_stage().arn(arn).send().await.unwrap();
    refused(Absent, sdk.realtime.get_stage().arn(arn).send().await);
    refused(Absent, sdk.realtime.delete_stage().arn(arn).send().await);
}

pub(crate) async fn a_stage_comes_with_the_tokens_asked_for(sdk: &Sdk) {
    let token = |user: &str| ParticipantTokenConfiguration::builder().user_id(user).build();
    let made = sdk
        .realtime
        .create_stage()
        .participant_token_configurations(token("anna"))
        .participant_token_configurations(token("ben"))
        .send()
        .await
        .unwrap();
    let users: Vec<_> = made.participant_tokens().iter().map(|token| token.user_id()).collect();
    assert_eq!(users, [Some("anna"), Some("ben")]);
    assert!(made.participant_tokens().iter().all(|token| token.token().is_some()));
}

pub(crate) async fn a_token_lasts_as_long_as_was_asked(sdk: &Sdk) {
    let arn = make(sdk).await;
    let now = SystemTime::now();
    let made = sdk
        .realtime
        .create_participant_token()
        .stage_arn(&arn)
        .user_id("anna")
        .duration(30)
        .attributes("role", "host")
        .capabilities(ParticipantTokenCapability::Subscribe)
        .send()
        .await
        .unwrap();
    let token = made.participant_token().unwrap();
    assert_eq!(token.duration(), Some(30));
    assert_eq!(token.user_id(), Some("anna"));
    assert_eq!(token.attributes().unwrap()["role"], "host");
    assert_eq!(token.capabilities(), [ParticipantTokenCapability::Subscribe]);
    assert!(token.participant_id().is_some_and(|id| !id.is_empty()));
    // A token of the real service is a JWT, which has three parts.
    assert_eq!(token.token().map(|text| text.split('.').count()), Some(3));
    assert_ends_after(now, token.expiration_time().unwrap(), 30);

    let made = sdk.realtime.create_participant_token().stage_arn(&arn).send().await.unwrap();
    assert_ends_after(now, made.participant_token().unwrap().expiration_time().unwrap(), 720);
}

/// Asserts that a time is this many minutes after another, within one minute.
fn assert_ends_after(start: SystemTime, end: &aws_smithy_types::DateTime, minutes: u64) {
    let end = SystemTime::try_from(*end).unwrap();
    let life = end.duration_since(start).unwrap();
    let expected = Duration::from_secs(minutes * 60);
    assert!(life.abs_diff(expected) < Duration::from_secs(60), "{life:?}");
}

pub(crate) async fn a_recorded_stage_keeps_its_storage(sdk: &Sdk) {
    let storage = composition::make_storage(sdk).await;
    let recording = |arn: &str| {
        AutoParticipantRecordingConfiguration::builder().storage_configuration_arn(arn).build().unwrap()
    };
    let create = sdk.realtime.create_stage();
    let made = create.auto_participant_recording_configuration(recording(&storage)).send().await;
    let stage = made.unwrap().stage.unwrap();
    let shown = stage.auto_participant_recording_configuration().unwrap();
    assert_eq!(shown.storage_configuration_arn(), storage);
    let update = sdk.realtime.update_stage().arn(stage.arn());
    let updated = update.auto_participant_recording_configuration(recording("")).send().await.unwrap();
    let shown = updated.stage().unwrap().auto_participant_recording_configuration();
    assert!(shown.is_none_or(|shown| shown.storage_configuration_arn().is_empty()));
}

pub(crate) async fn a_stage_stays_as_it_is_while_it_records(sdk: &Sdk) {
    let storage = composition::make_storage(sdk).await;
    let recording =
        AutoParticipantRecordingConfiguration::builder().storage_configuration_arn(&storage).build().unwrap();
    let create = sdk.realtime.create_stage().auto_participant_recording_configuration(recording.clone());
    let arn = create.send().await.unwrap().stage.unwrap().arn;
    sdk.control.publish(&arn, "anna").await;
    let update = sdk.realtime.update_stage().arn(&arn);
    refused(Conflict, update.auto_participant_recording_configuration(recording).send().await);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let arn = absent("ivs", "stage");
    refused(Absent, realtime.get_stage().arn(&arn).send().await);
    refused(Absent, realtime.update_stage().arn(&arn).name("x").send().await);
    refused(Absent, realtime.delete_stage().arn(&arn).send().await);
    refused(Absent, realtime.create_participant_token().stage_arn(&arn).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    refused(Invalid, realtime.create_stage().name(MALFORMED).send().await);
    let thirteen = vec![ParticipantTokenConfiguration::builder().build(); 13];
    let create = realtime.create_stage().set_participant_token_configurations(Some(thirteen));
    refused(Invalid, create.send().await);
    refused(Invalid, realtime.get_stage().send().await);
    refused(Invalid, realtime.update_stage().arn(MALFORMED).send().await);
    refused(Invalid, realtime.delete_stage().send().await);
    refused(Invalid, realtime.list_stages().max_results(101).send().await);
    let token = |arn: &str| realtime.create_participant_token().stage_arn(arn);
    refused(Invalid, token(MALFORMED).send().await);
    let arn = make(sdk).await;
    refused(Invalid, token(&arn).duration(20_161).send().await);
    refused(Invalid, token(&arn).duration(0).send().await);
    refused(Invalid, token(&arn).attributes("k", "v".repeat(1024)).send().await);
}
