//! The control API.

use ivs_emulator::Options;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, Request};

#[tokio::test]
async fn capabilities_list_every_action() {
    let bench = Bench::start().await;
    let answer = bench
        .raw(&Request {
            method: "GET".to_owned(),
            target: "/_emulator/capabilities".to_owned(),
            headers: vec![("host".to_owned(), bench.host())],
            body: Vec::new(),
        })
        .await
        .ok();
    let names: Vec<_> = answer["actions"].as_array().unwrap().iter().map(|action| &action["name"]).collect();
    assert!(names.contains(&&json!("channel/on-air")), "{names:?}");
}

#[tokio::test]
async fn a_reset_deletes_everything() {
    let bench = Bench::start().await;
    bench.channel().await;
    bench.control("reset", json!({})).await.ok();
    let listed = bench.ivs("ListChannels", json!({})).await.ok();
    assert_eq!(listed, json!({"channels": []}));
}

#[tokio::test]
async fn advancing_the_clock_changes_resources_and_not_signatures() {
    let bench = Bench::start().await;
    let answer = bench.control("clock", json!({"seconds": 3600})).await.ok();
    assert_eq!(answer["now"], "2026-01-02T04:04:05.000Z");
    let room = bench.chat("CreateRoom", json!({})).await.ok();
    assert_eq!(room["createTime"], "2026-01-02T04:04:05.000Z");
    assert_eq!(bench.control("clock", json!({"seconds": -1})).await.status, 400);
}

#[tokio::test]
async fn a_quota_can_be_set() {
    let bench = Bench::start().await;
    bench.control("quota", json!({"kind": "channel", "limit": 1})).await.ok();
    bench.channel().await;
    let answer = bench.ivs("CreateChannel", json!({})).await;
    answer.is_error(402, "ServiceQuotaExceededException");
    let run = json!({"run": "1"});
    bench.control("quota", json!({"kind": "room", "limit": 0, "tag": run})).await.ok();
    bench.chat("CreateRoom", json!({"tags": run})).await.is_error(402, "ServiceQuotaExceededException");
    bench.chat("CreateRoom", json!({"tags": {"run": "2"}})).await.ok();
    bench.control("quota", json!({"kind": "room", "tag": run})).await.ok();
    bench.chat("CreateRoom", json!({"tags": run})).await.ok();
    bench.control("quota", json!({"kind": "room", "limit": 0})).await.ok();
    let answer = bench.chat("CreateRoom", json!({})).await;
    answer.is_error(402, "ServiceQuotaExceededException");
    assert_eq!(answer.json()["limit"], 0);
}

#[tokio::test]
async fn a_quota_without_a_limit_restores_the_default() {
    let bench = Bench::start().await;
    bench.control("quota", json!({"kind": "room", "limit": 0})).await.ok();
    bench.chat("CreateRoom", json!({})).await.is_error(402, "ServiceQuotaExceededException");
    bench.control("quota", json!({"kind": "room"})).await.ok();
    bench.chat("CreateRoom", json!({})).await.ok();
    assert_eq!(bench.control("quota", json!({"kind": "room", "limit": -1})).await.status, 400);
}

#[tokio::test]
async fn transitional_states_last_as_long_as_the_options_say() {
    let bench = Bench::start().await;
    bench.control("settling", json!({"milliseconds": 60_000})).await.ok();
    let made = bench.ivs("CreateFailoverSlateConfiguration", json!({})).await.ok();
    let input = json!({"arn": made["failoverSlateConfiguration"]["arn"], "name": "x"});
    bench.ivs("UpdateFailoverSlateConfiguration", input.clone()).await.is_error(409, "ConflictException");
    bench.control("settling", json!({})).await.ok();
    bench.control("clock", json!({"seconds": 61})).await.ok();
    bench.ivs("UpdateFailoverSlateConfiguration", input).await.ok();
    assert_eq!(bench.control("settling", json!({"milliseconds": "long"})).await.status, 400);
}

