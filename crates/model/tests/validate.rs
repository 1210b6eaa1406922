//! Evaluation of constraints, at the bounds.

use ivs_model::ConstraintKind::{
    Enum, MaxLength, MaxValue, MinLength, MinValue, Pattern, Required, TimestampFormat, Type, Union, UniqueItems,
};
use ivs_model::{ConstraintKind, Model, OperationId, ShapeId, ShapeKind, bundled, validate};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Returns the violations of an operation's input.
fn broken(operation: &str, input: Value) -> Vec<(String, ConstraintKind)> {
    let id: OperationId = operation.parse().expect("an operation id");
    let model = bundled::model(id.service()).expect("a service");
    let operation = model.operation(id.name()).expect("an operation");
    let violations = validate(model, operation.input.expect("an input"), &input);
    violations.into_iter().map(|violation| (violation.pointer, violation.constraint)).collect()
}

fn at(pointer: &str, constraint: ConstraintKind) -> Vec<(String, ConstraintKind)> {
    vec![(pointer.to_owned(), constraint)]
}

/// Builds a small model of one operation whose input has the member `value` of this Smithy shape.
fn model_of(shape: Value) -> (Model, ShapeId) {
    let ast = json!({"smithy": "2.0", "shapes": {
        "a#S": {"type": "service", "operations": [{"target": "a#O"}], "traits": {"aws.protocols#restJson1": {}}},
        "a#O": {"type": "operation", "input": {"target": "a#I"}, "traits": {"smithy.api#http": {"method": "POST", "uri": "/"}}},
        "a#I": {"type": "structure", "members": {"value": {"target": "a#V"}}},
        "a#V": shape,
        "a#T": {"type": "timestamp", "traits": {"smithy.api#timestampFormat": "date-time"}},
        "a#E": {"type": "intEnum", "members": {"ONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": 1}}}}
    }});
    let model = Model::from_slice(ast.to_string().as_bytes()).expect("a model");
    let input = model.operations[0].input.expect("an input");
    (model, input)
}

/// Asserts the violation of each value of a shape at `/value`; `None` if it is valid.
fn assert_values(shape: Value, expected: &[(Value, Option<ConstraintKind>)]) {
    let (model, input) = model_of(shape);
    for (value, constraint) in expected {
        let violations = validate(&model, input, &json!({"value": value}));
        let kinds: Vec<_> = violations.iter().map(|violation| violation.constraint).collect();
        assert_eq!(kinds, constraint.iter().copied().collect::<Vec<_>>(), "{value}");
    }
}

#[test]
fn lengths_count_code_points_and_not_bytes() {
    assert_eq!(
        broken(
            "ivs.StartViewerSessionRevocation",
            json!({"channelArn": "arn:aws:ivs:r:1:channel/a", "viewerId": "é".repeat(40)})
        ),
        []
    );
    assert_eq!(
        broken(
            "ivs.StartViewerSessionRevocation",
            json!({"channelArn": "arn:aws:ivs:r:1:channel/a", "viewerId": "🎥".repeat(41)})
        ),
        at("/viewerId", MaxLength)
    );
}

#[test]
fn names_break_at_129_characters_and_at_a_space() {
    assert_eq!(broken("ivs.CreateChannel", json!({"name": "a".repeat(128)})), []);
    assert_eq!(broken("ivs.CreateChannel", json!({"name": "a".repeat(129)})), at("/name", MaxLength));
    assert_eq!(broken("ivs.CreateChannel", json!({"name": "a b"})), at("/name", Pattern));
    assert_eq!(broken("ivs.CreateChannel", json!({"name": ""})), []);
}

#[test]
fn a_newline_at_the_end_does_not_match_a_pattern() {
    assert_eq!(broken("ivs.CreateChannel", json!({"name": "a\n"})), at("/name", Pattern));
}

