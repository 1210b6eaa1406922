//! What is lent to whom, and what of it is new.

use std::collections::BTreeSet;

use ivs_generators::{Control, Effects, Placeholder};
use ivs_model::OperationId;
use ivs_pool::{PoolError, RUN_TAG};
use serde_json::{Value, json};

use crate::{CASES, case, config, pool, run, send};

const NONE: Effects = Effects { creates: Vec::new(), consumes: Vec::new(), mutates: Vec::new(), external: Vec::new() };

async fn filled(pool: &ivs_pool::Pool, operation: &str, input: &Value) -> Result<Value, PoolError> {
    let lease = pool.lease_for(operation.parse().unwrap(), &NONE, &[input]).await?;
    let value = lease.fill(input);
    pool.finish(lease).await;
    value
}

#[tokio::test]
async fn readers_share_one_resource() {
    let (endpoint, pool) = pool();
    let input = json!({"arn": "{channel.arn}"});
    let (first, second) = tokio::join!(filled(&pool, "ivs.GetChannel", &input), filled(&pool, "ivs.GetStream", &input));
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(endpoint.count("CreateChannel"), 1);
}

#[tokio::test]
async fn numbers_name_different_resources() {
    let (_, pool) = pool();
    let input = json!({"arns": ["{channel.arn}", "{channel.arn#2}", "{channel.arn}", "{channel.absent}", "{channel.absent#2}"]});
    let filled = filled(&pool, "ivs.BatchGetChannel", &input).await.unwrap();
    let arns: Vec<&str> = filled["arns"].as_array().unwrap().iter().map(|arn| arn.as_str().unwrap()).collect();
    assert_eq!(arns[0], arns[2]);
    assert_eq!(arns.iter().collect::<BTreeSet<_>>().len(), 4);
    // Of the endpoint's own account and region.
    assert!(arns[3].starts_with("arn:aws:ivs:eu-west-1:000000000001:channel/"));
}

#[tokio::test]
async fn case_and_twin_get_the_same_values() {
    let (_, pool) = pool();
    let case = CASES
        .iter()
        .find(|case| {
            case.operation().name() == "UpdateChannel"
                && !case.is_valid()
                && case.input.value().get("arn") == Some(&json!("{channel.arn}"))
        })
        .unwrap();
    let Control::ValidTwin(twin) = &case.control else { panic!("an invalid Case has a valid twin") };
    let lease = pool.lease(case).await.unwrap();
    assert_eq!(lease.fill(&case.input.value()).unwrap()["arn"], lease.fill(&twin.value()).unwrap()["arn"]);
    let (value, name) = lease.references().next().unwrap();
    assert_eq!(
        (Value::from(value), name.as_str()),
        (lease.fill(&twin.value()).unwrap()["arn"].clone(), "{channel.arn}")
    );
    pool.finish(lease).await;
}

#[tokio::test]
async fn what_is_changed_is_nobody_elses() {
    let (_, pool) = pool();
    let shared = pool.lend_kind("channel").await.unwrap();
    let lease = pool.lease(case("UpdateChannel", true)).await.unwrap();
    let (_, own) = lease.references().next().map(|(value, name)| (name, value.to_owned())).unwrap();
    assert_ne!(own, shared.arn);
    pool.finish(lease).await;
}

#[tokio::test]
async fn a_rejected_case_leaves_its_resource_to_the_next() {
    let (endpoint, pool) = pool();
    let case = case("DeleteChannel", true);
    let mut arns = BTreeSet::new();
    for _ in 0..3 {
        let mut lease = pool.lease(case).await.unwrap();
        endpoint.state().stuck.extend(lease.references().map(|(value, _)| value.to_owned()));
        arns.extend(lease.references().map(|(value, _)| value.to_owned()));
        let exchange = send(&endpoint, case, &lease).await;
        assert_eq!(exchange.status(), Some(409));
        pool.track(&mut lease, &exchange);
        pool.finish(lease).await;
    }
    // The slot's own.
    assert_eq!((arns.len(), endpoint.count("CreateChannel")), (1, 1));
}

