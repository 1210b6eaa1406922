//! The bundled models agree with `docs/facts.md`.

use ivs_model::{Location, Method, Model, UriSegment, bundled};

fn model(id: &str) -> &'static Model {
    bundled::model(id).expect("a bundled service")
}

#[test]
fn there_are_three_services_with_46_40_and_17_operations() {
    let counts: Vec<_> =
        bundled::models().iter().map(|model| (model.service.id.as_str(), model.operations.len())).collect();
    assert_eq!(counts, [("ivs", 46), ("ivs-realtime", 40), ("ivschat", 17)]);
}

#[test]
fn names_of_services_differ_as_the_facts_say() {
    let names: Vec<_> = bundled::models()
        .iter()
        .map(|model| {
            let service = &model.service;
            (service.sdk_id.as_str(), service.endpoint_prefix.as_str(), service.signing_name.as_str())
        })
        .collect();
    assert_eq!(
        names,
        [("ivs", "ivs", "ivs"), ("IVS RealTime", "ivsrealtime", "ivs"), ("ivschat", "ivschat", "ivschat")]
    );
}

#[test]
fn nine_operations_return_204_and_all_others_200() {
    let operations = || bundled::models().iter().flat_map(|model| &model.operations);
    assert_eq!(operations().filter(|operation| operation.success_status == 204).count(), 9);
    assert_eq!(operations().filter(|operation| operation.success_status == 200).count(), 94);
}

#[test]
fn all_21_lists_with_a_next_token_page_and_name_their_items() {
    let mut pages = Vec::new();
    for operation in bundled::models().iter().flat_map(|model| &model.operations) {
        pages.extend(operation.pagination.as_ref());
    }
    assert_eq!(pages.len(), 21);
    for pagination in pages {
        assert_eq!(pagination.input_token, "nextToken");
        assert_eq!(pagination.output_token, "nextToken");
        assert_eq!(pagination.page_size.as_deref(), Some("maxResults"));
        assert!(pagination.items.is_some(), "{pagination:?}");
    }
}

#[test]
fn tag_operations_have_the_arn_in_the_path_and_keys_in_the_query() {
    for model in bundled::models() {
        let untag = model.operation("UntagResource").expect("every service tags");
        assert_eq!(untag.method, Method::Delete);
        assert_eq!(untag.uri.segments, [UriSegment::Literal("tags".into()), UriSegment::Label("resourceArn".into())]);
        let locations: Vec<_> =
            model.members(untag.input).iter().map(|member| (member.name.as_str(), member.location)).collect();
        assert_eq!(locations, [("resourceArn", Location::Label), ("tagKeys", Location::Query)]);
    }
}

#[test]
fn a_quota_breach_is_402() {
    for model in bundled::models() {
        let quota = model.shape_named("ServiceQuotaExceededException").expect("every service has quotas");
        assert_eq!(quota.error_status, Some(402));
    }
}

#[test]
fn start_composition_has_the_only_idempotency_token() {
    let tokens: Vec<_> = bundled::models()
        .iter()
        .flat_map(|model| model.operations.iter().map(move |operation| (model, operation)))
        .filter(|(model, operation)| model.members(operation.input).iter().any(|member| member.idempotency_token))
        .map(|(_, operation)| operation.name.as_str())
        .collect();
    assert_eq!(tokens, ["StartComposition"]);
    assert!(model("ivs-realtime").operation("StartComposition").is_some());
}