#[test]
fn anchors_within_a_pattern_let_the_empty_text_detach() {
    for arn in ["", "arn:aws:ivs:us-west-2:123456789012:recording-configuration/abc"] {
        assert_eq!(broken("ivs.CreateChannel", json!({"recordingConfigurationArn": arn})), []);
    }
    assert_eq!(
        broken(
            "ivs.CreateChannel",
            json!({"recordingConfigurationArn": "arn:aws:ivs:us-west-2:123456789012:channel/abc"})
        ),
        at("/recordingConfigurationArn", Pattern)
    );
    for uri in [
        "",
        "arn:aws:lambda:us-west-2:123456789012:function:review",
        "arn:aws:lambda:us-west-2:123456789012:function:review:live",
    ] {
        assert_eq!(broken("ivschat.CreateRoom", json!({"messageReviewHandler": {"uri": uri}})), [], "{uri}");
    }
    for uri in ["x", "arn:aws:lambda:us-west-2:1234:function:review", "arn:aws:lambda:us-west-2:123456789012:function:"]
    {
        assert_eq!(
            broken("ivschat.CreateRoom", json!({"messageReviewHandler": {"uri": uri}})),
            at("/messageReviewHandler/uri", Pattern),
            "{uri}"
        );
    }
}

#[test]
fn a_pem_with_text_of_several_lines_around_it_does_not_match() {
    let pem = bundled::keys().p384[0];
    assert_eq!(broken("ivs-realtime.ImportPublicKey", json!({"publicKeyMaterial": pem})), []);
    assert_eq!(broken("ivs-realtime.ImportPublicKey", json!({"publicKeyMaterial": pem.replace('\n', "\r\n")})), []);
    // The dots around the key do not match newlines.
    assert_eq!(
        broken("ivs-realtime.ImportPublicKey", json!({"publicKeyMaterial": format!("note\n{pem}")})),
        at("/publicKeyMaterial", Pattern)
    );
}

#[test]
fn real_arns_are_valid_for_tags_and_one_letter_types_too() {
    for arn in [
        "arn:aws:ivs:us-west-2:123456789012:channel/fbc789c1-2c56-4ce6-a30a-d99275dc4481",
        "arn:aws:ivs:us-west-2:1:c/a",
    ] {
        assert_eq!(broken("ivs.ListTagsForResource", json!({"resourceArn": arn})), []);
    }
}

#[test]
fn required_members_break_absent_and_null_and_optional_ones_neither() {
    assert_eq!(broken("ivs.GetChannel", json!({})), at("/arn", Required));
    assert_eq!(broken("ivs.GetChannel", json!({"arn": null})), at("/arn", Required));
    assert_eq!(broken("ivs.CreateChannel", json!({"name": null, "tags": null})), []);
    assert_eq!(
        broken("ivs.CreateRecordingConfiguration", json!({"destinationConfiguration": {"s3": {}}})),
        at("/destinationConfiguration/s3/bucketName", Required)
    );
}

#[test]
fn wrong_json_types_break_only_the_type() {
    for (member, values) in [
        ("authorized", vec![json!("true"), json!(1), json!([]), json!({})]),
        ("name", vec![json!(1), json!(true), json!([]), json!({})]),
        ("type", vec![json!(1), json!(["BASIC"])]),
        ("tags", vec![json!([]), json!("a"), json!(1)]),
        ("multitrackInputConfiguration", vec![json!([]), json!("a")]),
    ] {
        for value in values {
            assert_eq!(broken("ivs.CreateChannel", json!({member: value})), at(&format!("/{member}"), Type), "{value}");
        }
    }
    assert_eq!(broken("ivs.CreateChannel", json!([])), at("", Type));
    assert_eq!(broken("ivs.CreateChannel", json!(null)), at("", Type));
}

#[test]
fn integers_are_whole_and_within_their_width() {
    assert_values(
        json!({"type": "byte"}),
        &[
            (json!(127), None),
            (json!(128), Some(Type)),
            (json!(-128), None),
            (json!(-129), Some(Type)),
            (json!(1.0), None),
            (json!(1.5), Some(Type)),
            (json!("1"), Some(Type)),
        ],
    );
    assert_values(
        json!({"type": "integer"}),
        &[(json!(2_147_483_647), None), (json!(2_147_483_648_i64), Some(Type)), (json!(-2_147_483_648_i64), None)],
    );
    assert_values(
        json!({"type": "long"}),
        &[(json!(i64::MAX), None), (json!(i64::MIN), None), (json!(u64::MAX), Some(Type)), (json!(1e30), Some(Type))],
    );
    assert_values(
        json!({"type": "intEnum", "members": {"ONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": 1}}}}),
        &[(json!(1), None), (json!(2), Some(Enum))],
    );
}

