//! Both parsers give the same model, and name the problem and its place in a file.
//!
//! The gallery is a fictional service, written by hand in both formats. It has every feature of restJson1 that a model
//! can represent.

use std::io::Write as _;

use ivs_model::{
    GapReason, GapScope, Location, Model, ModelGap, Number, ReadError, ShapeKind, TimestampFormat, UriSegment, bundled,
    import,
};
use serde_json::{Value, json};

const BOTOCORE: &str = include_str!("gallery/service-2.json");
const PAGINATORS: &str = include_str!("gallery/paginators-1.json");
const SMITHY: &str = include_str!("gallery/smithy.json");

fn fixture() -> import::Stripped {
    import::strip(&[("service-2.json", BOTOCORE.as_bytes()), ("paginators-1.json", PAGINATORS.as_bytes())])
        .expect("a botocore model")
}

fn gallery() -> Model {
    Model::from_slice(&fixture().bytes).expect("a fixture")
}

/// Parses a variant of the gallery with another value at this pointer; `None` removes it.
fn read_changed(text: &str, pointer: &str, value: Option<Value>) -> Result<Model, ReadError> {
    let mut model: Value = serde_json::from_str(text).expect("JSON");
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = model.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object to change");
    match value {
        Some(value) => drop(parent.insert(key, value)),
        None => drop(parent.remove(&key).expect("a key to remove")),
    }
    Model::from_slice(model.to_string().as_bytes())
}

#[test]
fn botocore_and_smithy_give_the_same_model() {
    let smithy = Model::from_slice(SMITHY.as_bytes()).expect("a Smithy model");
    assert_eq!(gallery(), smithy);
}

#[test]
fn every_location_and_timestamp_format_is_read() {
    let model = gallery();
    let put = model.operation("PutPainting").expect("an operation");
    let members: Vec<_> = model
        .members(put.input)
        .iter()
        .map(|member| (member.wire_name.as_str(), member.location, member.timestamp_format))
        .collect();
    assert_eq!(
        members,
        [
            ("room", Location::Label, None),
            ("path", Location::Label, None),
            ("x-label-", Location::HeaderMap, None),
            ("x-hung-at", Location::Header, Some(TimestampFormat::HttpDate)),
            ("since", Location::Query, Some(TimestampFormat::DateTime)),
            ("colour", Location::Query, None),
            ("more", Location::QueryMap, None),
            ("x-token", Location::Header, None),
            ("image", Location::Payload, None),
        ]
    );
    let output: Vec<_> = model
        .members(put.output)
        .iter()
        .map(|member| (member.wire_name.as_str(), member.location, member.timestamp_format))
        .collect();
    assert_eq!(
        output[..4],
        [
            ("status", Location::StatusCode, None),
            ("created", Location::Body, Some(TimestampFormat::EpochSeconds)),
            ("seen", Location::Body, Some(TimestampFormat::DateTime)),
            ("epoch", Location::Body, Some(TimestampFormat::EpochSeconds)),
        ]
    );
    assert_eq!(put.success_status, 201);
    assert!(put.idempotent);
    assert_eq!(put.uri.query, [("form".to_owned(), Some("painting".to_owned()))]);
    assert_eq!(put.uri.segments[2], UriSegment::GreedyLabel("path".into()));
    let statuses: Vec<_> = put.errors.iter().map(|id| model.shape(*id).error_status).collect();
    assert_eq!(statuses, [Some(404), Some(400), Some(500)]);
}

#[test]
fn bounds_of_numbers_are_values_and_all_others_lengths() {
    let model = gallery();
    let weight = model.shape_named("Weight").expect("a shape");
    assert_eq!((weight.min_value, weight.max_value), (Some(Number::Float(0.5)), Some(Number::Integer(99))));
    assert_eq!((weight.min_length, weight.max_length), (None, None));
    let labels = model.shape_named("Labels").expect("a shape");
    assert_eq!((labels.max_length, labels.max_value), (Some(5), None));
}

#[test]
fn shapes_that_no_operation_reaches_are_dropped() {
    assert!(gallery().shape_named("Unused").is_none());
    assert!(gallery().shape_named("Secret").expect("a shape").sensitive);
}

