//! The random cases are sound, repeatable, and remain sound while they shrink.

use ivs_generators::{Random, Samples, random};
use ivs_model::{Model, Operation, bundled};
use proptest::prelude::*;

use crate::models::{bundled_plans, foreign_plans};
use crate::verdict::unsound;

/// Generates any operation of any bundled model.
fn operation() -> impl Strategy<Value = (&'static Model, &'static Samples, &'static Operation)> {
    let all: Vec<_> = bundled_plans()
        .iter()
        .flat_map(|planned| {
            planned.model.operations.iter().map(|operation| (&planned.model, &planned.samples, operation))
        })
        .collect();
    prop::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_cases_are_sound((model, samples, operation) in operation(), seed in any::<u64>()) {
        let cases = random(model, operation, bundled::knowledge(), seed, 12);
        prop_assert!(!cases.is_empty(), "{} has none", operation.name);
        for case in cases {
            prop_assert_eq!(unsound(model, samples, &case), None);
        }
    }

    #[test]
    fn shrinking_keeps_the_violation((model, samples, operation) in operation(), seed in any::<u64>(), number in 0_u32..8) {
        let source = Random::new(model, operation, bundled::knowledge(), seed);
        if let Some(mut drawn) = source.draw(number) {
            let mutation = drawn.case.mutation.clone();
            let mut size = drawn.case.input.to_string().len();
            // This endpoint fails on every input with an even number of bytes.
            let mut fails = true;
            while let Some(case) = source.shrink(&mut drawn, fails) {
                prop_assert_eq!(unsound(model, samples, &case), None);
                let key = |mutation: &ivs_generators::Mutation| {
                    (mutation.site.clone(), mutation.operator, mutation.variant)
                };
                prop_assert_eq!(case.mutation.as_ref().map(key), mutation.as_ref().map(key));
                fails = case.input.to_string().len() % 2 == 0;
                if fails {
                    size = case.input.to_string().len();
                }
            }
            prop_assert_eq!(drawn.case.input.to_string().len(), size, "the last failure is kept");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_cases_and_another_seed_others() {
    for planned in bundled_plans() {
        for operation in &planned.model.operations {
            let cases = |seed| random(&planned.model, operation, bundled::knowledge(), seed, 6);
            assert_eq!(cases(7), cases(7), "{}", operation.name);
        }
    }
    let model = &bundled_plans()[0].model;
    let create = model.operation("CreateChannel").expect("it is there");
    let inputs = |seed| -> Vec<_> {
        random(model, create, bundled::knowledge(), seed, 6).into_iter().map(|case| case.input).collect()
    };
    assert_ne!(inputs(7), inputs(8));
}

#[test]
fn shrinking_finds_the_simplest_input() {
    let model = &bundled_plans()[0].model;
    let operation = model.operation("CreateChannel").expect("it is there");
    let source = Random::new(model, operation, bundled::knowledge(), 11);
    let mut drawn = (0..40)
        .step_by(2)
        .filter_map(|number| source.draw(number))
        .find(|drawn| {
            let input = drawn.case.input.value();
            input.get("name").is_some() && input.as_object().is_some_and(|all| all.len() > 3)
        })
        .expect("some random channel has a name and more");
    let mut fails = true;
    while let Some(case) = source.shrink(&mut drawn, fails) {
        fails = case.input.value().get("name").is_some();
    }
    assert_eq!(drawn.case.input, serde_json::json!({"name": ""}));
}

#[test]
fn random_cases_of_foreign_services_are_sound() {
    for planned in foreign_plans() {
        for operation in &planned.model.operations {
            for case in random(&planned.model, operation, bundled::knowledge(), 3, 4) {
                assert_eq!(unsound(&planned.model, &planned.samples, &case), None);
            }
        }
    }
}
