//! Every Case is what it says: valid ones break nothing, invalid ones exactly what they name.

use ivs_generators::{Case, Mutation, Samples, SiteKind, systematic};
use ivs_model::{ConstraintKind, Knowledge, Model, Violation, bundled, validate};
use serde_json::Value;

#[test]
fn every_systematic_case_of_the_bundled_models_is_sound() {
    for model in bundled::models() {
        let plan = systematic(model, bundled::knowledge());
        println!("{}: {} cases, {} sites, {} gaps", model.service.id, plan.cases.len(), plan.sites.len(), plan.gaps.len());
        let samples = Samples::of(model, bundled::knowledge());
        let mut wrong = Vec::new();
        for case in &plan.cases {
            let operation = model.operation(&case.operation).expect("the case is of this model");
            let violations = validate(model, operation.input.expect("it has an input"), &samples.fill(&case.input));
            match &case.mutation {
                None if !violations.is_empty() => wrong.push(format!("{}: {violations:?} {}", case.id, case.input)),
                Some(mutation) if violations.len() != 1 => wrong.push(format!("{}: {violations:?}", case.id)),
                _ => {}
            }
        }
        println!("{}", wrong.join("\n"));
        for gap in &plan.gaps { println!("gap {} {:?} {:?} {:?} {}", gap.operation, gap.polarity, gap.site.kind, gap.site.path, gap.reason); }
    }
}
