//! Access to playback: key pairs, restriction policies, revoked viewer sessions.

use aws_sdk_ivs::types::BatchStartViewerSessionRevocationViewerSession as ViewerSession;

use crate::channel;
use crate::keys;
use crate::refusal::Refusal::{Absent, Conflict, Invalid, Quota};
use crate::refusal::ivs as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

pub(crate) async fn an_imported_key_is_known_by_its_fingerprint(sdk: &Sdk) {
    let imported = sdk
        .ivs
        .import_playback_key_pair()
        .name("viewer-key")
        .public_key_material(keys::P384[0])
        .tags("use", "tests")
        .send()
        .await
        .unwrap();
    let pair = imported.key_pair().unwrap();
    let arn = pair.arn().unwrap();
    assert!(arn.contains(":playback-key/"), "{arn}");
    assert_eq!(pair.name(), Some("viewer-key"));
    assert_eq!(pair.fingerprint(), Some(keys::FIRST_FINGERPRINT));
    assert_eq!(pair.tags().unwrap()["use"], "tests");

    let read = sdk.ivs.get_playback_key_pair().arn(arn).send().await.unwrap();
    assert_eq!(read.key_pair(), Some(pair));
    let listed = sdk.ivs.list_playback_key_pairs().send().await.unwrap();
    assert_eq!(listed.key_pairs().len(), 1);
    assert_eq!(listed.key_pairs()[0].arn(), Some(arn));

    sdk.ivs.delete_playback_key_pair().arn(arn).send().await.unwrap();
    refused(Absent, sdk.ivs.get_playback_key_pair().arn(arn).send().await);
    refused(Absent, sdk.ivs.delete_playback_key_pair().arn(arn).send().await);
}

pub(crate) async fn a_key_comes_once_and_at_most_three_stay(sdk: &Sdk) {
    let import = |material: &str| {
        sdk.ivs.import_playback_key_pair().public_key_material(material).send()
    };
    import(keys::P384[0]).await.unwrap();
    refused(Conflict, import(keys::P384[0]).await);
    import(keys::P384[1]).await.unwrap();
    import(keys::P384[2]).await.unwrap();
    refused(Quota, import(keys::P384[3]).await);
}

pub(crate) async fn a_policy_is_made_changed_and_removed(sdk: &Sdk) {
    let made = sdk
        .ivs
        .create_playback_restriction_policy()
        .name("europe")
        .allowed_countries("DE")
        .allowed_countries("FR")
        .allowed_origins("https://example.com")
        .send()
        .await
        .unwrap();
    let policy = made.playback_restriction_policy().unwrap();
    assert_eq!(policy.allowed_countries(), ["DE", "FR"]);
    assert_eq!(policy.allowed_origins(), ["https://example.com"]);
    assert_eq!(policy.enable_strict_origin_enforcement(), Some(false));

    let updated = sdk
        .ivs
        .update_playback_restriction_policy()
        .arn(policy.arn())
        .enable_strict_origin_enforcement(true)
        .send()
        .await
        .unwrap();
    let changed = updated.playback_restriction_policy().unwrap();
    assert_eq!(changed.enable_strict_origin_enforcement(), Some(true));
    assert_eq!(changed.allowed_countries(), ["DE", "FR"]);

    let read = sdk.ivs.get_playback_restriction_policy().arn(policy.arn()).send().await.unwrap();
    assert_eq!(read.playback_restriction_policy(), Some(changed));
    let listed = sdk.ivs.list_playback_restriction_policies().send().await.unwrap();
    assert_eq!(listed.playback_restriction_policies().len(), 1);

    sdk.ivs.delete_playback_restriction_policy().arn(policy.arn()).send().await.unwrap();
    let gone = sdk.ivs.get_playback_restriction_policy().arn(policy.arn());
    refused(Absent, gone.send().await);
}

pub(crate) async fn an_attached_policy_stays_until_it_is_detached(sdk: &Sdk) {
    let made = sdk.ivs.create_playback_restriction_policy().send().await.unwrap();
    let policy = made.playback_restriction_policy().unwrap().arn().to_owned();
    let made = sdk
        .ivs
        .create_channel()
        .playback_restriction_policy_arn(&policy)
        .send()
        .await
        .unwrap();
    let channel = made.channel().unwrap();
    assert_eq!(channel.playback_restriction_policy_arn(), Some(policy.as_str()));
    let delete = || sdk.ivs.delete_playback_restriction_policy().arn(&policy).send();
    refused(Conflict, delete().await);
    let update = sdk.ivs.update_channel().arn(channel.arn().unwrap());
    update.playback_restriction_policy_arn("").send().await.unwrap();
    delete().await.unwrap();
}