#[tokio::test]
async fn an_accepted_case_leaves_nothing_behind() {
    let (endpoint, pool) = pool();
    for operation in ["UpdateChannel", "DeleteChannel", "DeleteStreamKey", "CreateChannel", "CreateRoom"] {
        let exchange = run(&pool, &endpoint, case(operation, true)).await;
        assert!(exchange.outcome.unwrap().is_success(), "{operation}");
    }
    // What remains is shared: a channel, its key, and perhaps the channel that a second shared key came with.
    let shared: BTreeSet<String> =
        [pool.lend_kind("channel").await.unwrap().arn].into_iter().chain(endpoint.alive("room")).collect();
    assert!(endpoint.alive("channel").len() <= 2 && endpoint.alive("room").is_empty(), "{shared:?}");
    assert!(pool.remove_all(std::time::Duration::from_secs(60)).await.left.is_empty());
    assert!(endpoint.state().alive.is_empty());
}

#[tokio::test]
async fn what_an_invalid_case_made_is_removed() {
    let (endpoint, pool) = pool();
    let exchange = run(&pool, &endpoint, case("CreateChannel", false)).await;
    assert!(exchange.outcome.unwrap().is_success(), "this endpoint takes everything");
    assert!(endpoint.alive("channel").is_empty());
}

#[tokio::test]
async fn scarce_kinds_are_used_one_after_the_other() {
    let (endpoint, pool) = pool();
    let (import, delete) = (case("ImportPlaybackKeyPair", true), case("DeletePlaybackKeyPair", true));
    tokio::join!(
        run(&pool, &endpoint, import),
        run(&pool, &endpoint, delete),
        run(&pool, &endpoint, import),
        run(&pool, &endpoint, delete),
        run(&pool, &endpoint, import),
    );
    let most = endpoint.state().most["playback-key"];
    assert!(most <= 2, "{most} at once");
}

#[tokio::test]
async fn a_parent_of_one_child_is_lent_without_it() {
    let (endpoint, pool) = pool();
    let exchange = run(&pool, &endpoint, case("CreateStreamKey", true)).await;
    assert_eq!(exchange.status(), Some(200));
}

#[tokio::test]
async fn a_composition_gets_channel_and_stage_of_its_own() {
    let (endpoint, pool) = pool();
    let shared = [pool.lend_kind("channel").await.unwrap().arn, pool.lend_kind("stage").await.unwrap().arn];
    let exchange = run(&pool, &endpoint, case("StartComposition", true)).await;
    assert_eq!(exchange.status(), Some(200));
    let sent = String::from_utf8(exchange.request.body.to_vec()).unwrap();
    assert!(shared.iter().all(|arn| !sent.contains(arn.as_str())), "{sent}");
}

#[tokio::test]
async fn a_key_that_is_there_already_is_passed_over() {
    let (endpoint, pool) = pool();
    let first = config().nonce.public_key(1);
    endpoint.state().alive.insert("arn:aws:ivs:r:a:playback-key/old".into(), json!({"publicKeyMaterial": first}));
    assert!(pool.lend_kind("playback-key").await.is_ok());
    assert_eq!(endpoint.count("ImportPlaybackKeyPair"), 2);
}

#[tokio::test]
async fn what_the_endpoint_lacks_has_its_reason_and_is_asked_for_once() {
    let (endpoint, pool) = pool();
    endpoint.state().missing.insert("CreateStage".into());
    for _ in 0..3 {
        let error = pool.lease(case("DeleteStage", true)).await.unwrap_err();
        assert!(matches!(error, PoolError::Refused { status: Some(501), .. }), "{error}");
    }
    assert_eq!(endpoint.count("CreateStage"), 1);
}

#[tokio::test]
async fn an_absent_resource_needs_none_that_is_there() {
    let (endpoint, pool) = pool();
    endpoint.state().missing.insert("CreateRoom".into());
    let filled = filled(&pool, "ivschat.GetRoom", &json!({"identifier": "{room.absent}"})).await.unwrap();
    assert!(filled["identifier"].as_str().unwrap().starts_with("arn:aws:ivschat:eu-west-1:"));
}

#[tokio::test]
async fn everything_made_carries_the_run_tag() {
    let (endpoint, pool) = pool();
    for kind in ["channel", "stage", "room", "playback-key", "composition"] {
        pool.lend_kind(kind).await.unwrap();
    }
    let state = endpoint.state();
    // What is new is looked at, too.
    for call in state.calls.iter().filter(|call| !call.operation.starts_with("Get")) {
        assert_eq!(call.input["tags"][RUN_TAG], "run-1", "{}", call.operation);
    }
}

