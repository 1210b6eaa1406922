//! The search for the highest rate.

use std::time::Duration;

use ivs_load::{LimitBound, LimitSearch, StopHandle, TrialResult, find_limit};

use crate::support::{Behavior, serve};
use crate::{folder, open};

#[test]
fn the_search_finds_the_rate_that_a_server_holds_and_draws_it() {
    // One request at a time, 10 ms each: at most 100 requests per second.
    let server = serve(Behavior::Serial { each: Duration::from_millis(10) });
    let reports = folder("limit");
    let mut plan = open(&server.url, "channel-reads", 10.0, 1000);
    // The server decides, not how busy this machine is.
    plan.max_late = 1.0;
    plan.report = Some(reports.clone());
    let search = LimitSearch {
        gate: "p99 < 250ms".parse().unwrap(),
        start: 25.0,
        trial: Duration::from_secs(1),
        max_users: None,
    };
    let mut seen = Vec::new();
    let limit = find_limit(&plan, &search, &StopHandle::new(), &mut |_| {}, &mut |trial| {
        seen.push((trial.rate, trial.result));
    });
    let outcome = limit.unwrap();
    let limit = &outcome.limit;
    assert_eq!(limit.bound, LimitBound::Gate, "{}", limit.headline());
    let held = limit.held.unwrap();
    // At 130/s the queue of a trial of one second is still short enough.
    assert!((25.0..=140.0).contains(&held), "{}: {seen:?}", limit.headline());
    assert!(limit.not_held.unwrap() / held <= 1.06, "{}", limit.headline());
    assert_eq!(seen[0], (25.0, TrialResult::Held));
    assert_eq!(seen.len(), limit.trials.len());
    assert!(outcome.report_errors.is_empty());
    // The template writes a slash as a character reference.
    let page = std::fs::read_to_string(reports.join("limit.html")).unwrap().replace("&#x2f;", "/");
    assert!(page.contains(&format!("href=\"rate-{held:.0}/report.html\"")));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(reports.join("limit.json")).unwrap()).unwrap();
    assert_eq!(json["held"].as_f64(), Some(held));
    assert!(reports.join("rate-25").join("report.html").exists());
    let _ = std::fs::remove_dir_all(reports);
}

#[test]
fn the_limit_of_few_users_is_the_rate_at_which_arrivals_are_dropped() {
    let server = serve(Behavior::Serial { each: Duration::from_millis(10) });
    let mut plan = open(&server.url, "channel-reads", 10.0, 1000);
    plan.max_late = 1.0;
    let gate = "p99 < 60s".parse().unwrap();
    let search = LimitSearch { gate, start: 50.0, trial: Duration::from_secs(1), max_users: Some(2) };
    let limit = find_limit(&plan, &search, &StopHandle::new(), &mut |_| {}, &mut |_| {}).unwrap().limit;
    assert_eq!(limit.bound, LimitBound::Gate, "{}", limit.headline());
    let held = limit.held.unwrap();
    assert!((12.0..=110.0).contains(&held), "{}", limit.headline());
    let broke = limit.trials.iter().filter(|trial| trial.result == TrialResult::Broke);
    assert!(broke.clone().count() > 0 && broke.clone().all(|trial| trial.dropped > 0), "{:?}", limit.trials);
}
