//! No secret reaches a finding, whatever form it comes in.

use ivs_judge::{CheckInfo, Grouping, Judge, Mismatch, Reproducer, RequestContext};
use ivs_model::{Authority, bundled};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::exchange::{ARN, KEY_ARN, answer, answered, call, case, judge};

static RULE: CheckInfo =
    CheckInfo { check: "a-check", authority: Authority::Model, source: "a rule", grouping: Grouping::Never };

fn printed(exchange: &ivs_client::Exchange, actual: &str, context: &RequestContext<'_>) -> String {
    let finding = judge().finding(&RULE, &Mismatch::new("", "x", actual), exchange, context);
    serde_json::to_string(&finding).expect("a finding is plain data")
}

proptest! {
    #[test]
    fn sensitive_members_of_request_and_response_are_masked(
        metadata in "[!-~]{6,60}", key in "sk_us-west-2_[a-zA-Z0-9]{12}_[a-z0-9]{12}",
    ) {
        let request = json!({"channelArn": ARN, "metadata": metadata});
        let body = json!({"streamKey": {"arn": KEY_ARN, "value": key, "channelArn": ARN}});
        let case = case("ivs.GetChannel/validation/c");
        let context = RequestContext::valid(&case);
        let put = answered(call("ivs.PutMetadata", &request), answer(200, json!({})));
        let text = printed(&put, &format!("rejected {metadata}"), &context);
        let escaped = Value::from(metadata.as_str()).to_string();
        prop_assert!(!text.contains(&metadata) && !text.contains(&escaped[1..escaped.len() - 1]), "{text}");
        let create = answered(call("ivs.CreateStreamKey", &json!({"channelArn": ARN})), answer(200, body));
        let text = printed(&create, &format!("the value {key}"), &context);
        prop_assert!(!text.contains(&key) && !text.contains(&key[14..26]), "{text}");
    }

    #[test]
    fn credentials_are_masked_wherever_they_come_from(secret in "[A-Za-z0-9/+]{20,40}") {
        let judge = Judge::new(bundled::models(), bundled::knowledge(), Reproducer::new(7).secret(&secret));
        let mut exchange = call("ivs.GetChannel", &json!({"arn": ARN, "other": secret}));
        exchange.request.query = format!("a={secret}");
        exchange.request.headers.push(("x-other".to_owned(), secret.clone().into_bytes()));
        let mismatch = Mismatch::new("", secret.clone(), format!("an echo of {secret}"));
        let finding = judge.finding(&RULE, &mismatch, &exchange, &RequestContext::valid(&case("ivs.GetChannel/auth/c")));
        let text = serde_json::to_string(&finding).unwrap();
        prop_assert!(!text.contains(&secret), "{text}");
        let debug = format!("{judge:?}");
        prop_assert!(!debug.contains(&secret), "{}", debug);
    }
}

#[test]
fn signature_and_key_id_are_never_printed() {
    let text = printed(
        &call("ivs.GetChannel", &json!({"arn": ARN})),
        "x",
        &RequestContext::valid(&case("ivs.GetChannel/validation/c")),
    );
    assert!(!text.contains("AKIDEXAMPLE") && !text.contains("0123456789abcdef"), "{text}");
}

#[test]
fn what_a_generator_made_up_is_no_secret_and_stays_reproducible() {
    let input = json!({"channelArn": "{channel.arn}", "metadata": "a".repeat(20)});
    let request = json!({"channelArn": ARN, "metadata": "a".repeat(20)});
    let exchange = call("ivs.PutMetadata", &request);
    let text = printed(&exchange, "x", &RequestContext::valid(&case("ivs.GetChannel/validation/c")).with_input(&input));
    assert!(text.contains(&"a".repeat(20)) && text.contains("<channel-arn:1>"), "{text}");
    assert!(
        !printed(&exchange, "x", &RequestContext::valid(&case("ivs.GetChannel/validation/c")))
            .contains(&"a".repeat(20))
    );
}

#[test]
fn a_secret_in_a_member_that_should_not_be_there_is_masked() {
    let body =
        json!({"streamKeys": [{"arn": KEY_ARN, "channelArn": ARN, "value": "sk_us-west-2_abcdABCDefgh_567890abcdef"}]});
    let exchange = answered(call("ivs.ListStreamKeys", &json!({"channelArn": ARN})), answer(200, body));
    let judgement = judge().universal(&exchange, &RequestContext::valid(&case("ivs.GetChannel/validation/c")));
    assert_eq!(judgement.findings[0].check, "unmodeled-member");
    assert!(!format!("{judgement:?}").contains("567890abcdef"));
}
