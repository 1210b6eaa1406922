//! The knowledge files refer to parts of the bundled models, and every entry has a source.

use std::collections::BTreeSet;

use ivs_model::knowledge::{Knowledge, Origin, Rejection, SetupAction};
use ivs_model::{Authority, ErrorPair, Model, Operation, ShapeId, bundled, validate};

fn model(service: &str) -> &'static Model {
    bundled::model(service).unwrap_or_else(|| panic!("there is no service {service}"))
}

fn operation(service: &str, name: &str) -> &'static Operation {
    model(service).operation(name).unwrap_or_else(|| panic!("{service} has no operation {name}"))
}

fn assert_operation(service: &str, name: &str) {
    operation(service, name);
}

/// Returns the shape of an input member; panics with the place if there is none.
fn input_member(service: &str, name: &str, pointer: &str) -> ShapeId {
    let input = operation(service, name).input.expect("an operation with input");
    model(service).shape_at(input, pointer).unwrap_or_else(|| panic!("the input of {service} {name} has no {pointer}"))
}

fn output_member(service: &str, name: &str, pointer: &str) -> ShapeId {
    let output = operation(service, name).output.expect("an operation with output");
    model(service)
        .shape_at(output, pointer)
        .unwrap_or_else(|| panic!("the output of {service} {name} has no {pointer}"))
}

fn knowledge() -> &'static Knowledge {
    bundled::knowledge()
}

#[test]
fn every_entry_names_its_source() {
    assert!(knowledge().entries().count() > 200);
    for (table, entry) in knowledge().entries() {
        assert!(!entry.source().trim().is_empty(), "an entry of {table}");
    }
}

#[test]
fn corrected_patterns_are_in_the_bundled_models_and_match_real_values() {
    for correction in &knowledge().patterns {
        let namespace = if correction.broken.contains("ivschat") { "ivschat" } else { "ivs" };
        let real = match correction.shape.as_str() {
            "ResourceArn" => format!("arn:aws:{namespace}:us-west-2:123456789012:stream-key/abc"),
            "ParticipantRecordingS3Prefix" => "abcdABCDefgh/st-a1b2c3d4e5f6g/abCDEf12GHIj/1".to_owned(),
            shape => panic!("a real value of {shape} belongs here"),
        };
        for service in &correction.services {
            let shape = model(service).shape_named(&correction.shape).expect("a shape");
            let pattern = shape.pattern.as_ref().expect("a pattern");
            assert_eq!(pattern.as_str(), correction.corrected);
            assert!(pattern.matches(&real), "{real}");
            let broken = ivs_model::Pattern::new(correction.broken.as_str()).expect("a pattern");
            assert!(!broken.matches(&real), "{real}");
        }
    }
}

#[test]
fn a_pattern_that_the_model_has_changed_is_not_corrected() {
    let mut changed = model("ivs").clone();
    let shape = changed.shapes.iter_mut().find(|shape| shape.name == "ResourceArn").expect("a shape");
    shape.pattern = Some(ivs_model::Pattern::new("arn:.*").expect("a pattern"));
    let before = changed.clone();
    knowledge().correct(&mut changed);
    assert_eq!(changed, before);
}

#[test]
fn rates_cover_all_103_operations_and_nothing_else() {
    for model in bundled::models() {
        for operation in &model.operations {
            let mut rates = knowledge().rates_of(operation.id);
            assert!(rates.next().is_some(), "{} has no rate", operation.name);
        }
    }
    for rate in &knowledge().rates {
        assert!(rate.per_second > 0);
        for service in &rate.services {
            rate.operations.iter().for_each(|name| assert_operation(service, name));
        }
    }
}

#[test]
fn quotas_belong_to_operations_that_declare_the_error() {
    for quota in &knowledge().quotas {
        let model = model(&quota.service);
        let operation = operation(&quota.service, &quota.operation);
        let declared = |id: &ShapeId| model.shape(*id).name == "ServiceQuotaExceededException";
        assert!(operation.errors.iter().any(declared), "{}", quota.operation);
        assert!(quota.value.is_some() || quota.code.is_some(), "{} says nothing", quota.operation);
        if let Some(of) = &quota.of {
            input_member(&quota.service, &quota.operation, &format!("/{of}"));
        }
    }
}

