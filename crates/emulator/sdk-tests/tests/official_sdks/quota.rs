//! Quotas whose real values are unknown, set to one with a control action.

use aws_sdk_ivs::types::{
    DestinationConfiguration, MediaTailorPlaybackConfiguration, S3DestinationConfiguration,
};
use aws_sdk_ivsrealtime::types::{IngestProtocol, S3StorageConfiguration};

use crate::refusal::Refusal::Quota;
use crate::sdk::{ACCOUNT, REGION, Sdk};
use crate::{keys, refusal};

/// Asserts that a call succeeds while there is no such resource, and is refused when there is one.
macro_rules! assert_one {
    ($sdk:ident, $kind:literal, $refused:path, $call:expr) => {
        $sdk.control.allow($kind, 1).await;
        $call.send().await.unwrap();
        $refused(Quota, $call.send().await);
    };
}

pub(crate) async fn resources_of_ivs_are_counted(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let arn = format!("arn:aws:mediatailor:{REGION}:{ACCOUNT}:playbackConfiguration/main");
    let playback = MediaTailorPlaybackConfiguration::builder().playback_configuration_arn(arn).build();
    let s3 = S3DestinationConfiguration::builder().bucket_name("recordings").build().unwrap();
    let bucket = DestinationConfiguration::builder().s3(s3).build();
    assert_one!(sdk, "channel", refusal::ivs, ivs.create_channel());
    assert_one!(
        sdk,
        "ad-configuration",
        refusal::ivs,
        ivs.create_ad_configuration().media_tailor_playback_configurations(playback.clone())
    );
    assert_one!(
        sdk,
        "failover-slate-configuration",
        refusal::ivs,
        ivs.create_failover_slate_configuration()
    );
    assert_one!(
        sdk,
        "playback-restriction-policy",
        refusal::ivs,
        ivs.create_playback_restriction_policy()
    );
    assert_one!(
        sdk,
        "recording-configuration",
        refusal::ivs,
        ivs.create_recording_configuration().destination_configuration(bucket.clone())
    );
}

pub(crate) async fn resources_of_realtime_are_counted(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let s3 = S3StorageConfiguration::builder().bucket_name("recordings").build().unwrap();
    assert_one!(sdk, "stage", refusal::realtime, realtime.create_stage());
    assert_one!(
        sdk,
        "ingest-configuration",
        refusal::realtime,
        realtime.create_ingest_configuration().ingest_protocol(IngestProtocol::Rtmps)
    );
    assert_one!(
        sdk,
        "storage-configuration",
        refusal::realtime,
        realtime.create_storage_configuration().s3(s3.clone())
    );
    sdk.control.allow("public-key", 1).await;
    let import = |material| realtime.import_public_key().public_key_material(material).send();
    import(keys::P384[0]).await.unwrap();
    refusal::realtime(Quota, import(keys::P384[1]).await);
}

pub(crate) async fn rooms_are_counted(sdk: &Sdk) {
    assert_one!(sdk, "room", refusal::chat, sdk.chat.create_room());
}
