//! Case ids are unique and stable.

use std::collections::BTreeMap;

use ivs_generators::{Case, systematic};
use ivs_model::{CaseId, Model, OperationId, ShapeKind, bundled};

use crate::models::all_plans;

#[test]
fn no_two_cases_share_an_id() {
    for planned in all_plans() {
        let mut seen: BTreeMap<&CaseId, &Case> = BTreeMap::new();
        for case in &planned.plan.cases {
            if let Some(other) = seen.insert(&case.id, case) {
                panic!("{} is both {} and {}", case.id, other.input, case.input);
            }
        }
    }
}

#[test]
fn the_same_model_gives_the_same_plan() {
    for model in bundled::models() {
        assert_eq!(systematic(model, bundled::knowledge()), systematic(model, bundled::knowledge()));
    }
}

#[test]
fn a_further_member_does_not_change_other_ids() {
    let model = &bundled::models()[0];
    let without = without_last_member(model, "CreateStreamKey");
    let ids = |model: &Model| -> Vec<String> {
        systematic(model, bundled::knowledge())
            .of_operation(OperationId::new("ivs", "CreateStreamKey"))
            .filter(|case| !case.id.name.contains("/tags") && !case.id.name.ends_with("valid-full"))
            .map(|case| case.id.to_string())
            .collect()
    };
    assert_eq!(ids(&without), ids(model));
}

fn without_last_member(model: &Model, operation: &str) -> Model {
    let mut model = model.clone();
    let input = model.operation(operation).expect("it is there").input.expect("it has an input");
    let ShapeKind::Structure { members } = &mut model.shapes[input.index()].kind else {
        panic!("an input is a structure");
    };
    let last = members.pop().expect("it has members");
    assert_eq!(last.name, "tags");
    model
}