#[test]
fn filters_and_orders_refer_to_inputs_and_items() {
    let item = |service: &str, name: &str, pointer: &str| {
        let pagination = operation(service, name).pagination.as_ref().expect("a list that pages");
        let items = pagination.items.as_ref().expect("a list that names its items");
        output_member(service, name, &format!("/{items}/*{pointer}"))
    };
    for filter in &knowledge().filters {
        for member in &filter.members {
            input_member(&filter.service, &filter.operation, &member.member);
            if let Some(attribute) = &member.attribute {
                item(&filter.service, &filter.operation, attribute);
            }
        }
    }
    for order in &knowledge().orders {
        item(&order.service, &order.operation, &order.by);
    }
}

#[test]
fn every_member_of_a_list_input_that_says_filter_is_known_as_one() {
    for model in bundled::models() {
        for operation in model.operations.iter().filter(|operation| operation.pagination.is_some()) {
            for member in model.members(operation.input).iter().filter(|member| member.name.starts_with("filterBy")) {
                let filter = knowledge().filter(operation.id);
                let known = filter.is_some_and(|filter| {
                    filter.members.iter().any(|known| known.member.starts_with(&format!("/{}", member.name)))
                });
                assert!(known, "{} {}", operation.name, member.name);
            }
        }
    }
}

#[test]
fn defaults_are_valid_values_of_members_that_exist() {
    for default in &knowledge().defaults {
        for name in &default.operations {
            let shape = input_member(&default.service, name, &default.member);
            let violations = validate(model(&default.service), shape, &default.value);
            // An unset text is returned as "", even if the pattern or the enumeration does not allow it.
            assert!(violations.is_empty() || default.value == "", "{name} {}: {violations:?}", default.member);
            for condition in &default.when {
                input_member(&default.service, name, &condition.member);
            }
        }
    }
}

#[test]
fn every_paged_list_has_a_documented_page_size_within_its_maximum() {
    for model in bundled::models() {
        for operation in model.operations.iter().filter(|operation| operation.pagination.is_some()) {
            let page = knowledge().page_size(operation.id).expect("a page size");
            let max_results = input_member(&model.service.id, &operation.name, "/maxResults");
            assert!(validate(model, max_results, &page.value.into()).is_empty(), "{}", operation.name);
        }
    }
    for page in &knowledge().page_sizes {
        for name in &page.operations {
            assert!(operation(&page.service, name).pagination.is_some(), "{name}");
        }
    }
}

#[test]
fn lifecycles_sort_all_states_of_their_enumeration_and_no_others() {
    for lifecycle in &knowledge().lifecycles {
        let shape = model(&lifecycle.service).shape_named(&lifecycle.shape).expect("a shape");
        let states: BTreeSet<_> = shape.enum_values.iter().collect();
        let sorted: BTreeSet<_> =
            lifecycle.passing.iter().chain(&lifecycle.usable).chain(&lifecycle.final_states).collect();
        assert_eq!(states, sorted, "{}", lifecycle.resource);
        assert!(lifecycle.initial.iter().all(|state| states.contains(state)), "{}", lifecycle.resource);
    }
}

#[test]
fn preconditions_reject_with_declared_errors() {
    for precondition in &knowledge().preconditions {
        for name in &precondition.operations {
            let model = model(&precondition.service);
            let declared = |code: &String| {
                let mut errors = operation(&precondition.service, name).errors.iter().map(|id| model.shape(*id));
                errors.any(|shape| {
                    shape.name == *code
                        && shape.error_status.is_some_and(|status| precondition.rejection.statuses.contains(&status))
                })
            };
            assert!(precondition.rejection.codes.iter().any(declared), "{name}");
        }
    }
}

#[test]
fn updates_detaches_and_cascades_refer_to_members_that_exist() {
    for update in &knowledge().updates {
        for name in &update.operations {
            for follow in &update.follows {
                input_member(&update.service, name, &format!("/{}", follow.member));
                input_member(&update.service, name, &format!("/{}", follow.of));
            }
        }
    }
    for detach in &knowledge().detaches {
        for name in &detach.operations {
            let shape = input_member(&detach.service, name, &detach.member);
            assert!(validate(model(&detach.service), shape, &detach.value).is_empty(), "{name} {}", detach.member);
        }
    }
    for cascade in &knowledge().cascades {
        assert_operation(&cascade.service, &cascade.operation);
        let makers = ["CreateStreamKey", "CreateIngestConfiguration"];
        let takes = |name: &&str| {
            let operation = model(&cascade.service).operation(name);
            operation.and_then(|it| model(&cascade.service).shape_at(it.input?, &cascade.member)).is_some()
        };
        assert!(makers.iter().any(takes), "{} {}", cascade.operation, cascade.member);
    }
}

