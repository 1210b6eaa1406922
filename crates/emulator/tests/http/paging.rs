//! Pages of list operations, and the bindings of their tokens.

use serde_json::{Value, json};

use crate::support::{Bench, Signer, post, text};

/// Walks a list operation of `ivs` and returns the ARNs in their order.
async fn walk(bench: &Bench, operation: &str, items: &str, size: u64) -> Vec<String> {
    let mut arns = Vec::new();
    let mut token = Value::from("");
    loop {
        let input = json!({"maxResults": size, "nextToken": token});
        let page = bench.ivs(operation, input).await.ok();
        let found = page[items].as_array().unwrap();
        assert!(found.len() as u64 <= size);
        arns.extend(found.iter().map(|item| text(&item["arn"])));
        match page.get("nextToken") {
            Some(next) => token = next.clone(),
            None => return arns,
        }
    }
}

#[tokio::test]
async fn every_page_size_lists_everything_once_in_order() {
    let bench = Bench::start().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(bench.stage().await);
    }
    for size in [1, 2, 6, 7, 8, 100] {
        assert_eq!(walk(&bench, "ListStages", "stages", size).await, made, "{size}");
    }
}

#[tokio::test]
async fn a_full_last_page_has_no_token() {
    let bench = Bench::start().await;
    bench.channel().await;
    let page = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    assert_eq!(page.get("nextToken"), None);
}

#[tokio::test]
async fn a_walk_lists_each_lasting_resource_once_while_others_write() {
    let bench = Bench::start().await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(bench.channel().await);
    }
    let first = bench.ivs("ListChannels", json!({"maxResults": 2})).await.ok();
    // The items before the token are deleted, and a new one is created.
    for arn in &made[..2] {
        bench.ivs("DeleteChannel", json!({"arn": arn})).await.ok();
    }
    bench.channel().await;
    let next = json!({"maxResults": 2, "nextToken": first["nextToken"]});
    let second = bench.ivs("ListChannels", next).await.ok();
    let arns: Vec<String> = second["channels"].as_array().unwrap().iter().map(|item| text(&item["arn"])).collect();
    assert_eq!(arns, made[2..]);
}

#[tokio::test]
async fn a_room_updated_during_a_walk_is_still_listed_once() {
    let bench = Bench::start().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.insert(0, bench.room().await);
    }
    let first = bench.chat("ListRooms", json!({"maxResults": 1})).await.ok();
    assert_eq!(first["rooms"][0]["arn"], made[0].as_str());
    bench.chat("UpdateRoom", json!({"identifier": made[2], "name": "moved"})).await.ok();
    let next = json!({"maxResults": 50, "nextToken": first["nextToken"]});
    let rest = bench.chat("ListRooms", next).await.ok();
    let arns: Vec<String> = rest["rooms"].as_array().unwrap().iter().map(|item| text(&item["arn"])).collect();
    assert_eq!(arns, made[1..]);
}

#[tokio::test]
async fn a_token_belongs_to_its_listing() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        bench.channel().await;
        bench.stage().await;
    }
    let page = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    let token = text(&page["nextToken"]);
    let filtered = json!({"nextToken": token, "filterByName": "x"});
    bench.ivs("ListChannels", filtered).await.is_error(400, "ValidationException");
    let other = bench.ivs("ListStages", json!({"nextToken": token})).await;
    other.is_error(400, "ValidationException");
    let region = "eu-west-1".to_owned();
    let elsewhere = Signer { region, ..Signer::default() };
    let answer = bench.signed(&elsewhere, post("ListChannels", &json!({"nextToken": token}))).await;
    answer.is_error(400, "ValidationException");
    // The page size may change during a walk.
    bench.ivs("ListChannels", json!({"nextToken": token, "maxResults": 9})).await.ok();
}

#[tokio::test]
async fn a_tampered_token_is_refused() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        bench.channel().await;
    }
    let page = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    let token = text(&page["nextToken"]);
    for index in 0..token.len() {
        let mut bad = token.clone().into_bytes();
        bad[index] = if bad[index] == b'A' { b'B' } else { b'A' };
        let bad = String::from_utf8(bad).unwrap();
        let answer = bench.ivs("ListChannels", json!({"nextToken": bad})).await;
        answer.is_error(400, "ValidationException");
    }
}
