//! The plan as a snapshot: a change of the generators shows as a change of what will be tested.

use std::collections::BTreeMap;
use std::fmt::Write;

use ivs_generators::Case;

use crate::models::{Planned, bundled_plans};

/// Returns the ids by operation. Ids that differ only in their last part are on one line.
fn outline(planned: &Planned) -> String {
    let mut text = String::new();
    for operation in &planned.model.operations {
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut count = 0;
        for case in planned.plan.of_operation(operation.id) {
            assert_eq!((case.id.operation, case.id.suite), (operation.id, Case::SUITE));
            let (what, place) = case.id.name.split_once('/').unwrap_or((&case.id.name, ""));
            groups.entry(what).or_default().push(place);
            count += 1;
        }
        let _ = writeln!(text, "{} ({count})", operation.name);
        for (what, places) in groups {
            let _ = writeln!(text, "  {what}: {}", places.join(" "));
        }
    }
    text
}

#[test]
fn the_plan_is_the_reviewed_one() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/plan");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for planned in bundled_plans() {
            insta::assert_snapshot!(planned.model.service.id.clone(), outline(planned));
        }
    });
}
