//! Every site has a case of each polarity that its kind allows, or a stated reason why not.

use std::collections::BTreeSet;

use ivs_generators::{Polarity, Site, SiteKind};
use ivs_model::OperationId;

use crate::models::{Planned, all_plans, bundled_plans};
use crate::verdict::shape_at;

/// Returns the sites with a case of one polarity.
fn covered(planned: &Planned, polarity: Polarity) -> BTreeSet<(OperationId, &Site)> {
    planned
        .plan
        .cases
        .iter()
        .filter(|case| case.is_valid() == (polarity == Polarity::Valid))
        .flat_map(|case| case.sites.iter().map(|site| (case.operation(), site)))
        .collect()
}

#[test]
fn every_expressible_site_has_cases_of_both_polarities() {
    for planned in all_plans() {
        let (valid, invalid) = (covered(planned, Polarity::Valid), covered(planned, Polarity::Invalid));
        let mut expressible = 0;
        for site in planned.plan.expressible() {
            expressible += 1;
            let key = (site.operation, &site.site);
            assert!(valid.contains(&key), "{}: no valid case for {site:?}", planned.model.service.id);
            let operation = planned.model.operation(site.operation.name()).expect("it is of this model");
            let shape = shape_at(&planned.model, operation.input.expect("it has an input"), &site.site.path);
            let shape = planned.model.shape(shape.expect("it is in the model"));
            // A length below 0 is impossible.
            let admits_break = site.site.kind != SiteKind::MinLength || shape.min_length != Some(0);
            assert!(!admits_break || invalid.contains(&key), "{}: no break of {site:?}", planned.model.service.id);
        }
        assert!(expressible > 0);
    }
}

#[test]
fn what_the_three_services_leave_out_is_what_the_wire_cannot_tell() {
    let known = [
        "a JSON key is always a string",
        "a label cannot be left out of its path",
        "outside a JSON body every value is a text",
        "an empty label is another path",
    ];
    for planned in bundled_plans() {
        for gap in &planned.plan.gaps {
            assert!(known.contains(&gap.reason.as_str()), "{}: {gap:?}", planned.model.service.id);
        }
        let (total, left_out) =
            (planned.plan.sites.len(), planned.plan.sites.len() - planned.plan.expressible().count());
        assert!(left_out * 10 < total, "{left_out} of {total} sites are left out of {}", planned.model.service.id);
    }
}

#[test]
fn no_site_is_listed_twice() {
    for planned in all_plans() {
        let distinct: BTreeSet<_> = planned.plan.sites.iter().collect();
        assert_eq!(distinct.len(), planned.plan.sites.len());
    }
}
