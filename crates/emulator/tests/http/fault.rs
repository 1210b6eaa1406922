//! Planted faults show, each as its table says.

use ivs_emulator::{Fault, Options};
use serde_json::json;

use crate::support::{Bench, Signer, post};

async fn faulty(fault: Fault) -> Bench {
    Bench::with(Options { fault: Some(fault), ..Options::default() }).await
}

#[tokio::test]
async fn name_bound_off_by_one() {
    let bench = faulty(Fault::NameBoundOffByOne).await;
    bench.ivs("CreateChannel", json!({"name": "a".repeat(129)})).await.ok();
    let answer = bench.ivs("CreateChannel", json!({"name": "a".repeat(130)})).await;
    answer.is_error(400, "ValidationException");
}

#[tokio::test]
async fn delete_channel_answers_200() {
    let bench = faulty(Fault::DeleteChannelAnswers200).await;
    let arn = bench.channel().await;
    assert_eq!(bench.ivs("DeleteChannel", json!({"arn": arn})).await.status, 200);
}

#[tokio::test]
async fn error_type_header_missing() {
    let bench = faulty(Fault::ErrorTypeHeaderMissing).await;
    let answer = bench.ivs("GetChannel", json!({})).await;
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (400, None));
}

#[tokio::test]
async fn body_hash_unchecked() {
    let bench = faulty(Fault::BodyHashUnchecked).await;
    let mut request = post("ListChannels", &json!({}));
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    request.headers.push(("x-amz-content-sha256".to_owned(), hash.to_owned()));
    let mut request = Signer::default().sign(&bench.host(), request);
    request.body = b"{ }".to_vec();
    bench.raw(&request).await.ok();
}

#[tokio::test]
async fn list_skips_after_token() {
    let bench = faulty(Fault::ListSkipsAfterToken).await;
    for _ in 0..3 {
        bench.channel().await;
    }
    let first = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    let rest = json!({"nextToken": first["nextToken"]});
    let rest = bench.ivs("ListChannels", rest).await.ok();
    assert_eq!(rest["channels"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn token_ignores_filter() {
    let bench = faulty(Fault::TokenIgnoresFilter).await;
    for _ in 0..2 {
        bench.channel().await;
    }
    let first = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    let other = json!({"nextToken": first["nextToken"], "filterByName": "x"});
    bench.ivs("ListChannels", other).await.ok();
}

#[tokio::test]
async fn tag_lost_on_second_update() {
    let bench = faulty(Fault::TagLostOnSecondUpdate).await;
    let arn = bench.channel().await;
    for key in ["a", "b"] {
        bench.tags("POST", &arn, "", Some(json!({"tags": {key: "1"}}))).await.ok();
    }
    let tags = bench.tags("GET", &arn, "", None).await.ok();
    assert_eq!(tags, json!({"tags": {"b": "1"}}));
}
