//! The search for the highest rate that holds a gate: the rate doubles until the gate breaks, then bisection.

use std::time::Duration;

use crate::error::LoadError;
use crate::gate::{Gate, GateResult};
use crate::inconclusive::InconclusiveReason;
use crate::metric::Metric;
use crate::pacer::{ArrivalProcess, ArrivalSchedule, RateStage};
use crate::plan::LoadPlan;
use crate::profile::LoadModel;
use crate::progress::LoadProgress;
use crate::rate_limit::{LimitBound, LimitTrial, RateLimit, TrialResult};
use crate::report::{self, LoadSummary, ReportError};
use crate::run::{LoadOutcome, run};
use crate::stop::StopHandle;

/// The highest rate that is tried, in requests per second.
const MOST: f64 = 1_000_000.0;
/// The search ends when the lowest rate that breaks the gate is at most this multiple of the highest one that holds.
const PRECISION: f64 = 1.05;
/// The share of arrivals that may find no free user, as many as may begin late by default. A pause of a few milliseconds drops some
/// at any rate; above what the users can carry, the share is soon many times as large.
const MOST_DROPPED: f64 = 0.01;
/// The trials with the same result that decide a rate: a busy machine may disturb one of them, or be faster for some seconds.
const DECISIVE: usize = 2;

/// A search for the highest rate.
#[derive(Debug, Clone)]
pub struct LimitSearch {
    /// The gate that the rate must hold. The gate on the error rate must hold as well, and at most 1 % of the arrivals
    /// may be dropped.
    pub gate: Gate,
    /// The first rate, in requests per second.
    pub start: f64,
    /// The duration of the load at each rate.
    pub trial: Duration,
    /// The most users, each with a request under way at a time; none for as many as each rate may need.
    pub max_users: Option<usize>,
}

/// The outcome of a search.
#[derive(Debug)]
pub struct LimitOutcome {
    /// The limit and the trials.
    pub limit: RateLimit,
    /// The report files that could not be written.
    pub report_errors: Vec<ReportError>,
}

/// Searches the highest rate. `plan` gives target, scenarios and users; its load and gates are replaced. Each trial
/// writes its reports to a folder `rate-N` within the plan's report folder, and the search its own beside them.
///
/// # Errors
///
/// [`LoadError`] if the first trial generated no load.
pub fn find_limit(
    plan: &LoadPlan,
    search: &LimitSearch,
    stop: &StopHandle,
    progress: &mut dyn FnMut(&LoadProgress),
    on_trial: &mut dyn FnMut(&LimitTrial),
) -> Result<LimitOutcome, LoadError> {
    if let Some(folder) = &plan.report {
        report::prepare(folder)?;
    }
    let mut trials = Vec::new();
    let mut report_errors = Vec::new();
    let mut attempt = |rate: f64| -> Result<TrialResult, LoadError> {
        let trial = trial_plan(plan, search, rate)?;
        let outcome = run(&trial, stop, progress)?;
        let trial = trial_of(rate, &search.gate, &outcome);
        let result = trial.result;
        report_errors.extend(outcome.report_errors);
        // A stopped trial is too short to tell anything.
        if stop.is_requested() {
            return Ok(TrialResult::NotMeasured);
        }
        on_trial(&trial);
        trials.push(trial);
        Ok(result)
    };
    // A lower rate would measure a single request, or none.
    let least = (2.0 / search.trial.as_secs_f64()).max(1.0);
    let bounds = Bounds::search(search.start, least, stop, &mut attempt)?;
    let limit = RateLimit {
        schema: 1,
        endpoints: plan.target.endpoints.all().map(ToString::to_string).collect(),
        gate: search.gate.to_string(),
        held: bounds.held(),
        not_held: bounds.not_held(),
        bound: bounds.bound(stop),
        trial_s: search.trial.as_secs_f64(),
        trials,
    };
    if let Some(folder) = &plan.report {
        report_errors.extend(report::write_limit(folder, &limit));
    }
    Ok(LimitOutcome { limit, report_errors })
}

/// A rate that held.
#[derive(Debug, Clone, Copy)]
struct HeldRate {
    rate: f64,
    /// Whether [`DECISIVE`] trials say so, and not one.
    is_decided: bool,
}

