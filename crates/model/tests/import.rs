//! Stripping removes only prose, and its result is stable.

use ivs_model::import::{ImportError, strip};
use ivs_model::{Model, bundled};
use proptest::prelude::*;
use serde_json::{Map, Value};

const BOTOCORE: &str = include_str!("gallery/service-2.json");
const PAGINATORS: &str = include_str!("gallery/paginators-1.json");
const SMITHY: &str = include_str!("gallery/smithy.json");

/// Adds prose to every object of a botocore file that may have it, which excludes tables of names.
fn add_prose(value: &mut Value, is_table: bool, text: &str) {
    if let Value::Object(object) = value {
        for (key, value) in object.iter_mut() {
            let tables = ["members", "shapes", "operations"];
            add_prose(value, !is_table && tables.contains(&key.as_str()), text);
        }
        let speaks = object.contains_key("shape") || object.contains_key("type") || object.contains_key("http");
        if speaks && !is_table {
            object.insert("documentation".into(), text.into());
            object.insert("deprecatedMessage".into(), text.into());
        }
    }
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| add_prose(item, false, text));
    }
}

/// Returns the same JSON with the keys of every object in another order.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            Value::Object(object.iter().rev().map(|(k, v)| (k.clone(), reversed(v))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

const FIXTURES: [&str; 11] = [
    ivs_fixtures::models::IVS,
    ivs_fixtures::models::IVS_REALTIME,
    ivs_fixtures::models::IVSCHAT,
    ivs_fixtures::foreign::APIGATEWAY,
    ivs_fixtures::foreign::GLACIER,
    ivs_fixtures::foreign::GREENGRASSV2,
    ivs_fixtures::foreign::GROUNDSTATION,
    ivs_fixtures::foreign::QAPPS,
    ivs_fixtures::foreign::SAGEMAKER_GEOSPATIAL,
    ivs_fixtures::foreign::SCHEDULER,
    ivs_fixtures::foreign::SERVICECATALOG_APPREGISTRY,
];

#[test]
fn fixtures_are_as_stripping_writes_them() {
    for text in FIXTURES {
        let stripped = strip(&[("fixture", text.as_bytes())]).expect("a fixture");
        assert!(stripped.bytes == text.as_bytes(), "{}", &text[..200]);
        assert!(stripped.notes.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stripping_removes_prose_and_keeps_the_model(fixture in 0..FIXTURES.len(), prose in ".{1,20}") {
        let text = FIXTURES[fixture];
        let mut value: Value = serde_json::from_str(text).expect("JSON");
        add_prose(&mut value, false, &prose);
        let original = value.to_string();
        prop_assert!(original.len() > text.len() / 2);
        let stripped = strip(&[("original", original.as_bytes())]).expect("a model");
        prop_assert!(stripped.bytes == text.as_bytes());
        prop_assert_eq!(Model::from_slice(original.as_bytes()).expect("a model"), Model::from_slice(&stripped.bytes).expect("a model"));
        let again = strip(&[("again", &stripped.bytes)]).expect("a fixture");
        prop_assert!(again == stripped);
    }
}

#[test]
fn both_forms_lose_their_prose_and_stay_the_same_model() {
    let inputs: [&[(&str, &[u8])]; 2] = [
        &[("paginators-1.json", PAGINATORS.as_bytes()), ("service-2.json", BOTOCORE.as_bytes())],
        &[("smithy.json", SMITHY.as_bytes())],
    ];
    for files in inputs {
        let stripped = strip(files).expect("a model");
        let text = String::from_utf8(stripped.bytes.clone()).expect("text");
        assert!(!text.contains("prose") && !text.contains("A gallery"), "{text}");
        assert_eq!(strip(&[("again", text.as_bytes())]).expect("a fixture"), stripped);
        let model = Model::from_slice(text.as_bytes()).expect("a fixture");
        assert_eq!(model, Model::from_slice(SMITHY.as_bytes()).expect("a model"));
        // A member may have the name of a key with prose.
        let tree = model.shape_named("Tree").expect("a shape");
        assert!(format!("{tree:?}").contains("\"documentation\""));
    }
}

#[test]
fn the_order_of_a_file_does_not_change_the_models_shapes_or_operations() {
    let value: Value = serde_json::from_str(FIXTURES[0]).expect("JSON");
    let model = Model::from_slice(reversed(&value).to_string().as_bytes()).expect("a model");
    let names = |model: &Model| model.shapes.iter().map(|shape| shape.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&model), names(&bundled::models()[0]));
    assert!(model.operations.is_sorted_by(|left, right| left.name < right.name));
}

#[test]
fn files_that_cannot_be_converted_are_named() {
    let (service, pages, smithy) = (("a", BOTOCORE.as_bytes()), ("b", PAGINATORS.as_bytes()), ("c", SMITHY.as_bytes()));
    assert!(matches!(strip(&[]), Err(ImportError::NoModel)));
    assert!(matches!(strip(&[pages]), Err(ImportError::NoModel)));
    assert!(matches!(strip(&[service, smithy]), Err(ImportError::TwoModels { .. })));
    assert!(matches!(strip(&[smithy, pages]), Err(ImportError::StrayPaginators { .. })));
    assert!(matches!(strip(&[service, pages, pages]), Err(ImportError::StrayPaginators { .. })));
    match strip(&[service, ("broken.json", b"{")]) {
        Err(ImportError::Read { file, .. }) => assert_eq!(file, "broken.json"),
        other => panic!("{other:?}"),
    }
}
