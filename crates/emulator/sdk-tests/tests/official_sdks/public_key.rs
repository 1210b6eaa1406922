//! Public keys of Real-Time, for tokens that customers sign.

use crate::keys;
use crate::refusal::Refusal::{Absent, Conflict, Invalid};
use crate::refusal::realtime as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

pub(crate) async fn an_imported_key_comes_back_whole(sdk: &Sdk) {
    let imported = sdk
        .realtime
        .import_public_key()
        .name("token-key")
        .public_key_material(keys::P384[0])
        .tags("use", "tests")
        .send()
        .await
        .unwrap();
    let key = imported.public_key().unwrap();
    let arn = key.arn().unwrap();
    assert_eq!(key.name(), Some("token-key"));
    assert_eq!(key.public_key_material().map(str::trim), Some(keys::P384[0].trim()));
    assert!(key.fingerprint().is_some_and(|fingerprint| !fingerprint.is_empty()));
    assert_eq!(key.tags().unwrap()["use"], "tests");

    let read = sdk.realtime.get_public_key().arn(arn).send().await.unwrap();
    assert_eq!(read.public_key(), Some(key));
    let listed = sdk.realtime.list_public_keys().send().await.unwrap();
    assert_eq!(listed.public_keys().len(), 1);
    assert_eq!(listed.public_keys()[0].arn(), Some(arn));

    sdk.realtime.delete_public_key().arn(arn).send().await.unwrap();
    refused(Absent, sdk.realtime.get_public_key().arn(arn).send().await);
}

pub(crate) async fn a_key_comes_once(sdk: &Sdk) {
    let import = || sdk.realtime.import_public_key().public_key_material(keys::P384[0]).send();
    import().await.unwrap();
    refused(Conflict, import().await);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let arn = absent("ivs", "public-key");
    refused(Absent, sdk.realtime.get_public_key().arn(&arn).send().await);
    refused(Absent, sdk.realtime.delete_public_key().arn(&arn).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let import = |material: &str| realtime.import_public_key().public_key_material(material).send();
    refused(Invalid, import("no key at all").await);
    refused(Invalid, import(keys::P256).await);
    refused(Invalid, realtime.get_public_key().arn(MALFORMED).send().await);
    refused(Invalid, realtime.delete_public_key().send().await);
    refused(Invalid, realtime.list_public_keys().max_results(101).send().await);
}
