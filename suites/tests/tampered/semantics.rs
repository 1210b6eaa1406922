//! Each check of the suites pagination, batch, tags and idempotency is silent on the emulator and tripped by one wrong turn,
//! taken between the runner and the emulator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ivs_model::SuiteName;
use ivs_runner::Config;
use serde_json::{Value, json};

use crate::tampering::{After, Before, after, before, judge, nothing_after, nothing_before};

/// The run finds something by this check, and nothing without the tampering.
async fn trips(check: &str, suite: SuiteName, operation: &str, before: Before, after: After) {
    let report = judge(suite, &[operation], Config::default(), Some((before, after))).await;
    let found: Vec<&str> = report.findings.iter().map(|finding| finding.check.as_str()).collect();
    assert!(found.contains(&check), "{check} is not among {found:?}");
    let healthy = judge(suite, &[operation], Config::default(), None).await;
    assert!(healthy.findings.is_empty(), "{:?}", healthy.findings);
    assert!(healthy.summary.cases.passed > 0, "nothing passed");
}

fn drop_first(body: &mut Value, list: &str) {
    if let Some(items) = body[list].as_array_mut().filter(|items| !items.is_empty()) {
        items.remove(0);
    }
}

macro_rules! trips {
    ($($name:ident: $check:literal, $suite:literal, $operation:literal, $before:expr, $after:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            trips($check, SuiteName::from_static($suite), $operation, $before, $after).await;
        })+
    };
}