#[tokio::test]
async fn the_run_tag_leaves_the_number_of_tags_at_and_beyond_the_limit() {
    let (_, pool) = pool();
    for (before, after) in [(0, 1), (49, 50), (50, 50), (51, 51)] {
        let tags: serde_json::Map<String, Value> = (0..before).map(|number| (number.to_string(), json!(""))).collect();
        let tagged = pool.tagged(OperationId::new("ivs", "CreateChannel"), json!({"tags": tags}));
        assert_eq!(tagged["tags"].as_object().unwrap().len(), after);
        assert_eq!(tagged["tags"][RUN_TAG], "run-1");
    }
}

#[tokio::test]
async fn only_what_takes_tags_is_tagged() {
    let (_, pool) = pool();
    for input in [json!({"tags": "x"}), json!({"tags": null}), json!([])] {
        assert_eq!(pool.tagged(OperationId::new("ivs", "CreateChannel"), input.clone()), input);
    }
    for operation in ["TagResource", "ListChannels", "NoSuchOperation"] {
        assert_eq!(pool.tagged(OperationId::new("ivs", operation), json!({})), json!({}));
    }
}

#[tokio::test]
async fn without_the_word_nothing_is_created() {
    let endpoint = std::sync::Arc::new(crate::Endpoint::default());
    let config = ivs_pool::PoolConfig { writes: false, ..config() };
    let pool = ivs_pool::Pool::new(config, std::sync::Arc::clone(&endpoint) as _, CASES.iter());
    assert_eq!(pool.lend_kind("channel").await, Err(PoolError::WritesForbidden));
    assert!(filled(&pool, "ivs.GetChannel", &json!({"arn": "{channel.absent}"})).await.is_ok());
    assert!(endpoint.operations().is_empty());
}

#[tokio::test]
async fn a_foreign_placeholder_is_an_error() {
    let (_, pool) = pool();
    let lease = pool
        .lease_for(OperationId::new("ivs", "GetChannel"), &NONE, &[&json!({"arn": "{channel.arn}"})])
        .await
        .unwrap();
    let other: Placeholder = "{channel.arn#2}".parse().unwrap();
    assert!(matches!(lease.fill(&json!(other.to_string())), Err(PoolError::NotLent { .. })));
    pool.finish(lease).await;
    for unknown in ["{unicorn.arn}", "{channel.colour}"] {
        assert!(filled(&pool, "ivs.GetChannel", &json!({"arn": unknown})).await.is_err(), "{unknown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_resource_is_lent_when_it_is_usable() {
    let (endpoint, pool) = pool();
    endpoint.state().states = vec!["CREATING", "CREATING", "ACTIVE"];
    pool.lend_kind("recording-configuration").await.unwrap();
    assert_eq!(endpoint.count("GetRecordingConfiguration"), 3);
}

#[tokio::test]
async fn the_number_of_calls_does_not_hang_on_the_order() {
    let mut counts = BTreeSet::new();
    for turned in [false, true] {
        let (endpoint, pool) = pool();
        let (update, delete, read) = (case("UpdateChannel", true), case("DeleteStage", true), case("GetChannel", true));
        if turned {
            tokio::join!(run(&pool, &endpoint, read), run(&pool, &endpoint, delete), run(&pool, &endpoint, update));
        } else {
            tokio::join!(run(&pool, &endpoint, update), run(&pool, &endpoint, delete), run(&pool, &endpoint, read));
        }
        pool.remove_all(std::time::Duration::from_secs(60)).await;
        counts.insert(endpoint.operations().len());
    }
    assert_eq!(counts.len(), 1, "{counts:?}");
}

#[tokio::test]
async fn services_that_share_resources_are_in_one_group_and_chat_is_apart() {
    let (_, pool) = pool();
    let groups = pool.groups_of_services(&["ivs", "ivs-realtime", "ivschat"]);
    let lone = pool.groups_of_services(&["ivschat", "another"]);
    assert_eq!(groups, [BTreeSet::from(["ivs", "ivs-realtime"]), BTreeSet::from(["ivschat"])]);
    assert_eq!(lone, [BTreeSet::from(["ivschat"]), BTreeSet::from(["another"])]);
}
