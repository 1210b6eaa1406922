//! STS beside the services names the account of the caller's keys.

use ivs_emulator::{AccessKey, Options};

use crate::support::{Bench, Request, Signer};

fn identity_request(action: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: format!("Action={action}&Version=2011-06-15").into_bytes(),
    }
}

async fn asked(bench: &Bench, signer: &Signer, action: &str) -> (u16, String) {
    let answer = bench.signed(signer, identity_request(action)).await;
    let (status, answer) = (answer.status, String::from_utf8(answer.body).unwrap());
    (status, answer)
}

#[tokio::test]
async fn the_account_is_that_of_the_access_key() {
    let bench = Bench::start().await;
    let (status, answer) = asked(&bench, &Signer::of("sts"), "GetCallerIdentity").await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("<Account>123456789012</Account>"), "{answer}");
    assert!(answer.contains("<Arn>arn:aws:iam::123456789012:root</Arn>"), "{answer}");
    let own = Signer { access_key: "111122223333".to_owned(), ..Signer::of("sts") };
    let (_, answer) = asked(&bench, &own, "GetCallerIdentity").await;
    assert!(answer.contains("<Account>111122223333</Account>"), "{answer}");
}

#[tokio::test]
async fn other_keys_and_other_actions_are_refused() {
    let key = AccessKey { id: "AK".to_owned(), secret: "secret".to_owned(), session_token: None };
    let bench = Bench::with(Options { keys: vec![key], ..Options::default() }).await;
    let (status, answer) = asked(&bench, &Signer::of("sts"), "GetCallerIdentity").await;
    assert!(status == 403 && answer.contains("<Code>InvalidClientTokenId</Code>"), "{answer}");
    let wrong = Signer { access_key: "AK".to_owned(), secret: "other".to_owned(), ..Signer::of("sts") };
    let (status, answer) = asked(&bench, &wrong, "GetCallerIdentity").await;
    assert!(status == 403 && answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
    let right = Signer { secret: "secret".to_owned(), ..wrong };
    let (status, answer) = asked(&bench, &right, "AssumeRole").await;
    assert!(status == 400 && answer.contains("<Code>InvalidAction</Code>"), "{answer}");
}
