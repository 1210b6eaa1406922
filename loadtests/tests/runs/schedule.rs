//! What an open loop measures: stalls in their second, the schedule under a rate limit, and the time that the load took.

use std::time::{Duration, Instant};

use ivs_load::{LoadVerdict, StopHandle, run};

use crate::support::{Behavior, serve};
use crate::{closed, open, run_plan};

#[test]
fn a_stall_of_a_second_in_every_four_shows_at_its_seconds_of_the_intended_series() {
    let behavior = Behavior::Stalling { period: Duration::from_secs(4), length: Duration::from_secs(1) };
    let began = Instant::now();
    let server = serve(behavior);
    // The stalls end 4 s and 8 s after the server began: in the middle of a second of the load, not at its edge.
    std::thread::sleep(Duration::from_millis(400));
    let mut load_began = began;
    let outcome = run(&open(&server.url, "channel-reads", 50.0, 8500), &StopHandle::new(), &mut |progress| {
        load_began = Instant::now() - progress.elapsed;
    });
    let before_load = load_began.saturating_duration_since(began).as_secs_f64();
    let series = outcome.unwrap().summary.series;
    let slow: Vec<usize> = series
        .iter()
        .filter(|point| point.intended.is_some_and(|times| times.max > 700_000_000))
        .map(|point| point.start_s.round() as usize)
        .collect();
    let expected: Vec<usize> = [4.0, 8.0].map(|end: f64| (end - before_load) as usize).to_vec();
    assert_eq!(slow, expected, "{series:#?}");
    // A quarter of the requests of a stall wait for most of it.
    for point in series.iter().filter(|point| slow.contains(&(point.start_s.round() as usize))) {
        assert!(point.intended.unwrap().p95 > 500_000_000, "{point:?}");
    }
}

#[test]
fn a_rate_limit_slows_the_schedule_and_not_the_latency() {
    let server = serve(Behavior::Correct);
    let mut plan = open(&server.url, "channel-reads", 100.0, 2000);
    plan.target.keep_rates = true;
    plan.gates = vec!["dropped < 1".parse().unwrap()];
    let outcome = run_plan(&plan);
    let summary = &outcome.summary;
    // AWS documents 5 GetChannel per second.
    assert!((5..=12).contains(&summary.due), "{}", summary.due);
    assert!(summary.held_back > 150 && summary.held_back + summary.due <= 200, "{} held back", summary.held_back);
    assert_eq!((summary.dropped, summary.total.requests), (0, summary.due));
    let intended = summary.total.intended.as_ref().unwrap();
    assert!(intended["max"] < 500e6, "{intended:?}");
    assert!((1.5..3.0).contains(&summary.duration_s), "{}", summary.duration_s);
    assert!(summary.headlines().iter().any(|line| line.contains("slowed the schedule")), "{:?}", summary.headlines());
    let per_interval: u64 = summary.series.iter().map(|point| point.held_back).sum();
    assert_eq!(per_interval, summary.held_back);
}

#[test]
fn rates_are_over_the_time_until_the_last_response() {
    // The server stalls from 0.6 s to 1.5 s after it began, across the end of the schedule.
    let behavior = Behavior::Stalling { period: Duration::from_millis(1500), length: Duration::from_millis(900) };
    let server = serve(behavior);
    let summary = run_plan(&open(&server.url, "channel-reads", 100.0, 900)).summary;
    assert!(summary.duration_s > 0.95, "{}", summary.duration_s);
    let rate = summary.total.requests as f64 / summary.duration_s;
    assert!((summary.total.rps - rate).abs() < 0.01, "{} {rate}", summary.total.rps);
    // The schedule itself was kept.
    assert!(summary.delivered_rps.unwrap() > 95.0, "{:?}", summary.delivered_rps);
}

#[test]
fn a_run_in_which_most_requests_fail_does_not_hold_unless_a_gate_allows_it() {
    let server = serve(Behavior::InventingErrors);
    let mut plan = closed(&server.url, &["channel-reads"], 300);
    plan.gates = vec!["findings < 100".parse().unwrap()];
    let outcome = run_plan(&plan);
    assert_eq!(outcome.verdict, LoadVerdict::Breached);
    let breached: Vec<_> = outcome.summary.gates.iter().filter(|gate| !gate.held).map(|gate| &gate.gate).collect();
    assert_eq!(breached, ["error_rate < 10%"]);
    plan.gates.push("error_rate <= 100%".parse().unwrap());
    assert_eq!(run_plan(&plan).verdict, LoadVerdict::Held);
    // A gate on one step does not take the place of the one on the run.
    plan.gates[1] = "error_rate <= 100% for ivs.GetChannel".parse().unwrap();
    assert_eq!(run_plan(&plan).verdict, LoadVerdict::Breached);
}
