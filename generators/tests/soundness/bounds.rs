//! The bounds on the cases of large services: depth, values of enumerations, and shared inputs.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use ivs_generators::{Bound, Case, Control, Depth, Generator, Plan};
use ivs_model::{Model, bundled};
use serde_json::{Map, Value, json};

use crate::models::{all_plans, bundled_plans};

/// The steps to the deepest place of [`deep`].
const LEVELS: usize = 10;

/// Returns the model of an operation whose places double with each step down.
fn deep() -> Model {
    let mut shapes = Map::new();
    for level in 1..=LEVELS {
        let mut members = json!({"text": {"shape": "Text"}, "kind": {"shape": "Kind"}});
        if level < LEVELS {
            let below = format!("Level{}", level + 1);
            members["left"] = json!({"shape": below});
            members["right"] = json!({"shape": below});
        }
        shapes.insert(format!("Level{level}"), json!({"type": "structure", "members": members}));
    }
    let values: Vec<String> = (0..40).map(|number| format!("VALUE_{number}")).collect();
    shapes.insert("Text".to_owned(), json!({"type": "string", "min": 1, "max": 2000, "pattern": "[a-z]+"}));
    shapes.insert("Kind".to_owned(), json!({"type": "string", "enum": values}));
    let model = json!({
        "metadata": {
            "apiVersion": "2026-01-01", "endpointPrefix": "deep", "protocol": "rest-json", "serviceFullName": "Deep",
            "serviceId": "Deep", "signatureVersion": "v4", "signingName": "deep", "uid": "deep-2026-01-01",
        },
        "operations": {
            "CreateTree": {
                "name": "CreateTree", "http": {"method": "POST", "requestUri": "/trees"}, "input": {"shape": "Level1"},
            },
        },
        "shapes": shapes,
        "version": "2.0",
    });
    Model::from_slice(model.to_string().as_bytes()).expect("a model")
}

fn plan(model: &Model, steps: usize) -> Plan {
    let depth = Depth::new(NonZeroUsize::new(steps).expect("a depth"));
    Generator::new(model, bundled::knowledge(), depth).plan(&model.operations[0])
}

/// Returns how many values the inputs of cases and of their controls are made of.
fn bases(cases: &[Case]) -> usize {
    let inputs = cases.iter().flat_map(|case| {
        let control = match &case.control {
            Control::ValidTwin(input) | Control::InvalidTwin { input, .. } => Some(input),
            Control::Echo(_) | Control::Unavailable => None,
        };
        [Some(&case.input), control].into_iter().flatten()
    });
    inputs.map(|input| Arc::as_ptr(input.base())).collect::<BTreeSet<*const Value>>().len()
}

#[test]
fn cases_grow_with_the_depth_and_what_is_deeper_is_counted() {
    let model = deep();
    let whole = plan(&model, LEVELS);
    assert!(whole.cuts.iter().all(|cut| matches!(cut.bound, Bound::Values { .. })));
    for steps in 1..LEVELS {
        let part = plan(&model, steps);
        let deeper: u64 =
            part.cuts.iter().map(|cut| if let Bound::Depth { sites, .. } = cut.bound { sites } else { 0 }).sum();
        assert_eq!(part.sites.len() as u64 + deeper, whole.sites.len() as u64, "depth {steps}");
        assert!(part.sites.iter().all(|site| site.site.path.matches('/').count() <= steps), "depth {steps}");
        // The places double with each step.
        assert!(part.cases.len() < whole.cases.len() * 2 / (1 << (LEVELS - steps)), "depth {steps}");
        let ids: BTreeSet<&str> = whole.cases.iter().map(|case| &*case.id.name).collect();
        assert!(part.cases.iter().all(|case| ids.contains(&*case.id.name)), "depth {steps} has cases of its own");
    }
}

#[test]
fn what_the_bounds_leave_out_is_named() {
    let plan = plan(&deep(), 2);
    let cuts: Vec<String> = plan.cuts.iter().map(ToString::to_string).collect();
    assert_eq!(
        cuts[..2],
        [
            "deep.CreateTree /left/left: 1784 sites deeper than 2 not tested (see --depth)",
            "deep.CreateTree /left/right: 1784 sites deeper than 2 not tested (see --depth)",
        ]
    );
    assert!(
        cuts.contains(
            &"deep.CreateTree /kind: 8 values not tested: at one place the first 32 of an enumeration are".to_owned()
        ),
        "{cuts:?}"
    );
    let values = plan.cases.iter().filter(|case| case.id.name.starts_with("enum-value/kind:"));
    assert_eq!(values.count(), 32);
}

#[test]
fn cases_of_one_place_share_its_input() {
    let plan = plan(&deep(), LEVELS);
    let places: BTreeSet<&str> = plan.sites.iter().map(|site| &*site.site.path).collect();
    let bases = bases(&plan.cases);
    // The minimal and the full input come on top.
    assert!(bases <= places.len() + 2, "{bases} values for {} places", places.len());
    assert!(plan.cases.len() > 10 * bases, "{} cases of {bases} values", plan.cases.len());
}

#[test]
fn texts_of_one_shape_are_shared_by_its_places() {
    let plan = plan(&deep(), LEVELS);
    let too_long = plan.cases.iter().filter(|case| case.id.name.starts_with("length-above-max/"));
    let texts = too_long.filter_map(|case| case.mutation.as_ref()?.after.as_ref()).map(Arc::as_ptr);
    let texts: Vec<*const Value> = texts.collect();
    assert!(texts.len() > 500, "{} cases", texts.len());
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn bounds_leave_nothing_out_of_the_three_services_and_of_smaller_ones() {
    for planned in all_plans() {
        assert_eq!(planned.plan.cuts, [], "{}", planned.model.service.id);
    }
    let steps = |planned: &crate::models::Planned| {
        planned.plan.sites.iter().map(|site| site.site.path.matches('/').count()).max()
    };
    let deepest = bundled_plans().iter().filter_map(steps).max().expect("sites");
    assert!(deepest < Depth::default().steps(), "{deepest}");
}