#[test]
fn batches_agree_with_the_model() {
    assert_eq!(knowledge().batches.len(), 3);
    for batch in &knowledge().batches {
        let (service, name) = (&batch.service, &batch.operation);
        let items = input_member(service, name, &format!("/{}", batch.items));
        assert_eq!(model(service).shape(items).max_length, Some(batch.max), "{name}");
        for key in &batch.item_keys {
            input_member(service, name, &format!("/{}/*{key}", batch.items));
        }
        for key in &batch.error_keys {
            output_member(service, name, &format!("/{}/*{key}", batch.errors));
        }
        for key in &batch.success_keys {
            let successes = batch.successes.as_ref().expect("keys of successes need a list of them");
            output_member(service, name, &format!("/{successes}/*{key}"));
        }
        for key in &batch.single_keys {
            input_member(service, &batch.single, &format!("/{key}"));
        }
        assert_eq!(batch.item_keys.len(), batch.single_keys.len(), "{name}");
        if let Some(result) = &batch.single_result {
            let single = output_member(service, &batch.single, &format!("/{result}"));
            let successes = batch.successes.as_ref().expect("a result to compare with");
            assert_eq!(single, output_member(service, name, &format!("/{successes}/*")), "{name}");
        }
    }
}

#[test]
fn rules_refer_to_inputs_that_exist_and_have_unique_names() {
    let ids: BTreeSet<_> = knowledge().rules.iter().map(|rule| &rule.id).collect();
    assert_eq!(ids.len(), knowledge().rules.len());
    for rule in &knowledge().rules {
        for name in &rule.operations {
            let conditions = rule.when.iter().map(|condition| condition.member.as_str());
            for member in rule.demand.members().into_iter().chain(conditions) {
                input_member(&rule.service, name, &format!("{}{member}", rule.at));
            }
        }
    }
}

#[test]
fn rejections_by_rules_and_filters_are_declared() {
    let check = |service: &str, name: &str, rejection: &Rejection| {
        for error in rejection.errors() {
            let model = model(service);
            let shape = model.shape_named(&error.code).expect("an error of the service");
            assert_eq!(shape.error_status, Some(error.status), "{name}");
            let declared = |id: &ShapeId| model.shape(*id).name == error.code;
            // The documentation of ListChannels names a Conflict that the model does not declare.
            let documented = rejection.authority == Authority::Documented;
            assert!(documented || operation(service, name).errors.iter().any(declared), "{name} {}", error.code);
        }
    };
    for rule in &knowledge().rules {
        for (name, rejection) in rule.operations.iter().flat_map(|name| rule.rejection.iter().map(move |r| (name, r))) {
            check(&rule.service, name, rejection);
        }
    }
    for filter in &knowledge().filters {
        filter.rejection.iter().for_each(|rejection| check(&filter.service, &filter.operation, rejection));
    }
}

#[test]
fn samples_of_identifiers_and_externals_are_well_formed() {
    for identifier in &knowledge().identifiers {
        let model = model(&identifier.service);
        for shape in &identifier.shapes {
            let id = model
                .operations
                .iter()
                .flat_map(|operation| model.members(operation.input))
                .find(|member| model.shape(member.shape).name == *shape)
                .unwrap_or_else(|| panic!("no input takes a {shape}"))
                .shape;
            let violations = validate(model, id, &identifier.sample.as_str().into());
            assert!(violations.is_empty(), "{shape}: {violations:?}");
            if let Origin::Answer { operation, pointer } = &identifier.origin {
                output_member(&identifier.service, operation, pointer);
            }
        }
    }
    for external in &knowledge().externals {
        for name in &external.operations {
            let id = input_member(&external.service, name, &external.member);
            if let Some(sample) = &external.sample {
                assert!(validate(model(&external.service), id, &sample.as_str().into()).is_empty(), "{sample}");
            }
        }
    }
}

#[test]
fn bundled_keys_keep_every_constraint_on_key_material() {
    for external in knowledge().externals.iter().filter(|external| external.sample.is_none()) {
        for name in &external.operations {
            let id = input_member(&external.service, name, &external.member);
            for pem in bundled::keys().p384 {
                assert!(validate(model(&external.service), id, &(*pem).into()).is_empty(), "{name}");
            }
        }
    }
    let keys: BTreeSet<_> = bundled::keys().p384.iter().collect();
    assert!(keys.len() >= 8);
}

