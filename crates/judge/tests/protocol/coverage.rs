//! Which public cases of botocore and Smithy our cases cover, and which none does, with the reason.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{MALFORMED, PUBLIC, REQUESTS, RESPONSES, UNCOVERED, cases};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicIds {
    #[serde(default)]
    requests: BTreeSet<String>,
    #[serde(default)]
    responses: BTreeSet<String>,
    #[serde(default)]
    malformed: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Uncovered {
    reason: String,
    #[serde(flatten)]
    ids: PublicIds,
}

#[derive(Deserialize)]
struct UncoveredIds {
    uncovered: Vec<Uncovered>,
}

#[derive(Deserialize)]
struct Covering {
    #[serde(default)]
    covers: BTreeSet<String>,
}

fn covered(text: &str) -> BTreeSet<String> {
    cases::<Covering>(text).into_iter().flat_map(|case| case.covers).collect()
}

#[test]
fn every_public_case_is_covered_or_has_a_reason() {
    let public: PublicIds = toml::from_str(PUBLIC).expect("the list of ids");
    let UncoveredIds { uncovered } = toml::from_str(UNCOVERED).expect("the list of reasons");
    assert!(uncovered.iter().all(|it| !it.reason.is_empty()));
    let left = |side: fn(&PublicIds) -> &BTreeSet<String>| -> BTreeSet<String> {
        uncovered.iter().flat_map(|it| side(&it.ids)).cloned().collect()
    };
    for (side, ids, covered, left) in [
        ("requests", &public.requests, covered(REQUESTS), left(|it| &it.requests)),
        ("responses", &public.responses, covered(RESPONSES), left(|it| &it.responses)),
        ("malformed", &public.malformed, covered(MALFORMED), left(|it| &it.malformed)),
    ] {
        assert_eq!(covered.intersection(&left).collect::<Vec<_>>(), Vec::<&String>::new(), "{side}");
        assert_eq!(covered.union(&left).collect::<BTreeSet<_>>(), ids.iter().collect::<BTreeSet<_>>(), "{side}");
    }
}
