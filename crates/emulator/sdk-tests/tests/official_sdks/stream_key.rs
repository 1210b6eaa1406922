//! Stream keys: one per channel, replaced by deletion; only some operations show the value.

use crate::channel;
use crate::refusal::Refusal::{Absent, Invalid, Quota};
use crate::refusal::ivs as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

pub(crate) async fn a_channel_holds_one_key_and_a_reset_makes_another(sdk: &Sdk) {
    let made = sdk.ivs.create_channel().send().await.unwrap();
    let channel = made.channel().unwrap().arn().unwrap();
    let first = made.stream_key().unwrap();
    refused(Quota, sdk.ivs.create_stream_key().channel_arn(channel).send().await);

    sdk.ivs.delete_stream_key().arn(first.arn().unwrap()).send().await.unwrap();
    let remade = sdk
        .ivs
        .create_stream_key()
        .channel_arn(channel)
        .tags("reset", "yes")
        .send()
        .await
        .unwrap();
    let second = remade.stream_key().unwrap();
    assert_ne!(first.arn(), second.arn());
    assert_ne!(first.value(), second.value());
    assert_eq!(second.channel_arn(), Some(channel));
    assert_eq!(second.tags().unwrap()["reset"], "yes");

    let read = sdk.ivs.get_stream_key().arn(second.arn().unwrap()).send().await.unwrap();
    assert_eq!(read.stream_key(), Some(second));
    refused(Absent, sdk.ivs.get_stream_key().arn(first.arn().unwrap()).send().await);
}

pub(crate) async fn a_listing_names_the_key_of_its_channel(sdk: &Sdk) {
    let made = sdk.ivs.create_channel().send().await.unwrap();
    channel::make(sdk).await;
    let arn = made.channel().unwrap().arn().unwrap();
    let listed = sdk.ivs.list_stream_keys().channel_arn(arn).send().await.unwrap();
    let [key] = listed.stream_keys() else {
        panic!("a channel has one key: {listed:?}");
    };
    assert_eq!(key.arn(), made.stream_key().unwrap().arn());
    assert_eq!(key.channel_arn(), Some(arn));
}

pub(crate) async fn a_batch_parts_the_present_from_the_absent(sdk: &Sdk) {
    let made = sdk.ivs.create_channel().send().await.unwrap();
    let present = made.stream_key().unwrap();
    let gone = absent("ivs", "stream-key");
    let batch = sdk
        .ivs
        .batch_get_stream_key()
        .arns(present.arn().unwrap())
        .arns(&gone)
        .send()
        .await
        .unwrap();
    assert_eq!(batch.stream_keys(), std::slice::from_ref(present));
    let [error] = batch.errors() else {
        panic!("one key is not there: {batch:?}");
    };
    assert_eq!(error.arn(), Some(gone.as_str()));
    assert!(error.code().is_some_and(|code| !code.is_empty()));
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    let (channel, key) = (absent("ivs", "channel"), absent("ivs", "stream-key"));
    refused(Absent, ivs.create_stream_key().channel_arn(&channel).send().await);
    refused(Absent, ivs.list_stream_keys().channel_arn(&channel).send().await);
    refused(Absent, ivs.get_stream_key().arn(&key).send().await);
    refused(Absent, ivs.delete_stream_key().arn(&key).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let ivs = &sdk.ivs;
    refused(Invalid, ivs.create_stream_key().send().await);
    refused(Invalid, ivs.get_stream_key().arn(MALFORMED).send().await);
    refused(Invalid, ivs.delete_stream_key().send().await);
    refused(Invalid, ivs.list_stream_keys().channel_arn(MALFORMED).send().await);
    let page = ivs.list_stream_keys().channel_arn(absent("ivs", "channel"));
    refused(Invalid, page.max_results(51).send().await);
    refused(Invalid, ivs.batch_get_stream_key().send().await);
}
