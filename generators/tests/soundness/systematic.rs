//! The systematic cases are sound.

use crate::models::{Planned, bundled_plans, foreign_plans};
use crate::verdict::unsound;

fn assert_sound(plans: &[Planned]) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for Planned { model, plan, samples } in plans {
        count += plan.cases.len();
        wrong.extend(plan.cases.iter().filter_map(|case| unsound(model, samples, case)));
    }
    assert!(count > 1_000, "{count} cases prove nothing");
    assert!(wrong.is_empty(), "{} of {count} are unsound:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn every_case_of_the_three_services_breaks_exactly_what_it_names() {
    assert_sound(bundled_plans());
}

#[test]
fn every_case_of_foreign_services_breaks_exactly_what_it_names() {
    assert_eq!(foreign_plans().len(), 8);
    assert_sound(foreign_plans());
}

#[test]
fn all_operations_of_the_three_services_have_valid_and_invalid_cases() {
    let mut operations = 0;
    for Planned { model, plan, .. } in bundled_plans() {
        for operation in &model.operations {
            operations += 1;
            let (valid, invalid): (Vec<_>, Vec<_>) = plan.of_operation(operation.id).partition(|case| case.is_valid());
            assert!(!valid.is_empty() && !invalid.is_empty(), "{}", operation.name);
        }
    }
    assert_eq!(operations, 103);
}