trips! {
    a_lost_item_breaks_the_walk: "walk-is-whole", "pagination", "ListStages", nothing_before(),
        after("ListStages", |asked, body| if asked.get("nextToken").is_some() { drop_first(body, "stages") });
    an_item_on_two_pages_breaks_the_walk: "walk-is-whole", "pagination", "ListStages", nothing_before(),
        after("ListStages", |_, body| if let Some(first) = body["stages"].get(0).cloned() {
            body["stages"].as_array_mut().expect("a list").push(first);
        });
    a_page_longer_than_asked_is_found: "page-size", "pagination", "ListStages",
        before("ListStages", |input| { input.remove("maxResults"); }), nothing_after();
    a_default_page_longer_than_documented_is_found: "page-size", "pagination", "ListPlaybackRestrictionPolicies",
        before("ListPlaybackRestrictionPolicies", |input| { input.entry("maxResults").or_insert(json!(100)); }),
        nothing_after();
    a_refused_empty_token_is_found: "empty-token", "pagination", "ListStages",
        before("ListStages", |input| if input.get("nextToken") == Some(&json!("")) {
            input.insert("nextToken".to_owned(), json!("x"));
        }), nothing_after();
    an_accepted_bad_token_is_found: "bad-token", "pagination", "ListStages",
        before("ListStages", |input| if input.get("nextToken").and_then(Value::as_str).is_some_and(|it| it.starts_with("bm90")) {
            input.remove("nextToken");
        }), nothing_after();
    an_item_lost_as_the_page_size_changes_is_found: "stale-token", "pagination", "ListStages", nothing_before(),
        after("ListStages", |asked, body| if asked.get("nextToken").is_some() && asked["maxResults"] == 2 {
            drop_first(body, "stages");
        });
    an_item_lost_while_others_write_is_found: "walk-while-writing", "pagination", "ListStages", nothing_before(), {
        let (made, at_start) = (AtomicU64::new(0), AtomicU64::new(0));
        Box::new(move |operation, asked, _, body| match operation {
            "CreateStage" => { made.fetch_add(1, Ordering::SeqCst); }
            "ListStages" if asked.get("nextToken").is_none() => {
                at_start.store(made.load(Ordering::SeqCst), Ordering::SeqCst);
            }
            "ListStages" if made.load(Ordering::SeqCst) != at_start.load(Ordering::SeqCst) => drop_first(body, "stages"),
            _ => {}
        })
    };
    a_walk_that_begins_again_after_a_delete_is_found: "stale-token", "pagination", "ListPlaybackRestrictionPolicies", {
        let deleted = std::sync::Arc::new(AtomicU64::new(0));
        Box::new(move |operation, input| {
            if operation == "DeletePlaybackRestrictionPolicy" {
                deleted.fetch_add(1, Ordering::SeqCst);
            } else if operation == "ListPlaybackRestrictionPolicies" && deleted.load(Ordering::SeqCst) > 0 {
                let members = input.as_object_mut().expect("members");
                // The token leads to the first page, once what it was given with is gone.
                if members.get("nextToken").is_some_and(|token| token != "") && members.get("maxResults") == Some(&json!(100)) {
                    members.remove("nextToken");
                }
            }
        })
    }, nothing_after();
    a_filter_that_the_next_page_forgets_is_found: "filter-is-exact", "pagination", "ListChannels", nothing_before(),
        after("ListChannels", |asked, body| if asked.get("filterByName").is_some() && asked["maxResults"] == 1 {
            drop_first(body, "channels");
        });
    an_ignored_filter_is_found: "filter-is-exact", "pagination", "ListChannels",
        before("ListChannels", |input| { input.remove("filterByName"); }), nothing_after();
    filters_taken_together_are_found: "exclusive-filters", "pagination", "ListChannels",
        before("ListChannels", |input| if input.contains_key("filterByName") {
            input.retain(|name, _| !name.starts_with("filter") || name == "filterByName");
        }), nothing_after();
    another_order_is_found: "list-order", "pagination", "ListRooms", nothing_before(),
        after("ListRooms", |_, body| if let Some(rooms) = body["rooms"].as_array_mut() { rooms.reverse() });

    an_absent_item_that_vanishes_is_found: "batch-account", "batch", "BatchGetChannel", nothing_before(),
        after("BatchGetChannel", |_, body| body["errors"] = json!([]));
    an_error_without_a_code_is_found: "batch-error", "batch", "BatchGetStreamKey", nothing_before(),
        after("BatchGetStreamKey", |_, body| for error in body["errors"].as_array_mut().into_iter().flatten() {
            error["code"] = json!("");
        });
    a_batch_over_the_bound_is_found: "batch-limit", "batch", "BatchStartViewerSessionRevocation",
        before("BatchStartViewerSessionRevocation", |input| if let Some(items) = input["viewerSessions"].as_array_mut() {
            items.truncate(20);
        }), nothing_after();
    a_batch_that_differs_from_the_single_call_is_found: "batch-equals-single", "batch", "BatchGetChannel", nothing_before(),
        after("BatchGetChannel", |_, body| for channel in body["channels"].as_array_mut().into_iter().flatten() {
            channel["name"] = json!("another");
        });

    a_lost_tag_is_found: "tags-change", "tags", "TagResource", nothing_before(),
        after("ListTagsForResource", |_, body| { body["tags"].as_object_mut().expect("tags").remove("contract-b"); });
    a_list_of_ten_tags_is_found: "tags-agree", "tags", "ListTagsForResource", nothing_before(),
        after("ListTagsForResource", |_, body| {
            let tags = body["tags"].as_object().expect("tags").clone();
            body["tags"] = tags.into_iter().take(10).collect();
        });
    tags_of_special_text_that_are_lost_are_found: "tags-change", "tags", "TagResource",
        before("TagResource", |input| if let Some(tags) = input.get_mut("tags").and_then(Value::as_object_mut) {
            tags.retain(|key, _| !key.contains('@'));
        }), nothing_after();
    an_update_at_the_same_time_that_is_lost_is_found: "writes-at-once", "concurrency", "UpdateRoom", nothing_before(), {
        // Of each room: two updates one after the other are kept, further ones are not.
        let updates: Mutex<BTreeMap<String, u64>> = Mutex::default();
        Box::new(move |operation, asked, _, body| {
            let mut updates = updates.lock().expect("no holder panics");
            let updates = updates.entry(asked["identifier"].to_string()).or_default();
            match operation {
                "UpdateRoom" => *updates += 1,
                "GetRoom" if *updates > 2 => body["maximumMessageLength"] = json!(7),
                _ => {}
            }
        })
    };
    tags_that_disagree_are_found: "tags-agree", "tags", "ListTagsForResource", nothing_before(),
        after("GetStage", |_, body| body["stage"]["tags"] = json!({}));
    tags_on_a_by_product_are_found: "tags-apart", "tags", "CreateChannel", nothing_before(),
        after("CreateChannel", |_, body| body["streamKey"]["tags"] = body["channel"]["tags"].clone());
    tags_on_nothing_are_found: "tags-refused", "tags", "UntagResource", nothing_before(),
        Box::new(|operation, _, status, _| if operation == "UntagResource" && *status == 404 { *status = 200 });

    an_ignored_token_is_found: "repeat", "idempotency", "StartComposition",
        before("StartComposition", |input| { input.remove("idempotencyToken"); }), nothing_after();
    a_second_delete_that_succeeds_is_found: "repeat", "idempotency", "DeleteStage", nothing_before(),
        Box::new(|operation, _, status, _| if operation == "DeleteStage" && *status == 404 { *status = 200 });
    a_read_that_changes_is_found: "repeat", "idempotency", "GetStage", nothing_before(), {
        let reads = AtomicU64::new(0);
        after("GetStage", move |_, body| {
            body["stage"]["name"] = json!(format!("read-{}", reads.fetch_add(1, Ordering::SeqCst)));
        })
    };
}

/// Empty naming members, which AWS shows and the emulator leaves out (fact `D14`), make no other items.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unset_naming_members_are_no_finding() {
    let unset = after("ListParticipants", |_, body| {
        for item in body["participants"].as_array_mut().into_iter().flatten() {
            item["sourceStageArn"] = json!("");
            item["sourceSessionId"] = json!("");
        }
    });
    let suite = SuiteName::from_static("pagination");
    let report = judge(suite, &["ListParticipants"], Config::default(), Some((nothing_before(), unset))).await;
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert!(report.summary.cases.passed > 0, "nothing passed");
}

