//! Reports of long runs.

use std::collections::BTreeMap;

use ivs_load::{PointTimes, TimePoint};

use crate::support::{Behavior, serve};
use crate::{open, run_plan};

#[test]
fn the_page_of_an_hour_with_errors_of_every_class_is_smaller_than_a_megabyte() {
    let server = serve(Behavior::Correct);
    let mut summary = run_plan(&open(&server.url, "channel-reads", 50.0, 300)).summary;
    let step = summary.steps[0].clone();
    // As many steps as the largest profile has, with long labels.
    for number in 0..150 {
        let label = format!("ivs-realtime.StartParticipantReplication/variant-{number}");
        summary.steps.push(ivs_load::StepSummary { label, ..step.clone() });
    }
    // No two seconds are alike, so that nothing is short by chance.
    let point = |second: u64| {
        let noise = |salt: u64| (second + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let times = |salt| PointTimes {
            p50: noise(salt),
            p95: 10_000_000 + noise(salt + 1),
            p99: 100_000_000 + noise(salt + 2),
            max: 1_000_000_000 + noise(salt + 3),
        };
        let names = ["expected", "throttled", "declared", "undeclared", "transport"];
        let classes: BTreeMap<_, _> =
            names.into_iter().zip(1..).map(|(name, salt)| (name, noise(salt) % 999)).collect();
        TimePoint {
            start_s: second as f64 + 0.001,
            length_s: 1.013,
            rps: 480.0 + (noise(9) % 1000) as f64 / 10.0,
            classes,
            users: 100 + noise(10) % 900,
            due: 400 + noise(11) % 200,
            held_back: noise(12) % 10,
            dropped: noise(13) % 10,
            late: noise(14) % 100,
            service: Some(times(20)),
            intended: Some(times(30)),
        }
    };
    summary.series = (0..3600).map(point).collect();
    let page = summary.html();
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("[3599.001") || page.contains(",3599.001"), "the last second is there");
}