#[test]
fn removals_and_unknowns_name_operations_that_exist() {
    for removal in &knowledge().removals {
        removal.operation.iter().for_each(|name| assert_operation(&removal.service, name));
    }
    let ids: BTreeSet<_> = knowledge().unknowns.iter().map(|unknown| &unknown.id).collect();
    assert_eq!(ids.len(), knowledge().unknowns.len());
    for unknown in &knowledge().unknowns {
        assert_eq!(unknown.authority, Authority::Inferred, "{}", unknown.id);
        assert!(!unknown.reading.is_empty() && !unknown.services.is_empty(), "{}", unknown.id);
        for name in &unknown.operations {
            unknown.services.iter().for_each(|service| assert_operation(service, name));
        }
    }
}

#[test]
fn taggables_are_arn_types_that_some_pattern_has() {
    for taggable in &knowledge().taggables {
        let part = format!(":{}/", taggable.resource);
        let model = model(&taggable.service);
        let named =
            model.shapes.iter().filter_map(|shape| shape.pattern.as_deref()).any(|pattern| pattern.contains(&part));
        assert!(named, "{}", taggable.resource);
    }
}

#[test]
fn faults_are_rejected_with_4xx_and_the_emulators_error_is_allowed() {
    for fault in &knowledge().auth_faults {
        assert!(fault.rejection.statuses().all(|status| (400..500).contains(&status)), "{}", fault.id);
        assert!(fault.rejection.errors().any(|error| error == fault.emulator), "{}", fault.id);
        assert!(knowledge().is_allowed_anywhere(&fault.emulator.code, fault.emulator.status));
    }
    for fault in &knowledge().protocol_faults {
        assert!(fault.rejection.statuses().all(|status| (400..500).contains(&status)), "{}", fault.id);
    }
    assert!(knowledge().is_allowed_anywhere("ThrottlingException", 429));
    assert!(!knowledge().is_allowed_anywhere("ThrottlingException", 400));
    assert!(!knowledge().is_allowed_anywhere("ValidationException", 400));
}

#[test]
fn an_unknown_key_in_a_knowledge_file_is_an_error() {
    let read = |text: &'static str| Knowledge::read(move |file| if file == "quotas.toml" { text } else { "" });
    let entry = "[[quota]]\nservice = 'ivs'\noperation = 'CreateChannel'\nadjustable = true\nauthority = 'model'\nsource = 'x'\n";
    assert_eq!(read(entry).expect("a quota").quotas.len(), 1);
    assert!(read("[[quota]]\nservice = 'ivs'\noperation = 'x'\nadjustable = true\nauthority = 'model'\nsource = 'x'\nstray = 1\n").is_err());
    assert!(read("[[quotas]]\n").is_err());
    assert!(
        read("[[quota]]\nservice = 'ivs'\noperation = 'x'\nadjustable = true\nauthority = 'hearsay'\nsource = 'x'\n")
            .is_err()
    );
}

#[test]
fn situations_call_operations_with_members_that_they_have() {
    let steps = knowledge().situations.iter().flat_map(|it| it.all_steps().map(|step| (&it.service, step)));
    let more = knowledge().fillings.iter().flat_map(|it| it.all_steps().map(|step| (&it.service, step)));
    for (service, step) in steps.chain(more) {
        if let SetupAction::Call(name) = &step.action {
            for member in step.input.keys() {
                input_member(service, name, &format!("/{member}"));
            }
        }
    }
    for situation in &knowledge().situations {
        for name in &situation.operations {
            for member in situation.input.keys() {
                input_member(&situation.service, name, &format!("/{member}"));
            }
            let rejection = knowledge().rejection_in(situation, name);
            assert_eq!(
                rejection.is_some(),
                situation.breaks.is_some() || situation.rejection.is_some(),
                "{} at {name}: no precondition says what answers it",
                situation.id
            );
            let model = model(&situation.service);
            let declares = |code: &String| {
                operation(&situation.service, name).errors.iter().any(|id| model.shape(*id).name == *code)
            };
            assert!(rejection.is_none_or(|it| it.codes.iter().any(declares)), "{} at {name}", situation.id);
        }
    }
    for filling in &knowledge().fillings {
        let (service, name) = (&filling.service, &filling.operation);
        let pagination = operation(service, name).pagination.as_ref().expect("a list that pages");
        let items = pagination.items.as_ref().expect("a list that names its items");
        for member in filling.item.keys() {
            output_member(service, name, &format!("/{items}/*/{member}"));
        }
        for member in filling.input.keys() {
            input_member(service, name, &format!("/{member}"));
        }
    }
}

