//! Nothing stays behind, or it is told.

use std::time::Duration;

use serde_json::json;

use crate::{case, pool, run};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn everything_goes_in_the_order_of_dependence() {
    let (endpoint, pool) = pool();
    for kind in ["stream-key", "room", "composition", "encoder-configuration", "playback-key"] {
        pool.lend_kind(kind).await.unwrap();
    }
    let before = endpoint.operations().len();
    let removal = pool.remove_all(MINUTE).await;
    assert_eq!(removal.left, []);
    assert!(endpoint.state().alive.is_empty());
    // A stream key goes with its channel: no call for it.
    let calls = endpoint.operations().split_off(before);
    assert!(!calls.iter().any(|operation| operation == "DeleteStreamKey"), "{calls:?}");
    assert_eq!(pool.remove_all(MINUTE).await.removed, 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_removed_is_told() {
    let (endpoint, pool) = pool();
    let arn = pool.lend_kind("channel").await.unwrap().arn;
    pool.lend_kind("room").await.unwrap();
    endpoint.state().stuck.insert(arn.clone());
    let removal = pool.remove_all(MINUTE).await;
    let left: Vec<&str> = removal.left.iter().map(|left| left.resource.arn.as_str()).collect();
    assert!(left.contains(&arn.as_str()), "{left:?}");
    assert!(endpoint.alive("room").is_empty());
    endpoint.state().stuck.clear();
    assert_eq!(pool.remove_all(MINUTE).await.left, []);
}

#[tokio::test]
async fn what_has_settled_between_a_refused_removal_and_the_look_at_it_is_removed() {
    let (endpoint, pool) = pool();
    let plain = vec![json!({}); 2];
    let (made, lease) = pool.lease_many("recording-configuration", &plain).await.unwrap();
    endpoint.state().busy.extend(made.into_iter().map(|resource| resource.arn));
    pool.discard(lease).await;
    assert!(endpoint.alive("recording-configuration").is_empty());
    assert_eq!(endpoint.count("DeleteRecordingConfiguration"), 4);
}

#[tokio::test(start_paused = true)]
async fn a_silent_endpoint_costs_no_more_than_the_limit() {
    let (endpoint, pool) = pool();
    pool.lend_kind("channel").await.unwrap();
    endpoint.state().silent.insert("DeleteChannel".into());
    let start = tokio::time::Instant::now();
    let removal = pool.remove_all(MINUTE).await;
    assert!(start.elapsed() <= MINUTE + Duration::from_secs(1));
    assert!(!removal.left.is_empty());
}

#[tokio::test]
async fn what_is_gone_already_is_gone() {
    let (endpoint, pool) = pool();
    pool.lend_kind("room").await.unwrap();
    endpoint.state().alive.clear();
    assert_eq!(pool.remove_all(MINUTE).await.left, []);
}

#[tokio::test(start_paused = true)]
async fn a_missing_delete_operation_is_not_taken_for_success() {
    let (endpoint, pool) = pool();
    pool.lend_kind("room").await.unwrap();
    endpoint.state().missing.insert("DeleteRoom".into());
    assert_eq!(pool.remove_all(MINUTE).await.left.len(), 1);
}

#[tokio::test]
async fn a_dropped_lease_is_cleared_away_at_the_end() {
    let (endpoint, pool) = pool();
    drop(pool.lease(case("DeleteStage", true)).await.unwrap());
    assert_eq!(endpoint.alive("stage").len(), 1);
    // Its slot is free again.
    run(&pool, &endpoint, case("DeleteStage", true)).await;
    assert_eq!(pool.remove_all(MINUTE).await.left, []);
    assert!(endpoint.state().alive.is_empty());
}

#[tokio::test]
async fn cleaning_takes_what_carries_the_tag_and_nothing_else() {
    let (endpoint, pool) = pool();
    let arn = |kind: &str, id: &str| format!("arn:aws:ivs:r:a:{kind}/{id}");
    for (arn, tags) in [
        (arn("channel", "crashed1"), json!({"ivs-contract:run": "old"})),
        (arn("channel", "crashed2"), json!({"ivs-contract:run": "older"})),
        (arn("channel", "mine"), json!({"owner": "me"})),
        (arn("stage", "crashed3"), json!({"ivs-contract:run": "old"})),
    ] {
        endpoint.state().alive.insert(arn, json!({"tags": tags}));
    }
    let cleaned = pool.clean(Some("old"), MINUTE).await;
    assert_eq!(cleaned.found.len(), 2);
    assert_eq!(endpoint.alive("channel"), [arn("channel", "crashed2"), arn("channel", "mine")]);
    let cleaned = pool.clean(None, MINUTE).await;
    assert_eq!((cleaned.found.len(), cleaned.removal.removed), (1, 1));
    assert_eq!(endpoint.alive("channel"), [arn("channel", "mine")]);
}

#[tokio::test]
async fn what_is_found_beside_another_is_not_taken_to_go_with_it() {
    let (endpoint, pool) = pool();
    let kinds = ["composition", "encoder-configuration", "stage"];
    for kind in kinds {
        let arn = format!("arn:aws:ivs:r:a:{kind}/crashed");
        endpoint.state().alive.insert(arn, json!({"tags": {"ivs-contract:run": "old"}}));
    }
    let cleaned = pool.clean(Some("old"), MINUTE).await;
    assert_eq!((cleaned.found.len(), cleaned.removal.removed), (3, 3));
    for kind in kinds {
        assert_eq!(endpoint.alive(kind), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_told() {
    let (endpoint, pool) = pool();
    endpoint.state().missing.insert("ListStages".into());
    let cleaned = pool.clean(None, MINUTE).await;
    let unread: Vec<String> = cleaned.unread.iter().map(|(operation, _)| operation.to_string()).collect();
    assert_eq!(unread, ["ivs-realtime.ListStages"]);
}

#[tokio::test]
async fn only_lists_of_the_named_services_are_called() {
    let (endpoint, pool) = pool();
    for arn in ["arn:aws:ivs:r:a:channel/lost", "arn:aws:ivs:r:a:stage/lost"] {
        endpoint.state().alive.insert(arn.to_owned(), json!({"tags": {"ivs-contract:run": "mine"}}));
    }
    endpoint.state().missing.insert("ListStages".into());
    let cleaned = pool.clean_services(&["ivs"].into(), "mine", MINUTE).await;
    assert_eq!(cleaned.unread, []);
    assert_eq!((cleaned.found.len(), cleaned.removal.removed), (1, 1));
    assert_eq!(endpoint.alive("channel"), Vec::<String>::new());
    assert_eq!(endpoint.alive("stage").len(), 1);
}