#[test]
fn ranges_hold_at_their_bounds() {
    for (value, constraint) in [(0, Some(MinValue)), (1, None), (100, None), (101, Some(MaxValue))] {
        let expected = constraint.map_or_else(Vec::new, |constraint| at("/maxResults", constraint));
        assert_eq!(broken("ivs.ListChannels", json!({"maxResults": value})), expected);
    }
    let framerate =
        |value: Value| broken("ivs-realtime.CreateEncoderConfiguration", json!({"video": {"framerate": value}}));
    assert_eq!(framerate(json!(1)), []);
    assert_eq!(framerate(json!(59.94)), []);
    assert_eq!(framerate(json!(0.999)), at("/video/framerate", MinValue));
    assert_eq!(framerate(json!(60.001)), at("/video/framerate", MaxValue));
    assert_eq!(framerate(json!("Infinity")), at("/video/framerate", MaxValue));
    assert_eq!(framerate(json!("30")), at("/video/framerate", Type));
}

#[test]
fn lists_and_maps_are_judged_by_size_and_by_each_entry() {
    let arn = "arn:aws:ivs:r:1:channel/a";
    assert_eq!(broken("ivs.BatchGetChannel", json!({"arns": []})), at("/arns", MinLength));
    assert_eq!(broken("ivs.BatchGetChannel", json!({"arns": vec![arn; 50]})), []);
    assert_eq!(broken("ivs.BatchGetChannel", json!({"arns": vec![arn; 51]})), at("/arns", MaxLength));
    assert_eq!(broken("ivs.BatchGetChannel", json!({"arns": [arn, "x"]})), at("/arns/1", Pattern));
    assert_eq!(broken("ivs.BatchGetChannel", json!({"arns": [null]})), at("/arns/0", Type));
    assert_eq!(
        broken("ivschat.CreateRoom", json!({"tags": {"a/b~c": "x".repeat(257)}})),
        at("/tags/a~1b~0c", MaxLength)
    );
    assert_eq!(broken("ivs.CreateChannel", json!({"tags": {"a": null}})), at("/tags/a", Type));
}

#[test]
fn a_map_key_breaks_as_a_key() {
    let model = bundled::model("ivs").expect("a service");
    let input = model.operation("CreateChannel").and_then(|operation| operation.input).expect("an input");
    let violations = validate(model, input, &json!({"tags": {"": "<"}}));
    let found: Vec<_> = violations.iter().map(|violation| (violation.constraint, violation.of_key)).collect();
    assert_eq!(found, [(MinLength, true), (Pattern, true), (Pattern, false)]);
    assert!(violations.iter().all(|violation| violation.pointer == "/tags/"));
}

#[test]
fn exactly_one_known_member_makes_a_union() {
    let destination =
        |value: Value| broken("ivschat.CreateLoggingConfiguration", json!({"destinationConfiguration": value}));
    let (s3, logs) = (json!({"bucketName": "bucket"}), json!({"logGroupName": "group"}));
    assert_eq!(destination(json!({"s3": s3})), []);
    assert_eq!(destination(json!({"s3": s3, "cloudWatchLogs": null})), []);
    assert_eq!(destination(json!({"s3": s3, "__type": "S3"})), []);
    assert_eq!(destination(json!({})), at("/destinationConfiguration", Union));
    assert_eq!(destination(json!({"s3": null})), at("/destinationConfiguration", Union));
    assert_eq!(destination(json!({"s3": s3, "cloudWatchLogs": logs})), at("/destinationConfiguration", Union));
    assert_eq!(destination(json!({"kinesis": {}})), at("/destinationConfiguration", Union));
    assert_eq!(destination(json!({"s3": s3, "kinesis": {}})), at("/destinationConfiguration", Union));
    assert_eq!(destination(json!({"s3": {}})), at("/destinationConfiguration/s3/bucketName", Required));
}