#[test]
fn unprovocable_errors_are_declared_and_listed_once() {
    let mut said = BTreeSet::new();
    for unprovocable in &knowledge().unprovocables {
        let pairs = bundled::models().iter().flat_map(|model| {
            model.operations.iter().flat_map(move |operation| {
                operation.errors.iter().map(move |id| ErrorPair::new(operation.id, &model.shape(*id).name))
            })
        });
        let covered: Vec<_> = pairs.filter(|pair| unprovocable.covers(*pair)).collect();
        let named = unprovocable.operations.len();
        assert!(!covered.is_empty() && (named == 0 || named == covered.len()), "{}", unprovocable.reason);
        for pair in covered {
            assert!(said.insert(pair), "{pair}");
        }
    }
}

/// The body members of a structure of the model.
fn structure_members(service: &str, structure: &str) -> Vec<(String, ShapeId, bool)> {
    let model = model(service);
    let id = model.shape_id(structure).unwrap_or_else(|| panic!("{service} has no {structure}"));
    let members = model.members(Some(id)).iter().filter(|member| member.location == ivs_model::Location::Body);
    members.map(|member| (member.name.clone(), member.shape, member.required)).collect()
}

#[test]
fn promised_members_exist_and_are_not_required_already() {
    for promise in &knowledge().promises {
        promise.operations.iter().for_each(|name| assert_operation(&promise.service, name));
        for structure in &promise.structures {
            let members = structure_members(&promise.service, structure);
            for promised in &promise.members {
                let known = members.iter().find(|(name, _, _)| name == promised);
                let (_, _, required) = known.unwrap_or_else(|| panic!("{structure} has no {promised}"));
                assert!(!required, "the model requires {structure} {promised}");
            }
        }
    }
}

/// Whatever shows a resource shows its ARN: the model requires it, or knowledge promises it.
#[test]
fn every_optional_arn_of_an_output_is_promised() {
    for model in bundled::models() {
        let service = model.service.id.as_str();
        for operation in &model.operations {
            let Some(output) = operation.output else { continue };
            let shapes = std::iter::once(output).chain(model.members(Some(output)).iter().map(|member| member.shape));
            for shape in shapes {
                let optional = model.members(Some(shape)).iter().any(|member| member.name == "arn" && !member.required);
                let name = &model.shape(shape).name;
                let promised = knowledge().promises.iter().any(|promise| {
                    promise.covers(operation.id, name) && promise.members.iter().any(|member| member == "arn")
                });
                assert!(!optional || promised, "{service} {} {name}", operation.name);
            }
        }
    }
}

#[test]
fn forms_and_orders_speak_of_texts_and_times() {
    use ivs_model::ShapeKind;
    let kind_of = |service: &str, structure: &str, member: &str| {
        let members = structure_members(service, structure);
        let found = members.iter().find(|(name, _, _)| name == member);
        let (_, shape, _) = found.unwrap_or_else(|| panic!("{structure} has no {member}"));
        model(service).shape(*shape).kind.clone()
    };
    for form in &knowledge().forms {
        for structure in &form.structures {
            assert_eq!(kind_of(&form.service, structure, &form.member), ShapeKind::String, "{structure}");
        }
    }
    for order in &knowledge().time_orders {
        for structure in &order.structures {
            for member in [&order.earlier, &order.later] {
                assert_eq!(kind_of(&order.service, structure, member), ShapeKind::Timestamp, "{structure} {member}");
            }
        }
    }
}

#[test]
fn times_and_agreements_speak_of_members_that_exist() {
    use ivs_model::ShapeKind;
    use ivs_model::knowledge::AgreesWith;
    for rule in &knowledge().time_rules {
        for name in &rule.operations {
            let member = output_member(&rule.service, name, &rule.member);
            assert_eq!(model(&rule.service).shape(member).kind, ShapeKind::Timestamp, "{name}");
            if let Some(minutes) = &rule.minutes {
                input_member(&rule.service, name, minutes);
                assert_eq!(minutes.contains('*'), rule.member.contains('*'), "{name}");
            }
        }
    }
    for agreement in &knowledge().agreements {
        for name in &agreement.operations {
            let member = output_member(&agreement.service, name, &agreement.member);
            match &agreement.with {
                AgreesWith::Output(pointer) => drop(output_member(&agreement.service, name, pointer)),
                AgreesWith::Input(pointer) | AgreesWith::CountOf(pointer) | AgreesWith::FingerprintOf(pointer) => {
                    input_member(&agreement.service, name, pointer);
                }
                AgreesWith::OneOf(values) => {
                    let known = &model(&agreement.service).shape(member).enum_values;
                    assert!(values.iter().all(|value| known.contains(value)), "{name}");
                }
            }
        }
    }
}
