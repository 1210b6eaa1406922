//! Accounts and regions, each with its own resources.

use crate::channel;
use crate::refusal::Refusal::Absent;
use crate::refusal::ivs as refused;
use crate::sdk::Sdk;

pub(crate) async fn a_channel_is_seen_in_its_account_and_region_only(sdk: &Sdk) {
    let arn = channel::make(sdk).await;
    let other_account = sdk.ivs_of("210987654321", "us-west-2");
    let other_region = sdk.ivs_of("test", "eu-west-1");
    for stranger in [&other_account, &other_region] {
        assert!(stranger.list_channels().send().await.unwrap().channels().is_empty());
        refused(Absent, stranger.get_channel().arn(&arn).send().await);
    }
    let made = other_account.create_channel().send().await.unwrap();
    let theirs = made.channel().unwrap().arn().unwrap();
    assert!(theirs.starts_with("arn:aws:ivs:us-west-2:210987654321:channel/"), "{theirs}");
    let made = other_region.create_channel().send().await.unwrap();
    let theirs = made.channel().unwrap().arn().unwrap();
    assert!(theirs.starts_with("arn:aws:ivs:eu-west-1:123456789012:channel/"), "{theirs}");
    assert_eq!(sdk.ivs.list_channels().send().await.unwrap().channels().len(), 1);
}