/// A channel without what its caller cannot go on without: one finding for each such member and operation that lacks it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_a_caller_needs_are_owed_by_each_operation_that_shows_them() {
    const NEEDED: [&str; 3] = ["ingestEndpoint", "playbackUrl", "srt"];
    let without: After = Box::new(|operation, _, _, body| {
        if let Some(channel) = body.get_mut("channel").and_then(Value::as_object_mut) {
            channel.retain(|name, _| !NEEDED.contains(&name.as_str()));
        }
        if operation == "CreateChannel"
            && let Some(body) = body.as_object_mut()
        {
            body.remove("streamKey");
        }
    });
    let operations = ["CreateChannel", "GetChannel"];
    let suite = SuiteName::from_static("validation");
    let report = judge(suite, &operations, Config::default(), Some((nothing_before(), without))).await;
    let found: BTreeSet<String> = report.findings.iter().map(|it| it.identity.to_string()).collect();
    let of_channels = operations.into_iter().flat_map(|it| NEEDED.map(|member| format!("{it}:/channel/{member}")));
    for owed in of_channels.chain(std::iter::once("CreateChannel:/streamKey".to_owned())) {
        let identity = format!("promised-member:ivs.{owed}");
        assert!(found.contains(&identity), "{identity} is not among {found:#?}");
    }
}

/// An endpoint that speaks of one region, whatever region a caller signs for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arns_of_another_region_than_that_of_the_caller_are_found() {
    let moved = |value: &mut Value, from: &str, to: &str| {
        if let Ok(other) = serde_json::from_str(&value.to_string().replace(from, to)) {
            *value = other;
        }
    };
    let (here, elsewhere) = (":eu-west-1:", ":us-west-2:");
    let asked: Before = Box::new(move |_, input| moved(input, elsewhere, here));
    let answered: After = Box::new(move |_, _, _, body| moved(body, here, elsewhere));
    let config = Config { region: "eu-west-1".to_owned(), ..Config::default() };
    let suite = SuiteName::from_static("validation");
    let report = judge(suite, &["CreateChannel", "CreateRoom"], config, Some((asked, answered))).await;
    let found: BTreeSet<String> = report.findings.iter().map(|it| it.identity.to_string()).collect();
    for operation in ["ivs.CreateChannel", "ivschat.CreateRoom"] {
        let identity = format!("arn-of-caller:{operation}:region");
        assert!(found.contains(&identity), "{identity} is not among {found:#?}");
    }
}

/// An endpoint that takes references to what does not exist makes something that nobody asked for. It is deleted all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_created_with_a_reference_to_nothing_is_deleted() {
    for suite in ["errors", "validation"] {
        let alive = Arc::new(Mutex::new(BTreeSet::new()));
        let taken = before("CreateChannel", |input| {
            input.remove("recordingConfigurationArn");
            input.remove("playbackRestrictionPolicyArn");
        });
        let seen = Arc::clone(&alive);
        let noted: After = Box::new(move |operation, asked, status, body| {
            let mut alive = seen.lock().expect("no holder panics");
            match (operation, *status) {
                ("CreateChannel", 200) => _ = alive.insert(body["channel"]["arn"].to_string()),
                ("DeleteChannel", 204) => _ = alive.remove(&asked["arn"].to_string()),
                _ => {}
            }
        });
        let (suite_name, config) = (SuiteName::from_static(suite), Config { cases: 1, ..Config::default() });
        let report = judge(suite_name, &["CreateChannel"], config, Some((taken, noted))).await;
        assert!(!report.findings.is_empty(), "{suite}: the references were not missed");
        assert_eq!(*alive.lock().expect("no holder panics"), BTreeSet::new(), "{suite}: {:?}", report.left_behind);
    }
}

/// Two rooms and a token, for ever: a walk ends after a bounded number of pages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_without_an_end_is_a_finding_after_a_bounded_number_of_pages() {
    let pages = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&pages);
    let endless = after("ListRooms", move |_, body| {
        let page = counted.fetch_add(1, Ordering::SeqCst);
        let room = |number: u64| {
            let id = format!("{number:012}");
            let arn = format!("arn:aws:ivschat:us-west-2:123456789012:room/{id}");
            let time = "2026-01-02T03:04:05Z";
            json!({"arn": arn, "id": id, "name": "", "createTime": time, "updateTime": time})
        };
        *body = json!({"rooms": [room(1), room(2)], "nextToken": format!("page-{page}")});
    });
    let any_token = before("ListRooms", |input| _ = input.remove("nextToken"));
    let suite = SuiteName::from_static("pagination");
    let report = judge(suite, &["ListRooms"], Config::default(), Some((any_token, endless))).await;
    let found: BTreeSet<&str> = report.findings.iter().map(|it| it.check.as_str()).collect();
    assert!(found.contains("walk-is-whole"), "{found:?}, {:#?}", report.unjudged);
    let pages = pages.load(Ordering::SeqCst);
    assert!(pages < 2_500, "{pages} pages");
}
