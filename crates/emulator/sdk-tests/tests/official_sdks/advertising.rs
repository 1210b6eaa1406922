//! Ad configurations, and ad breaks in live streams.

use aws_sdk_ivs::types::{MediaTailorPlaybackConfiguration, PostRollConfiguration};

use crate::channel;
use crate::refusal::Refusal::{Absent, Conflict, Invalid, NotBroadcasting};
use crate::refusal::ivs as refused;
use crate::sdk::{ACCOUNT, MALFORMED, REGION, Sdk, absent};

fn media_tailor(name: &str) -> MediaTailorPlaybackConfiguration {
    let arn = format!("arn:aws:mediatailor:{REGION}:{ACCOUNT}:playbackConfiguration/{name}");
    MediaTailorPlaybackConfiguration::builder().playback_configuration_arn(arn).build()
}

/// Creates an ad configuration and returns its ARN.
async fn make(sdk: &Sdk) -> String {
    let create = sdk.ivs.create_ad_configuration();
    let made = create.media_tailor_playback_configurations(media_tailor("main")).send().await;
    made.unwrap().ad_configuration.unwrap().arn
}

pub(crate) async fn an_ad_configuration_is_made_changed_and_removed(sdk: &Sdk) {
    let post_roll = PostRollConfiguration::builder().duration_seconds(20).enabled(true).build().unwrap();
    let made = sdk
        .ivs
        .create_ad_configuration()
        .name("ads")
        .media_tailor_playback_configurations(media_tailor("main"))
        .media_tailor_playback_configurations(media_tailor("spare"))
        .post_roll_configuration(post_roll.clone())
        .tags("paid", "by-view")
        .send()
        .await
        .unwrap();
    let made = made.ad_configuration().unwrap();
    let playback = [media_tailor("main"), media_tailor("spare")];
    assert_eq!(made.name(), Some("ads"));
    assert_eq!(made.media_tailor_playback_configurations(), playback);
    assert_eq!(made.post_roll_configuration(), Some(&post_roll));
    assert_eq!(made.tags().unwrap()["paid"], "by-view");

    let update = sdk.ivs.update_ad_configuration().arn(made.arn()).name("more-ads");
    let updated = update.send().await.unwrap();
    let updated = updated.ad_configuration().unwrap();
    assert_eq!(updated.name(), Some("more-ads"));
    assert_eq!(updated.media_tailor_playback_configurations(), playback);
    let read = sdk.ivs.get_ad_configuration().arn(made.arn()).send().await.unwrap();
    assert_eq!(read.ad_configuration(), Some(updated));
    let listed = sdk.ivs.list_ad_configurations().send().await.unwrap();
    assert_eq!(listed.ad_configurations().len(), 1);

    sdk.ivs.delete_ad_configuration().arn(made.arn()).send().await.unwrap();
    refused(Absent, sdk.ivs.get_ad_configuration().arn(made.arn()).send().await);
}

pub(crate) async fn an_attached_ad_configuration_stays(sdk: &Sdk) {
    let arn = make(sdk).await;
    let create = sdk.ivs.create_channel().ad_configuration_arn(&arn);
    let channel = create.send().await.unwrap().channel.unwrap();
    assert_eq!(channel.ad_configuration_arn(), Some(arn.as_str()));
    refused(Conflict, sdk.ivs.delete_ad_configuration().arn(&arn).send().await);
}

pub(crate) async fn an_ad_break_goes_into_a_live_stream(sdk: &Sdk) {
    let arn = make(sdk).await;
    let create = sdk.ivs.create_channel().ad_configuration_arn(&arn);
    let channel = create.send().await.unwrap().channel.unwrap();
    let channel = channel.arn().unwrap();
    let insert = || sdk.ivs.insert_ad_break().channel_arn(channel).duration_seconds(30);
    refused(NotBroadcasting, insert().send().await);
    sdk.control.on_air(channel).await;
    let inserted = insert().ad_break_id("Break1234567").send().await.unwrap();
    assert_eq!(inserted.ad_break_id(), Some("Break1234567"));
    let inserted = insert().send().await.unwrap();
    assert_eq!(inserted.ad_break_id().map(str::len), Some(12));
}

pub(crate) async fn a_channel_without_ad_configuration_takes_no_break(sdk: &Sdk) {
    let channel = channel::make(sdk).await;
    sdk.control.on_air(&channel).await;
    let insert = sdk.ivs.insert_ad_break().channel_arn(&channel);
    refused(Conflict, insert.duration_seconds(30).send().await);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let arn = absent("ivs", "ad-configuration");
    refused(Absent, ivs.get_ad_configuration().arn(&arn).send().await);
    refused(Absent, ivs.update_ad_configuration().arn(&arn).name("x").send().await);
    refused(Absent, ivs.delete_ad_configuration().arn(&arn).send().await);
    let insert = ivs.insert_ad_break().channel_arn(absent("ivs", "channel"));
    refused(Absent, insert.duration_seconds(30).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let create = ivs.create_ad_configuration();
    let none = create.clone().set_media_tailor_playback_configurations(Some(Vec::new()));
    refused(Invalid, none.send().await);
    let four = create.set_media_tailor_playback_configurations(Some(vec![media_tailor("m"); 4]));
    refused(Invalid, four.send().await);
    refused(Invalid, ivs.get_ad_configuration().arn(MALFORMED).send().await);
    refused(Invalid, ivs.update_ad_configuration().send().await);
    refused(Invalid, ivs.delete_ad_configuration().send().await);
    refused(Invalid, ivs.list_ad_configurations().max_results(0).send().await);
    let insert = ivs.insert_ad_break().channel_arn(absent("ivs", "channel"));
    refused(Invalid, insert.duration_seconds(301).send().await);
}
