//! One SDK client of each service, used by many tasks concurrently.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use crate::sdk::Sdk;

/// The number of concurrent tasks.
const TASKS: usize = 32;

/// The number of resources that each task creates.
const EACH: usize = 8;

pub(crate) async fn no_channel_is_lost_or_listed_twice(sdk: &Sdk) {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let ivs = sdk.ivs.clone();
        tasks.spawn(async move {
            let mut kept = Vec::new();
            for n in 0..EACH {
                let name = format!("task-{task}-{n}");
                let made = ivs.create_channel().name(&name).send().await.unwrap();
                let arn = made.channel.unwrap().arn.unwrap();
                let read = ivs.get_channel().arn(&arn).send().await.unwrap();
                assert_eq!(read.channel().unwrap().name(), Some(name.as_str()));
                if n % 2 == 0 {
                    ivs.delete_channel().arn(&arn).send().await.unwrap();
                } else {
                    kept.push(arn);
                }
            }
            kept
        });
    }
    let kept: BTreeSet<String> = tasks.join_all().await.into_iter().flatten().collect();
    let mut listed = Vec::new();
    let mut pages = sdk.ivs.list_channels().max_results(10).into_paginator().send();
    while let Some(page) = pages.next().await {
        listed.extend(page.unwrap().channels.into_iter().filter_map(|channel| channel.arn));
    }
    assert_eq!(listed.len(), TASKS * EACH / 2);
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), kept);
}

pub(crate) async fn three_services_share_one_port(sdk: &Sdk) {
    let (channels, stages, rooms) = tokio::join!(
        many(|| async { sdk.ivs.create_channel().send().await.is_ok() }),
        many(|| async { sdk.realtime.create_stage().send().await.is_ok() }),
        many(|| async { sdk.chat.create_room().send().await.is_ok() }),
    );
    assert_eq!((channels, stages, rooms), (EACH, EACH, EACH));
    assert_eq!(sdk.ivs.list_channels().send().await.unwrap().channels().len(), EACH);
    assert_eq!(sdk.realtime.list_stages().send().await.unwrap().stages().len(), EACH);
    assert_eq!(sdk.chat.list_rooms().send().await.unwrap().rooms().len(), EACH);
}

/// Makes a few calls and returns the number of successes.
async fn many<F: Future<Output = bool>>(call: impl Fn() -> F) -> usize {
    let mut well = 0;
    for _ in 0..EACH {
        well += usize::from(call().await);
    }
    well
}
