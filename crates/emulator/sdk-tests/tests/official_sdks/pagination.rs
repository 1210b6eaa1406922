//! The paginators of the SDKs list every item once with any page size.

use std::collections::BTreeSet;
use std::fmt::Debug;

use aws_sdk_ivs::types::{DestinationConfiguration, S3DestinationConfiguration};
use aws_sdk_ivsrealtime::types::IngestProtocol;

use crate::refusal::Refusal::Invalid;
use crate::sdk::Sdk;
use crate::{channel, keys, refusal, room, stage};

/// Collects the ARNs of a paginator's items and counts the pages.
macro_rules! arns {
    ($paginator:expr, $items:ident, $arn:expr) => {{
        let mut pages = $paginator.send();
        let mut arns = Vec::new();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += 1;
            arns.extend(page.unwrap().$items.into_iter().map($arn));
        }
        (arns, count)
    }};
}

/// Asserts that a walk listed each of these items once, on at least that many pages.
#[track_caller]
fn assert_walk<T: Ord + Clone + Debug>((walked, pages): (Vec<T>, usize), made: &[T], least_pages: usize) {
    let unique: BTreeSet<_> = walked.iter().cloned().collect();
    assert_eq!(unique.len(), walked.len(), "an item came twice: {walked:?}");
    assert_eq!(unique, made.iter().cloned().collect());
    assert!(pages >= least_pages, "{pages} pages");
}

pub(crate) async fn channels_come_page_by_page(sdk: &Sdk) {
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(Some(channel::make(sdk).await));
    }
    for size in [1, 2, 7, 100] {
        let pages = sdk.ivs.list_channels().max_results(size).into_paginator();
        let walk = arns!(pages, channels, |channel| channel.arn);
        assert_walk(walk, &made, 7_usize.div_ceil(usize::try_from(size).unwrap()));
    }
    let pages = sdk.ivs.list_channels().into_paginator().page_size(3);
    assert_walk(arns!(pages, channels, |channel| channel.arn), &made, 3);
}

pub(crate) async fn policies_come_one_a_page_unless_more_are_asked_for(sdk: &Sdk) {
    let mut made = Vec::new();
    for _ in 0..3 {
        let create = sdk.ivs.create_playback_restriction_policy().send().await.unwrap();
        made.push(create.playback_restriction_policy.unwrap().arn);
    }
    let first = sdk.ivs.list_playback_restriction_policies().send().await.unwrap();
    assert_eq!(first.playback_restriction_policies().len(), 1);
    assert!(first.next_token().is_some());
    let pages = sdk.ivs.list_playback_restriction_policies().into_paginator();
    assert_walk(arns!(pages, playback_restriction_policies, |policy| policy.arn), &made, 3);
}

pub(crate) async fn what_channels_need_comes_page_by_page(sdk: &Sdk) {
    let (mut pairs, mut recordings) = (Vec::new(), Vec::new());
    let s3 = S3DestinationConfiguration::builder().bucket_name("recordings").build().unwrap();
    let bucket = DestinationConfiguration::builder().s3(s3).build();
    for material in &keys::P384[..3] {
        let import = sdk.ivs.import_playback_key_pair().public_key_material(*material);
        pairs.push(import.send().await.unwrap().key_pair.unwrap().arn);
        let create = sdk.ivs.create_recording_configuration();
        let made = create.destination_configuration(bucket.clone()).send().await.unwrap();
        recordings.push(made.recording_configuration.unwrap().arn);
    }
    let pages = sdk.ivs.list_playback_key_pairs().max_results(2).into_paginator();
    assert_walk(arns!(pages, key_pairs, |pair| pair.arn), &pairs, 2);
    let pages = sdk.ivs.list_recording_configurations().max_results(1).into_paginator();
    assert_walk(arns!(pages, recording_configurations, |made| made.arn), &recordings, 3);
}

pub(crate) async fn sessions_come_page_by_page(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    for _ in 0..3 {
        sdk.control.on_air(&arn).await;
        sdk.control.off_air(&arn).await;
    }
    let pages = sdk.ivs.list_stream_sessions().channel_arn(&arn).max_results(1).into_paginator();
    let (ids, _) = arns!(pages, stream_sessions, |session| session.stream_id);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3, "{ids:?}");
}

pub(crate) async fn stages_and_ingests_come_page_by_page(sdk: &Sdk) {
    let (mut stages, mut ingests) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        stages.push(stage::make(sdk).await);
        let create = sdk.realtime.create_ingest_configuration().ingest_protocol(IngestProtocol::Rtmps);
        ingests.push(create.send().await.unwrap().ingest_configuration.unwrap().arn);
    }
    let pages = sdk.realtime.list_stages().max_results(2).into_paginator();
    assert_walk(arns!(pages, stages, |stage| stage.arn), &stages, 3);
    let pages = sdk.realtime.list_ingest_configurations().max_results(2).into_paginator();
    assert_walk(arns!(pages, ingest_configurations, |ingest| ingest.arn), &ingests, 3);
}

pub(crate) async fn participants_come_page_by_page(sdk: &Sdk) {
    let arn = stage::make(sdk).await;
    let mut made = Vec::new();
    for user in ["anna", "ben", "cleo"] {
        made.push(Some(sdk.control.join(&arn, user).await));
    }
    let sessions = sdk.realtime.list_stage_sessions().stage_arn(&arn).send().await.unwrap();
    let session = sessions.stage_sessions()[0].session_id().unwrap();
    let list = sdk.realtime.list_participants().stage_arn(&arn).session_id(session);
    let pages = list.max_results(1).into_paginator();
    assert_walk(arns!(pages, participants, |participant| participant.participant_id), &made, 3);
}

pub(crate) async fn rooms_come_page_by_page(sdk: &Sdk) {
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(Some(room::make(sdk).await));
    }
    let pages = sdk.chat.list_rooms().max_results(2).into_paginator();
    assert_walk(arns!(pages, rooms, |room| room.arn), &made, 3);
}

pub(crate) async fn an_empty_token_asks_for_the_first_page(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    let listed = sdk.ivs.list_channels().next_token("").send().await.unwrap();
    assert_eq!(listed.channels()[0].arn(), Some(arn.as_str()));
}

pub(crate) async fn a_token_of_ones_own_making_is_invalid(sdk: &Sdk) {
    let token = "bm90IGEgdG9rZW4=";
    refusal::ivs(Invalid, sdk.ivs.list_channels().next_token(token).send().await);
    refusal::realtime(Invalid, sdk.realtime.list_stages().next_token(token).send().await);
    refusal::chat(Invalid, sdk.chat.list_rooms().next_token(token).send().await);
}
