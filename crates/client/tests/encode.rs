//! Encoding of inputs as requests, with the bundled models.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, also in their helpers")]

use ivs_client::{EncodeError, Place, Request, encode};
use ivs_model::{Location, OperationId, UriSegment, bundled};
use serde_json::{Value, json};

fn encoded(operation: &str, input: &Value) -> Result<Request, EncodeError> {
    let id: OperationId = operation.parse().unwrap();
    let model = bundled::model(id.service()).unwrap();
    encode(model, model.operation(id.name()).unwrap(), input)
}

const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh";

#[test]
fn body_members_become_json() {
    let request = encoded("ivs.CreateChannel", &json!({"name": "a", "tags": {"b": "c"}})).unwrap();
    assert_eq!((request.method.as_str(), request.target().as_str()), ("POST", "/CreateChannel"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body.as_ref(), br#"{"name":"a","tags":{"b":"c"}}"#);
}

#[test]
fn no_input_is_an_empty_object() {
    for input in [Value::Null, json!({})] {
        assert_eq!(encoded("ivs.ListChannels", &input).unwrap().body.as_ref(), b"{}");
    }
}

#[test]
fn an_arn_is_one_segment_of_the_path() {
    let request = encoded("ivschat.ListTagsForResource", &json!({"resourceArn": ARN})).unwrap();
    assert_eq!(request.target(), "/tags/arn%3Aaws%3Aivs%3Aus-west-2%3A123456789012%3Achannel%2FabcdABCDefgh");
    assert_eq!((request.method.as_str(), request.body.len(), request.header("content-type")), ("GET", 0, None));
}

#[test]
fn a_label_stays_out_of_the_body() {
    let request = encoded("ivs.TagResource", &json!({"resourceArn": "a", "tags": {"b": ""}})).unwrap();
    assert_eq!((request.target().as_str(), request.body.as_ref()), ("/tags/a", br#"{"tags":{"b":""}}"#.as_slice()));
}

#[test]
fn a_list_in_the_query_is_repeated() {
    let input = json!({"resourceArn": "a", "tagKeys": ["c/d e", "\u{e9}&="]});
    let request = encoded("ivs-realtime.UntagResource", &input).unwrap();
    assert_eq!(request.query, "tagKeys=c%2Fd%20e&tagKeys=%C3%A9%26%3D");
    assert_eq!((request.method.as_str(), request.body.len()), ("DELETE", 0));
}

#[test]
fn wrong_types_reach_the_body_unchanged() {
    let input = json!({
        "name": 7, "authorized": "true", "tags": ["a"], "type": null, "unknownMember": {"x": [1.5, null]},
        "multitrackInputConfiguration": "no structure",
    });
    let request = encoded("ivs.CreateChannel", &input).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), input);
}

#[test]
fn an_input_that_is_not_an_object_is_the_whole_body() {
    assert_eq!(encoded("ivs.CreateChannel", &json!([1])).unwrap().body.as_ref(), b"[1]");
    assert_eq!(encoded("ivs.TagResource", &json!([1])), Err(EncodeError::NoObject));
}

#[test]
fn values_that_path_and_query_cannot_carry_are_errors() {
    let label = |input: Value| encoded("ivs.ListTagsForResource", &input).unwrap_err();
    let member = || "resourceArn".to_owned();
    assert_eq!(label(json!({})), EncodeError::MissingLabel { member: member() });
    assert_eq!(label(json!({"resourceArn": null})), EncodeError::Null { member: member(), place: Place::Label });
    for wrong in [json!(1), json!(true), json!(["a"]), json!({})] {
        let error = label(json!({"resourceArn": wrong}));
        assert_eq!(error, EncodeError::WrongType { member: member(), place: Place::Label });
    }
    let query = |keys: Value| encoded("ivs.UntagResource", &json!({"resourceArn": "a", "tagKeys": keys}));
    assert!(matches!(query(json!(null)), Err(EncodeError::Null { place: Place::Query, .. })));
    assert!(matches!(query(json!("a")), Err(EncodeError::WrongType { place: Place::Query, .. })));
    assert!(matches!(query(json!([1])), Err(EncodeError::WrongType { place: Place::Query, .. })));
    assert!(matches!(query(json!([null])), Err(EncodeError::Null { place: Place::Query, .. })));
    assert_eq!(query(json!([])).unwrap().query, "");
}

#[test]
fn every_operation_of_every_service_has_its_request() {
    let mut operations = 0;
    for model in bundled::models() {
        for operation in &model.operations {
            let members = model.members(operation.input);
            let labels = members.iter().filter(|member| member.location == Location::Label);
            let input: Value =
                labels.map(|member| (member.name.clone(), json!("a/b"))).collect::<serde_json::Map<_, _>>().into();
            let request = encode(model, operation, &input).unwrap();
            let expected: Vec<String> = operation
                .uri
                .segments
                .iter()
                .map(|segment| match segment {
                    UriSegment::Literal(text) => text.clone(),
                    UriSegment::Label(_) => "a%2Fb".to_owned(),
                    UriSegment::GreedyLabel(_) => "a/b".to_owned(),
                })
                .collect();
            assert_eq!(request.path, format!("/{}", expected.join("/")), "{}", operation.name);
            assert_eq!(request.method, operation.method.as_str());
            let has_body = members.iter().any(|member| member.location == Location::Body);
            assert_eq!(request.body.as_ref(), if has_body { b"{}".as_slice() } else { b"" }, "{}", operation.name);
            operations += 1;
        }
    }
    assert_eq!(operations, 103);
}