#[test]
fn unknown_members_of_a_structure_are_allowed() {
    assert_eq!(
        broken("ivs.CreateChannel", json!({"surprise": 1, "multitrackInputConfiguration": {"surprise": {}}})),
        []
    );
}

#[test]
fn enumerations_are_exact() {
    assert_eq!(broken("ivs.CreateChannel", json!({"type": "STANDARD"})), []);
    for value in ["standard", "STANDARD ", "", "STANDARD1"] {
        assert_eq!(broken("ivs.CreateChannel", json!({"type": value})), at("/type", Enum), "{value}");
    }
}

#[test]
fn timestamps_of_our_services_are_date_times() {
    let insert = |value: Value| {
        broken(
            "ivs.InsertAdBreak",
            json!({"channelArn": "arn:aws:ivs:r:1:channel/a", "durationSeconds": 1, "targetStartAt": value}),
        )
    };
    assert_eq!(insert(json!("2026-01-02T03:04:05Z")), []);
    assert_eq!(insert(json!("2026-01-02 03:04:05")), at("/targetStartAt", TimestampFormat));
    assert_eq!(insert(json!(1_767_323_045)), at("/targetStartAt", Type));
}

#[test]
fn timestamps_within_lists_keep_the_format_of_their_shape() {
    assert_values(
        json!({"type": "list", "member": {"target": "a#T"}}),
        &[(json!(["2026-01-02T03:04:05Z"]), None), (json!([1]), Some(Type)), (json!(["x"]), Some(TimestampFormat))],
    );
    assert_values(
        json!({"type": "list", "member": {"target": "smithy.api#Timestamp"}}),
        &[(json!([1.5]), None), (json!(["2026-01-02T03:04:05Z"]), Some(Type))],
    );
}

#[test]
fn blobs_are_base64_and_count_their_bytes() {
    assert_values(
        json!({"type": "blob", "traits": {"smithy.api#length": {"min": 1, "max": 2}}}),
        &[
            (json!(""), Some(MinLength)),
            (json!("AA=="), None),
            (json!("AAA="), None),
            (json!("AAAA"), Some(MaxLength)),
            (json!("AA"), Some(Type)),
            (json!(1), Some(Type)),
        ],
    );
}

#[test]
fn unique_items_differ_as_json_values() {
    assert_values(
        json!({"type": "list", "member": {"target": "smithy.api#Document"}, "traits": {"smithy.api#uniqueItems": {}}}),
        &[
            (json!([1, "1", true]), None),
            (json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]), Some(UniqueItems)),
            (json!([1, 2, 1]), Some(UniqueItems)),
        ],
    );
}

#[test]
fn sparse_collections_allow_null() {
    assert_values(
        json!({"type": "list", "member": {"target": "smithy.api#String"}, "traits": {"smithy.api#sparse": {}}}),
        &[(json!([null, "a"]), None), (json!([1]), Some(Type))],
    );
    assert_values(
        json!({"type": "map", "key": {"target": "smithy.api#String"}, "value": {"target": "smithy.api#String"}, "traits": {"smithy.api#sparse": {}}}),
        &[(json!({"a": null}), None)],
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    // Names of the models, so that nested values are evaluated.
    let name = prop_oneof![Just("name"), Just("tags"), Just("s3"), Just("arn"), Just("arns"), Just("video"), Just("*")];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_violation_points_to_a_value_or_to_where_one_is_missing(value in any_json()) {
        for model in bundled::models() {
            for (index, shape) in model.shapes.iter().enumerate() {
                let Some(id) = model.shape_id(&shape.name) else { panic!("shape {index} has no id") };
                for violation in validate(model, id, &value) {
                    let parent = violation.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                    match violation.constraint {
                        Required => prop_assert!(value.pointer(parent).is_some_and(Value::is_object)),
                        _ => prop_assert!(value.pointer(&violation.pointer).is_some()),
                    }
                }
                if matches!(shape.kind, ShapeKind::Document) {
                    prop_assert!(validate(model, id, &value).is_empty());
                }
            }
        }
    }
}