#[test]
fn pagination_with_other_names_comes_from_paginators() {
    let model = gallery();
    let pages = model.operation("ListPaintings").and_then(|operation| operation.pagination.clone()).expect("pages");
    assert_eq!(
        (pages.input_token.as_str(), pages.page_size.as_deref(), pages.items.as_deref()),
        ("pageToken", Some("size"), Some("paintings"))
    );
    let without = Model::from_slice(BOTOCORE.as_bytes()).expect("a model without paginators");
    assert_eq!(without.operation("ListPaintings").expect("an operation").pagination, None);
}

#[test]
fn constraints_of_smithy_members_become_separate_shapes() {
    let member = "/shapes/art#Tree/members/painting/traits";
    let changed = read_changed(SMITHY, "/shapes/art#Name/traits/smithy.api#length", Some(json!({"max": 7})));
    assert_eq!(changed.expect("a model").shape_named("Name").and_then(|shape| shape.max_length), Some(7));

    let ink = json!({"target": "art#Name", "traits": {"smithy.api#length": {"min": 3}, "smithy.api#sensitive": {}}});
    let model = read_changed(SMITHY, "/shapes/art#Painting/members/ink", Some(ink)).expect("a model");
    let (own, name) =
        (model.shape_named("Painting$ink").expect("a shape"), model.shape_named("Name").expect("a shape"));
    assert_eq!((own.min_length, own.max_length, own.sensitive), (Some(3), None, true));
    assert_eq!(own.pattern, name.pattern);
    assert_eq!((name.min_length, name.max_length, name.sensitive), (Some(1), Some(20), false));

    // A list within its own items: its member is parsed before its target.
    let branches = json!({"target": "art#Branches", "traits": {"smithy.api#length": {"min": 1}}});
    let model = read_changed(SMITHY, "/shapes/art#Tree/members/branches", Some(branches)).expect("a model");
    let own = model.shape_named("Tree$branches").expect("a shape");
    assert!(matches!(own.kind, ShapeKind::List { .. }) && own.min_length == Some(1));
    assert!(read_changed(SMITHY, member, Some(json!([]))).is_err());
}