#[tokio::test]
async fn an_action_on_an_unknown_resource_is_refused() {
    let bench = Bench::start().await;
    let arn = "arn:aws:ivs:us-east-1:123456789012:channel/nothing";
    assert_eq!(bench.control("channel/on-air", json!({"arn": arn})).await.status, 404);
    assert_eq!(bench.control("channel/on-air", json!({"arn": "x"})).await.status, 400);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_reset_the_emulator() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let host = bench.host();
    let foreign = [
        vec![("host".to_owned(), host.clone()), ("origin".to_owned(), "https://evil.example".to_owned())],
        vec![("host".to_owned(), "evil.example".to_owned())],
        vec![("host".to_owned(), host), ("sec-fetch-site".to_owned(), "cross-site".to_owned())],
    ];
    for headers in foreign {
        for (method, target) in [("POST", "/_emulator/reset"), ("GET", "/_emulator/capabilities")] {
            let headers = headers.clone();
            let request = Request { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() };
            let answer = bench.raw(&request).await;
            assert_eq!(answer.status, 403, "{target} {:?}", request.headers);
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    bench.ivs("GetChannel", json!({ "arn": arn })).await.ok();
}

#[tokio::test]
async fn a_configured_host_name_may_use_the_control_api() {
    let options = Options { control_hosts: vec!["emulator".to_owned()], ..Options::default() };
    let bench = Bench::with(options).await;
    let headers = vec![("host".to_owned(), "emulator:4566".to_owned())];
    let request =
        Request { method: "POST".to_owned(), target: "/_emulator/reset".to_owned(), headers, body: Vec::new() };
    bench.raw(&request).await.ok();
}

/// Sends a `GET` to the control API.
async fn look(bench: &Bench, target: &str) -> Answer {
    let headers = vec![("host".to_owned(), bench.host())];
    bench.raw(&Request { method: "GET".to_owned(), target: target.to_owned(), headers, body: Vec::new() }).await
}

#[tokio::test]
async fn health_tells_how_much_there_is() {
    let bench = Bench::start().await;
    bench.channel().await;
    let health = look(&bench, "/_emulator/health").await.ok();
    // A channel and its stream key.
    assert_eq!((&health["status"], &health["resources"], &health["requests"]), (&json!("ok"), &json!(2), &json!(1)));
}

#[tokio::test]
async fn requests_can_be_looked_up() {
    let bench = Bench::with(Options { logged_requests: 3, ..Options::default() }).await;
    for name in ["first", "second"] {
        bench.ivs("CreateChannel", json!({"name": name})).await.ok();
    }
    let refused = bench.ivs("CreateChannel", json!({"name": "not well formed"})).await;
    bench.chat("ListRooms", json!({})).await.ok();
    let all = look(&bench, "/_emulator/requests").await.ok();
    assert_eq!(all["total"], 4);
    assert_eq!(all["counts"]["ivs.CreateChannel"], json!({"200": 2, "400": 1}));
    let numbers = |shown: &Value| -> Vec<u64> {
        shown["requests"].as_array().unwrap().iter().map(|request| request["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(&all), [2, 3, 4]);
    let shown = &all["requests"][1];
    assert_eq!((&shown["operation"], &shown["error"]), (&json!("ivs.CreateChannel"), &json!("ValidationException")));
    assert_eq!((&shown["body"], &shown["status"]), (&json!({"name": "not well formed"}), &json!(400)));
    assert_eq!(shown["requestId"].as_str(), refused.header("x-amzn-requestid"));
    let channels = look(&bench, "/_emulator/requests?operation=CreateChannel&after=2").await.ok();
    assert_eq!(numbers(&channels), [3]);
    assert_eq!(look(&bench, "/_emulator/requests?after=x").await.status, 400);
    assert_eq!(look(&bench, "/_emulator/requests?operations=x").await.status, 400);
    bench.control("requests/clear", json!({})).await.ok();
    assert_eq!(look(&bench, "/_emulator/requests").await.ok()["total"], 0);
}
