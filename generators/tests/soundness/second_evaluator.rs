//! A second evaluator agrees on every case: the model as JSON Schema, evaluated by the `jsonschema` crate.

use ivs_generators::random;
use ivs_model::bundled;

use crate::json_schema;
use crate::models::{Planned, all_plans};

#[test]
fn json_schema_agrees_on_every_systematic_case() {
    let mut disagreements = Vec::new();
    for Planned { model, plan, samples } in all_plans() {
        for operation in &model.operations {
            let validator =
                jsonschema::validator_for(&json_schema::of_input(model, operation)).expect("the schema is well-formed");
            for case in plan.of_operation(operation.id) {
                if validator.is_valid(&samples.fill(&case.input.value())) != case.is_valid() {
                    disagreements.push(format!("{}: {}", case.id, case.input));
                }
            }
        }
    }
    let shown = disagreements[..disagreements.len().min(40)].join("\n");
    assert!(disagreements.is_empty(), "{} cases:\n{shown}", disagreements.len());
}

#[test]
fn json_schema_agrees_on_random_cases() {
    for Planned { model, samples, .. } in all_plans() {
        for operation in &model.operations {
            let validator =
                jsonschema::validator_for(&json_schema::of_input(model, operation)).expect("the schema is well-formed");
            for case in random(model, operation, bundled::knowledge(), 5, 10) {
                let filled = samples.fill(&case.input.value());
                assert_eq!(validator.is_valid(&filled), case.is_valid(), "{}: {}", case.id, case.input);
            }
        }
    }
}
