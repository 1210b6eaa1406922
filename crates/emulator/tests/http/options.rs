//! The options: latency, observer, and the duration of transitional states.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ivs_emulator::{Observer, Options};
use serde_json::json;

use crate::support::Bench;

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "latency is real time")]
async fn latency_delays_each_answer() {
    let latency = Duration::from_millis(30);
    let bench = Bench::with(Options { latency, ..Options::default() }).await;
    let began = std::time::Instant::now();
    bench.ivs("ListChannels", json!({})).await.ok();
    assert!(began.elapsed() >= latency);
}

#[tokio::test]
async fn an_observer_sees_each_request_without_its_contents() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observer = Observer::new({
        let seen = Arc::clone(&seen);
        move |observed| {
            seen.lock().unwrap().push((
                format!("{} {} {:?}", observed.method, observed.path, observed.operation),
                observed.status,
                observed.error.map(str::to_owned),
                observed.request_id.to_owned(),
            ));
        }
    });
    let bench = Bench::with(Options { observer: Some(observer), ..Options::default() }).await;
    let answer = bench.ivs("GetChannel", json!({"arn": "x"})).await;
    bench.ivs("ListChannels", json!({})).await.ok();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, "POST /GetChannel Some(\"ivs.GetChannel\")");
    assert_eq!((seen[0].1, seen[0].2.as_deref()), (400, Some("ValidationException")));
    assert_eq!(answer.header("x-amzn-requestid"), Some(seen[0].3.as_str()));
    assert_eq!((seen[1].1, seen[1].2.as_deref()), (200, None));
}

#[tokio::test]
async fn transitional_states_end_at_once_without_settling_time() {
    let bench = Bench::with(Options { settling: Duration::ZERO, ..Options::default() }).await;
    let made = bench.ivs("CreateFailoverSlateConfiguration", json!({})).await.ok();
    let arn = json!({"arn": made["failoverSlateConfiguration"]["arn"]});
    let got = bench.ivs("GetFailoverSlateConfiguration", arn).await.ok();
    assert_eq!(got["failoverSlateConfiguration"]["state"], "CREATED");
}