/// The rates that held, and those above them that did not.
#[derive(Debug, Default)]
struct Bounds {
    /// The highest comes last.
    held: Vec<HeldRate>,
    /// The lowest comes last.
    not_held: Vec<(f64, TrialResult)>,
    /// The rate that was decided last.
    last: f64,
}

impl Bounds {
    /// Doubles the rate until it does not hold, or halves it until it holds or is the least, then bisects. One trial shows that the
    /// rate may be doubled; both ends of a bisection, and each rate in between, are decided by two of at most three. In the end the
    /// lowest rate that did not hold is tried again, since the machine may have been slow for a while.
    fn search(
        start: f64,
        least: f64,
        stop: &StopHandle,
        attempt: &mut dyn FnMut(f64) -> Result<TrialResult, LoadError>,
    ) -> Result<Self, LoadError> {
        let mut bounds = Self::default();
        while let Some((rate, needed)) = bounds.next(start, least) {
            match decide(rate, needed, stop, attempt) {
                _ if stop.is_requested() => break,
                Ok(result) => bounds.note(rate, result),
                // What was measured so far counts.
                Err(error) if bounds.held.is_empty() && bounds.not_held.is_empty() => return Err(error),
                Err(_) => {
                    bounds.note(rate, TrialResult::NotMeasured);
                    break;
                }
            }
        }
        Ok(bounds)
    }

    /// The highest rate that held.
    fn held(&self) -> Option<f64> {
        self.held.last().map(|held| held.rate)
    }

    /// The lowest rate that did not hold.
    fn not_held(&self) -> Option<f64> {
        self.not_held.last().map(|(rate, _)| *rate)
    }

    fn note(&mut self, rate: f64, result: TrialResult) {
        let is_decided = !self.not_held.is_empty() && !self.held.is_empty();
        self.held.retain(|held| held.rate < rate);
        self.not_held.retain(|(not_held, _)| *not_held > rate);
        match result {
            TrialResult::Held => self.held.push(HeldRate { rate, is_decided }),
            _ => self.not_held.push((rate, result)),
        }
        self.last = rate;
    }

    /// The next rate to try, and how many trials it has to hold; none if the limit is known.
    fn next(&self, start: f64, least: f64) -> Option<(f64, usize)> {
        let (rate, needed) = match (self.held.last(), self.not_held()) {
            (None, None) => (start, 1),
            (Some(held), None) => ((held.rate < MOST).then_some((held.rate * 2.0).min(MOST))?, 1),
            (None, Some(rate)) => ((rate > least).then_some((rate / 2.0).max(least))?, 1),
            // It held once.
            (Some(held), Some(_)) if !held.is_decided => return Some((held.rate, DECISIVE - 1)),
            (Some(held), Some(rate)) => {
                let between = (held.rate * rate).sqrt().round();
                let is_narrow = rate / held.rate <= PRECISION || between == held.rate || between == rate;
                if is_narrow && rate == self.last {
                    return None;
                }
                (if is_narrow { rate } else { between }, DECISIVE)
            }
        };
        let rate = rate.round().max(least.ceil());
        // Of halving, the least may be left.
        (!self.held.is_empty() || Some(rate) != self.not_held()).then_some((rate, needed))
    }

    fn bound(&self, stop: &StopHandle) -> LimitBound {
        match self.not_held.last() {
            _ if stop.is_requested() => LimitBound::Stopped,
            None => LimitBound::Most,
            Some((_, TrialResult::GeneratorLate)) => LimitBound::Generator,
            Some((_, TrialResult::NotMeasured)) => LimitBound::NotMeasured,
            Some(_) => LimitBound::Gate,
        }
    }
}

/// Tries a rate until it has held so many times, or failed [`DECISIVE`] times.
fn decide(
    rate: f64,
    needed: usize,
    stop: &StopHandle,
    attempt: &mut dyn FnMut(f64) -> Result<TrialResult, LoadError>,
) -> Result<TrialResult, LoadError> {
    let (mut held, mut failed) = (0, 0);
    loop {
        let result = attempt(rate)?;
        *(if result == TrialResult::Held { &mut held } else { &mut failed }) += 1;
        if held == needed || failed == DECISIVE || stop.is_requested() {
            return Ok(result);
        }
    }
}

