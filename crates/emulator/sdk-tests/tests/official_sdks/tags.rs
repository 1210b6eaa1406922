//! Tags, through each of the three services.

use std::collections::HashMap;

use crate::refusal::Refusal::{Absent, Invalid};
use crate::sdk::{MALFORMED, Sdk, absent};
use crate::{channel, refusal, room, stage};

/// Defines one walk per service. The calls are the same, but the types are those of each SDK.
macro_rules! tag_walks {
    ($kept:ident, $refused:ident, $client:ident, $make:expr, $absent:expr, $refusal:path) => {
        pub(crate) async fn $kept(sdk: &Sdk) {
            let arn = $make(sdk).await;
            let client = &sdk.$client;
            let tags = || async {
                client.list_tags_for_resource().resource_arn(&arn).send().await.unwrap().tags
            };
            assert!(tags().await.is_empty());
            let tag = client.tag_resource().resource_arn(&arn);
            tag.tags("team", "video").tags("path/with space", "a=b").send().await.unwrap();
            let tag = client.tag_resource().resource_arn(&arn);
            tag.tags("team", "sound").tags("stage", "").send().await.unwrap();
            let expected = [("team", "sound"), ("path/with space", "a=b"), ("stage", "")];
            assert_eq!(tags().await, owned(&expected));
            let untag = client.untag_resource().resource_arn(&arn);
            untag.tag_keys("team").tag_keys("path/with space").send().await.unwrap();
            assert_eq!(tags().await, owned(&[("stage", "")]));
        }

        pub(crate) async fn $refused(sdk: &Sdk) {
            let client = &sdk.$client;
            let gone = $absent;
            for (refusal, arn) in [(Absent, gone.as_str()), (Invalid, MALFORMED)] {
                let list = client.list_tags_for_resource().resource_arn(arn);
                $refusal(refusal, list.send().await);
                $refusal(refusal, client.tag_resource().resource_arn(arn).tags("k", "v").send().await);
                $refusal(refusal, client.untag_resource().resource_arn(arn).tag_keys("k").send().await);
            }
            let arn = $make(sdk).await;
            let tag = |key: String, value: String| client.tag_resource().resource_arn(&arn).tags(key, value).send();
            $refusal(Invalid, tag("k".repeat(129), "v".to_owned()).await);
            $refusal(Invalid, tag("k".to_owned(), "v".repeat(257)).await);
            let many = (0..51).map(|n| (format!("k{n}"), "v".to_owned())).collect();
            let tag = client.tag_resource().resource_arn(&arn).set_tags(Some(many));
            $refusal(Invalid, tag.send().await);
        }
    };
}

tag_walks!(
    a_channel_keeps_its_tags,
    tags_of_ivs_are_refused,
    ivs,
    channel::make,
    absent("ivs", "channel"),
    refusal::ivs
);
tag_walks!(
    a_stage_keeps_its_tags,
    tags_of_realtime_are_refused,
    realtime,
    stage::make,
    absent("ivs", "stage"),
    refusal::realtime
);
tag_walks!(
    a_room_keeps_its_tags,
    tags_of_chat_are_refused,
    chat,
    room::make,
    absent("ivschat", "room"),
    refusal::chat
);

fn owned(tags: &[(&str, &str)]) -> HashMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