#[test]
fn every_enum_encoding_is_read() {
    let colour = gallery().shape_named("Colour").expect("a shape").enum_values.clone();
    assert_eq!(colour, ["RED", "DEEP BLUE"]);
    let old = json!({"type": "string", "traits": {"smithy.api#enum": [{"value": "RED", "name": "R"}, {"value": "DEEP BLUE"}]}});
    let model = read_changed(SMITHY, "/shapes/art#Colour", Some(old)).expect("a model");
    assert_eq!(model.shape_named("Colour").expect("a shape").enum_values, colour);
    let numbers = json!({"type": "intEnum", "members": {
        "ONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": 1}},
        "TEN": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": 10}}}});
    let model = read_changed(SMITHY, "/shapes/art#Size", Some(numbers)).expect("a model");
    let size = model.shape_named("Size").expect("a shape");
    assert_eq!(
        (size.enum_values.as_slice(), &size.kind),
        (["1".into(), "10".into()].as_slice(), &ShapeKind::Integer { bits: 32 })
    );
}

#[test]
fn unique_items_are_read() {
    let colours = json!({"type": "list", "member": {"target": "art#Colour"}, "traits": {"smithy.api#uniqueItems": {}}});
    let model = read_changed(SMITHY, "/shapes/art#Colours", Some(colours)).expect("a model");
    assert!(model.shape_named("Colours").expect("a shape").unique_items);
}

#[test]
fn unknown_keys_are_named_with_their_place_at_every_level_of_botocore() {
    for place in [
        "",
        "/metadata",
        "/operations/PutPainting",
        "/operations/PutPainting/http",
        "/operations/PutPainting/input",
        "/operations/PutPainting/errors/0",
        "/shapes/Name",
        "/shapes/Unused",
        "/shapes/Tree/members/branches",
        "/shapes/Branches/member",
        "/shapes/Labels/key",
        "/shapes/Labels/value",
        "/shapes/NotHung/error",
        "/pagination/ListPaintings",
    ] {
        let text = String::from_utf8(fixture().bytes).expect("text");
        let mut model: Value = serde_json::from_str(&text).expect("JSON");
        let object = model.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
        object.insert("surprise".into(), json!(true));
        let model = Model::from_slice(model.to_string().as_bytes()).expect("a model with a gap");
        if place == "/shapes/Unused" {
            assert_eq!(model.gaps, []);
        } else {
            let expected = GapReason::UnknownKey { key: "surprise".into(), place: place.into() };
            assert!(!model.gaps.is_empty() && model.gaps.iter().all(|gap| *cause(&gap.reason) == expected), "{place}");
        }
    }
}

/// Returns the reason behind those of the shapes that an operation uses.
fn cause(reason: &GapReason) -> &GapReason {
    match reason {
        GapReason::Uses { reason, .. } => cause(reason),
        other => other,
    }
}

#[test]
fn unknown_key_of_a_shape_costs_the_operations_that_use_it() {
    let all: Vec<String> = gallery().operations.iter().map(|operation| operation.name.clone()).collect();
    let model = read_changed(BOTOCORE, "/shapes/NotHung/surprise", Some(json!(true))).expect("a model");
    let kept: Vec<&str> = model.operations.iter().map(|operation| operation.name.as_str()).collect();
    let left_out: Vec<&str> = model
        .gaps
        .iter()
        .map(|gap| match &gap.scope {
            GapScope::Operation(operation) => operation.name(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(!kept.is_empty() && !left_out.is_empty());
    assert!(all.iter().all(|name| kept.contains(&name.as_str()) != left_out.contains(&name.as_str())));
}

#[test]
fn unknown_traits_of_smithy_are_gaps_and_those_of_others_are_noted() {
    for place in
        ["/shapes/art#Name", "/shapes/art#Unused", "/shapes/art#Tree/members/branches", "/shapes/art#Branches/member"]
    {
        let mut model: Value = serde_json::from_str(SMITHY).expect("JSON");
        let object = model.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
        object.insert("traits".into(), json!({"smithy.api#surprise": {}}));
        let model = Model::from_slice(model.to_string().as_bytes()).expect("a model with a gap");
        let expected = GapReason::UnknownKey {
            key: "smithy.api#surprise".into(),
            place: format!("{place}/traits/smithy.api#surprise"),
        };
        assert_eq!(model.gaps.is_empty(), place.ends_with("Unused"), "{place}");
        assert!(model.gaps.iter().all(|gap| *cause(&gap.reason) == expected), "{place}: {:?}", model.gaps);
    }
    let notes = import::strip(&[("gallery.json", SMITHY.as_bytes())]).expect("a fixture").notes;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("art#curated") && notes[1].contains("smithy.rules#endpointRuleSet"));
}

#[test]
fn inexpressible_traits_cost_operations_and_not_the_file() {
    let lost = |text, pointer, value, operation: &str, expected: GapReason| {
        let model = read_changed(text, pointer, Some(value)).expect("a model with a gap");
        assert!(model.operation(operation).is_none(), "{pointer}");
        let is_operation =
            |gap: &&ModelGap| matches!(&gap.scope, GapScope::Operation(lost) if lost.name() == operation);
        let gap = model.gaps.iter().find(is_operation).expect("the gap of the operation");
        assert_eq!(*cause(&gap.reason), expected, "{pointer}");
    };
    let inexpressible =
        |key: &str, place: &str| GapReason::Inexpressible { key: key.to_owned(), place: place.to_owned() };
    let prefix = || json!({"hostPrefix": "x."});
    lost(BOTOCORE, "/operations/Close/endpoint", prefix(), "Close", GapReason::HostPrefix);
    lost(BOTOCORE, "/operations/Close/authtype", json!("none"), "Close", GapReason::Authentication);
    lost(BOTOCORE, "/operations/Close/unsignedPayload", json!(true), "Close", GapReason::UnsignedPayload);
    lost(BOTOCORE, "/shapes/Painting/eventstream", json!(true), "ListPaintings", GapReason::EventStream);
    let code = inexpressible("code", "/shapes/NotHung/error");
    lost(BOTOCORE, "/shapes/NotHung/error/code", json!("AnotherName"), "PutPainting", code);
    lost(SMITHY, "/shapes/art#Close/traits/smithy.api#endpoint", prefix(), "Close", GapReason::HostPrefix);
    let number = inexpressible("bigDecimal", "/shapes/art#Weight/type");
    lost(SMITHY, "/shapes/art#Weight", json!({"type": "bigDecimal"}), "WalkTree", number);
    lost(
        SMITHY,
        "/shapes/art#PutPaintingInput/members/token/traits/smithy.api#mediaType",
        json!("application/json"),
        "PutPainting",
        GapReason::JsonText,
    );
}

#[test]
fn text_with_json_costs_its_place_alone() {
    let model = read_changed(BOTOCORE, "/shapes/PutPaintingInput/members/token/jsonvalue", Some(json!(true)));
    let model = model.expect("a model with a gap");
    assert!(model.operation("PutPainting").is_some());
    let scope = GapScope::Shape("PutPaintingInput$token".into());
    assert_eq!(model.gaps, [ModelGap { scope, reason: GapReason::JsonText }]);
}

#[test]
fn missing_shapes_are_errors_and_bad_patterns_are_gaps() {
    match read_changed(BOTOCORE, "/shapes/Painting", None) {
        Err(ReadError::MissingShape { shape, place }) => {
            assert_eq!((shape.as_str(), place.as_str()), ("Painting", "/shapes/Paintings/member/shape"));
        }
        other => panic!("{other:?}"),
    }
    match read_changed(SMITHY, "/shapes/art#Painting", None) {
        Err(ReadError::MissingShape { shape, .. }) => assert_eq!(shape, "art#Painting"),
        other => panic!("{other:?}"),
    }
    for (text, pointer) in [(BOTOCORE, "/shapes/Name/pattern"), (SMITHY, "/shapes/art#Name/traits/smithy.api#pattern")]
    {
        let model = read_changed(text, pointer, Some(json!("[a-"))).expect("a model with a gap");
        let reason = GapReason::Pattern { problem: "unclosed character class".into() };
        assert_eq!(model.gaps, [ModelGap { scope: GapScope::Shape("Name".into()), reason }]);
        assert_eq!(model.shape_named("Name").expect("a shape").pattern.as_deref(), Some("[a-"));
    }
}

#[test]
fn wrong_values_are_named() {
    for (text, pointer, value) in [
        (BOTOCORE, "/shapes/Name/min", json!("1")),
        (BOTOCORE, "/shapes/Name/min", json!(-1)),
        (BOTOCORE, "/shapes/Name/type", json!("strinq")),
        (BOTOCORE, "/operations/Close/http/method", json!("delete")),
        (BOTOCORE, "/operations/Close/http/responseCode", json!(20)),
        (BOTOCORE, "/operations/Close/http/requestUri", json!("no-slash")),
        (BOTOCORE, "/shapes/PutPaintingInput/members/more/location", json!("cookie")),
        (SMITHY, "/smithy", json!("3.0")),
        (SMITHY, "/shapes/art#Name/type", json!("strinq")),
        (SMITHY, "/shapes/art#Weight/traits/smithy.api#range", json!(3)),
        (SMITHY, "/shapes/art#Day/traits/smithy.api#timestampFormat", json!("rfc")),
    ] {
        match read_changed(text, pointer, Some(value)) {
            Err(ReadError::WrongValue { place, .. }) => assert_eq!(place, pointer),
            other => panic!("{pointer}: {other:?}"),
        }
    }
    assert!(matches!(read_changed(BOTOCORE, "/operations/Close/http", None), Err(ReadError::MissingKey { .. })));
    assert!(matches!(
        read_changed(BOTOCORE, "/operations/Close/http/requestUri", Some(json!("/{nobody}"))),
        Err(ReadError::Label { .. })
    ));
}

#[test]
fn cycles_of_mixins_and_resources_are_errors() {
    let itself = json!([{"target": "art#InRoom"}]);
    assert!(matches!(
        read_changed(SMITHY, "/shapes/art#InRoom/mixins", Some(itself)),
        Err(ReadError::WrongValue { .. })
    ));
    let itself = json!([{"target": "art#PaintingResource"}]);
    assert!(read_changed(SMITHY, "/shapes/art#PaintingResource/resources", Some(itself)).is_err());
    // The same mixin on two paths is not a cycle.
    let twice = json!([{"target": "art#InRoom"}, {"target": "art#InRoom"}]);
    assert!(read_changed(SMITHY, "/shapes/art#PutPaintingInput/mixins", Some(twice)).is_ok());
}

#[test]
fn other_protocols_are_refused_by_name() {
    let json_rpc = read_changed(BOTOCORE, "/metadata/protocols", Some(json!(["json"])));
    assert!(json_rpc.is_ok(), "`protocol` still says rest-json");
    let mut model: Value = serde_json::from_str(BOTOCORE).expect("JSON");
    model["metadata"]["protocol"] = json!("json");
    model["metadata"]["protocols"] = json!(["json"]);
    match Model::from_slice(model.to_string().as_bytes()) {
        Err(ReadError::Protocol { found }) => assert!(found.contains("json")),
        other => panic!("{other:?}"),
    }
    let removed = read_changed(SMITHY, "/shapes/art#Gallery/traits/aws.protocols#restJson1", None);
    assert!(matches!(removed, Err(ReadError::Protocol { .. })));
}

#[test]
fn broken_json_is_named_by_line_and_column() {
    match Model::from_slice(b"{\n \"metadata\": }") {
        Err(ReadError::Json { line, column, .. }) => assert_eq!((line, column), (2, 14)),
        other => panic!("{other:?}"),
    }
    for bytes in [b"".as_slice(), b"[]", b"{}", b"null", b"\xff", b"\x1f\x8b\x00", b"{\"pagination\": {}}"] {
        assert!(Model::from_slice(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn gzipped_files_are_read_as_plain_ones() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(SMITHY.as_bytes()).expect("memory takes all");
    let mut packed = packer.finish().expect("memory takes all");
    assert_eq!(Model::from_slice(&packed).expect("a model"), gallery());
    packed.truncate(packed.len() / 2);
    assert!(matches!(Model::from_slice(&packed), Err(ReadError::Gzip(_))));
}

#[test]
fn the_bundled_models_keep_every_pattern_compilable() {
    let patterns = bundled::models().iter().flat_map(|model| &model.shapes).filter(|shape| shape.pattern.is_some());
    assert_eq!(patterns.count(), 70);
}

#[test]
fn foreign_models_have_features_that_the_three_services_lack() {
    let models: Vec<Model> = [
        ivs_fixtures::foreign::APIGATEWAY.as_bytes(),
        ivs_fixtures::foreign::GLACIER.as_bytes(),
        ivs_fixtures::foreign::GREENGRASSV2.as_bytes(),
        ivs_fixtures::foreign::GROUNDSTATION.as_bytes(),
        ivs_fixtures::foreign::QAPPS.as_bytes(),
        ivs_fixtures::foreign::SAGEMAKER_GEOSPATIAL.as_bytes(),
        ivs_fixtures::foreign::SCHEDULER.as_bytes(),
        ivs_fixtures::foreign::SERVICECATALOG_APPREGISTRY.as_bytes(),
    ]
    .into_iter()
    .map(|bytes| Model::from_slice(bytes).expect("a foreign model"))
    .collect();
    let members = || models.iter().flat_map(|model| model.shapes.iter().flat_map(members_of));
    for location in [
        Location::Payload,
        Location::Query,
        Location::QueryMap,
        Location::Header,
        Location::StatusCode,
        Location::Label,
    ] {
        assert!(members().any(|member| member.location == location), "{location:?}");
    }
    let shapes = || models.iter().flat_map(|model| &model.shapes);
    assert!(shapes().any(|shape| shape.kind == ShapeKind::Document));
    assert!(shapes().any(|shape| shape.kind == ShapeKind::Double));
    assert!(shapes().any(|shape| shape.kind == ShapeKind::Blob));
    assert!(shapes().any(|shape| matches!(shape.kind, ShapeKind::Union { .. })));
    assert!(members().any(|member| member.timestamp_format == Some(TimestampFormat::EpochSeconds)));
    assert!(members().any(|member| member.wire_name != member.name && member.location == Location::Body));
    let greedy = |segment: &UriSegment| matches!(segment, UriSegment::GreedyLabel(_));
    let operations = || models.iter().flat_map(|model| &model.operations);
    assert!(operations().any(|operation| operation.uri.segments.iter().any(greedy)));
    assert!(operations().any(|operation| !operation.uri.query.is_empty()));
}

fn members_of(shape: &ivs_model::Shape) -> &[ivs_model::Member] {
    match &shape.kind {
        ShapeKind::Structure { members } | ShapeKind::Union { members } => members,
        _ => &[],
    }
}