/// The plan of the load at one rate. A short ramp opens the connections.
fn trial_plan(plan: &LoadPlan, search: &LimitSearch, rate: f64) -> Result<LoadPlan, LoadError> {
    let ramp = search.trial / 5;
    let stages =
        vec![RateStage { duration: ramp, from: rate / 2.0, to: rate }, RateStage::constant(rate, search.trial - ramp)];
    let schedule = ArrivalSchedule::new(stages)?;
    let max_users = search.max_users.unwrap_or_else(|| LoadModel::default_max_users(&schedule));
    Ok(LoadPlan {
        load: LoadModel::Open { schedule, arrivals: ArrivalProcess::Constant, max_users },
        gates: vec![search.gate.clone()],
        time_limit: search.trial + Duration::from_secs(60),
        report: plan.report.as_ref().map(|folder| folder.join(folder_of(rate))),
        run: format!("{}-{rate:.0}", plan.run),
        ..plan.clone()
    })
}

fn folder_of(rate: f64) -> String {
    format!("rate-{rate:.0}")
}

/// Returns the trial of a run.
fn trial_of(rate: f64, gate: &Gate, outcome: &LoadOutcome) -> LimitTrial {
    let summary = &outcome.summary;
    let time = |key: &str| {
        let times = summary.total.intended.as_ref().and_then(|times| times.get(key));
        times.copied().unwrap_or_default()
    };
    let (result, actual) = judged(gate, outcome);
    LimitTrial {
        rate,
        result,
        actual,
        rps: summary.total.rps,
        p50: time("p50"),
        p95: time("p95"),
        p99: time("p99"),
        max: time("max"),
        error_rate: summary.total.error_rate,
        dropped: summary.dropped,
        late: summary.late,
        report: folder_of(rate),
    }
}

/// Returns whether a trial held, and the value that decided it. A gate that holds although the generator was late holds all the
/// more. Contract findings do not count: they are no question of the rate, and the reports of the trial show them.
fn judged(gate: &Gate, outcome: &LoadOutcome) -> (TrialResult, String) {
    let summary: &LoadSummary = &outcome.summary;
    let own = summary.gates.iter().find(|result| result.gate == gate.to_string());
    let text = |result: &GateResult| format!("{}: {}", result.gate, result.actual);
    let broken = own.into_iter().chain(&summary.gates).find(|it| !it.held && it.metric != Metric::Findings);
    let broken = broken.map(text).or_else(|| too_many_dropped(summary.dropped, summary.due));
    match (&outcome.inconclusive, broken) {
        (Some(reason), _) if !reason.is_of_generator() => (TrialResult::NotMeasured, reason.to_string()),
        (_, None) => (TrialResult::Held, own.map(text).unwrap_or_default()),
        (Some(InconclusiveReason::Late { share, .. }), Some(broken)) => {
            (TrialResult::GeneratorLate, format!("{broken}, {:.1} % started late", share * 100.0))
        }
        (Some(reason), Some(_)) => (TrialResult::GeneratorLate, reason.to_string()),
        (None, Some(broken)) => (TrialResult::Broke, broken),
    }
}