pub(crate) async fn sessions_are_revoked_even_of_unknown_viewers(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    let revoke = sdk.ivs.start_viewer_session_revocation().channel_arn(&arn).viewer_id("viewer-1");
    revoke.viewer_session_versions_less_than_or_equal_to(7).send().await.unwrap();
    let session = |viewer: &str| {
        ViewerSession::builder().channel_arn(&arn).viewer_id(viewer).build().unwrap()
    };
    let batch = sdk
        .ivs
        .batch_start_viewer_session_revocation()
        .viewer_sessions(session("viewer-1"))
        .viewer_sessions(session("viewer-2"))
        .send()
        .await
        .unwrap();
    assert!(batch.errors().is_empty(), "{batch:?}");
}

pub(crate) async fn a_revoked_session_is_watched_no_more(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    sdk.control.on_air(&arn).await;
    sdk.control.view(&arn, "anna", 1).await;
    sdk.control.view(&arn, "ben", 2).await;
    let viewers = || async {
        let got = sdk.ivs.get_stream().channel_arn(&arn).send().await.unwrap();
        got.stream().unwrap().viewer_count()
    };
    assert_eq!(viewers().await, 2);
    let revoke = |viewer: &str, version: i32| {
        let revoke = sdk.ivs.start_viewer_session_revocation().channel_arn(&arn).viewer_id(viewer);
        revoke.viewer_session_versions_less_than_or_equal_to(version).send()
    };
    revoke("anna", 1).await.unwrap();
    revoke("ben", 1).await.unwrap();
    assert_eq!(viewers().await, 1);
    let session = ViewerSession::builder().channel_arn(&arn).viewer_id("ben");
    let session = session.viewer_session_versions_less_than_or_equal_to(2).build().unwrap();
    let batch = sdk.ivs.batch_start_viewer_session_revocation().viewer_sessions(session);
    batch.send().await.unwrap();
    assert_eq!(viewers().await, 0);
}

pub(crate) async fn a_batch_names_the_pair_that_failed(sdk: &Sdk) {
    let gone = absent("ivs", "channel");
    let session = |arn: &str| ViewerSession::builder().channel_arn(arn).viewer_id("v").build().unwrap();
    let batch = sdk
        .ivs
        .batch_start_viewer_session_revocation()
        .viewer_sessions(session(&channel::make(sdk).await))
        .viewer_sessions(session(&gone))
        .send()
        .await
        .unwrap();
    let [error] = batch.errors() else {
        panic!("one channel is not there: {batch:?}");
    };
    assert_eq!((error.channel_arn(), error.viewer_id()), (gone.as_str(), "v"));
    assert!(error.code().is_some_and(|code| !code.is_empty()));
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let (key, policy) = (absent("ivs", "playback-key"), absent("ivs", "playback-restriction-policy"));
    refused(Absent, ivs.get_playback_key_pair().arn(&key).send().await);
    refused(Absent, ivs.delete_playback_key_pair().arn(&key).send().await);
    refused(Absent, ivs.get_playback_restriction_policy().arn(&policy).send().await);
    refused(Absent, ivs.delete_playback_restriction_policy().arn(&policy).send().await);
    refused(Absent, ivs.update_playback_restriction_policy().arn(&policy).name("x").send().await);
    let revoke = ivs.start_viewer_session_revocation().channel_arn(absent("ivs", "channel"));
    refused(Absent, revoke.viewer_id("v").send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let import = |material: &str| ivs.import_playback_key_pair().public_key_material(material).send();
    refused(Invalid, import("no key at all").await);
    refused(Invalid, import(keys::P256).await);
    refused(Invalid, ivs.get_playback_key_pair().arn(MALFORMED).send().await);
    refused(Invalid, ivs.delete_playback_key_pair().send().await);
    refused(Invalid, ivs.list_playback_key_pairs().max_results(0).send().await);
    let create = ivs.create_playback_restriction_policy();
    refused(Invalid, create.allowed_countries("DEU").send().await);
    refused(Invalid, ivs.get_playback_restriction_policy().send().await);
    refused(Invalid, ivs.update_playback_restriction_policy().send().await);
    refused(Invalid, ivs.delete_playback_restriction_policy().arn(MALFORMED).send().await);
    refused(Invalid, ivs.list_playback_restriction_policies().max_results(101).send().await);

    let arn = absent("ivs", "channel");
    let revoke = ivs.start_viewer_session_revocation().channel_arn(&arn);
    refused(Invalid, revoke.viewer_id("v".repeat(41)).send().await);
    let session = ViewerSession::builder().channel_arn(&arn).viewer_id("v").build().unwrap();
    let batch = |sessions| ivs.batch_start_viewer_session_revocation().set_viewer_sessions(Some(sessions));
    refused(Invalid, batch(Vec::new()).send().await);
    refused(Invalid, batch(vec![session; 21]).send().await);
}