/// Says that more arrivals than [`MOST_DROPPED`] found no free user, if so.
fn too_many_dropped(dropped: u64, due: u64) -> Option<String> {
    let share = dropped as f64 / due.max(1) as f64;
    (share > MOST_DROPPED).then(|| format!("{:.1} % of arrivals dropped", share * 100.0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Searches on an endpoint that holds rates up to `limit`, and returns the bounds and the number of trials.
    fn searched(start: f64, limit: f64, above: TrialResult) -> (Bounds, usize) {
        let mut trials = 0;
        let bounds = Bounds::search(start, 1.0, &StopHandle::new(), &mut |rate| {
            trials += 1;
            Ok(if rate <= limit { TrialResult::Held } else { above })
        });
        (bounds.unwrap(), trials)
    }

    #[test]
    fn the_limit_is_found_within_five_percent_from_above_and_from_below() {
        for start in [1.0, 100.0, 20_000.0] {
            for limit in [3.0, 40.0, 777.0, 12_345.0] {
                let (bounds, trials) = searched(start, limit, TrialResult::Broke);
                let held = bounds.held().unwrap();
                let not_held = bounds.not_held().unwrap();
                assert!(held <= limit && not_held > limit, "{start} {limit}: {bounds:?}");
                assert!(not_held / held <= PRECISION || not_held - held <= 1.0, "{start} {limit}: {bounds:?}");
                assert!(trials < 45, "{trials}");
                assert_eq!(bounds.bound(&StopHandle::new()), LimitBound::Gate);
            }
        }
    }

    #[test]
    fn neither_a_disturbed_trial_nor_a_lucky_one_decides_a_rate_between_the_bounds() {
        // The first trial of each rate near the limit is disturbed below it, and lucky above it.
        for limit in [777.0, 801.0] {
            let mut trials: BTreeMap<u64, u32> = BTreeMap::new();
            let bounds = Bounds::search(100.0, 1.0, &StopHandle::new(), &mut |rate| {
                let trial = trials.entry(rate as u64).or_default();
                *trial += 1;
                let is_near = (500.0..1100.0).contains(&rate);
                let holds = if is_near && *trial == 1 { rate > limit } else { rate <= limit };
                Ok(if holds { TrialResult::Held } else { TrialResult::Broke })
            });
            let bounds = bounds.unwrap();
            let (held, not_held) = (bounds.held().unwrap(), bounds.not_held().unwrap());
            assert!(held <= limit && not_held > limit && not_held / held <= PRECISION, "{limit}: {bounds:?}");
        }
    }

    #[test]
    fn a_rate_that_fails_while_the_machine_is_slow_is_tried_again_in_the_end() {
        let mut trials = 0;
        let bounds = Bounds::search(100.0, 1.0, &StopHandle::new(), &mut |rate| {
            trials += 1;
            let limit = if (4..8).contains(&trials) { 300.0 } else { 1_000.0 };
            Ok(if rate <= limit { TrialResult::Held } else { TrialResult::Broke })
        });
        let bounds = bounds.unwrap();
        let (held, not_held) = (bounds.held().unwrap(), bounds.not_held().unwrap());
        assert!(held <= 1_000.0 && not_held > 1_000.0 && not_held / held <= PRECISION, "{bounds:?}");
    }

    #[test]
    fn a_pause_that_drops_some_arrivals_does_not_end_a_search_and_too_few_users_do() {
        for (dropped, due) in [(0, 0), (17, 20_937), (81, 27_153), (100, 10_000)] {
            assert_eq!(too_many_dropped(dropped, due), None, "{dropped} of {due}");
        }
        assert_eq!(too_many_dropped(6_353, 36_480).unwrap(), "17.4 % of arrivals dropped");
    }

    #[test]
    fn a_search_without_a_limit_says_what_ended_it() {
        let stop = StopHandle::new();
        assert_eq!(searched(100.0, f64::INFINITY, TrialResult::Broke).0.bound(&stop), LimitBound::Most);
        assert_eq!(searched(100.0, 500.0, TrialResult::GeneratorLate).0.bound(&stop), LimitBound::Generator);
        let (bounds, _) = searched(100.0, 0.0, TrialResult::Broke);
        assert_eq!((bounds.held(), bounds.bound(&stop)), (None, LimitBound::Gate));
    }

    #[test]
    fn a_target_that_is_lost_ends_the_search_with_what_was_held() {
        let bounds = Bounds::search(100.0, 1.0, &StopHandle::new(), &mut |rate| {
            if rate <= 400.0 { Ok(TrialResult::Held) } else { Err(LoadError::Stopped) }
        });
        let bounds = bounds.unwrap();
        assert_eq!((bounds.held(), bounds.bound(&StopHandle::new())), (Some(400.0), LimitBound::NotMeasured));
        let first = Bounds::search(100.0, 1.0, &StopHandle::new(), &mut |_| Err(LoadError::Stopped));
        assert!(first.is_err());
    }
}
