//! The reports of a search for the highest rate: JSON, and a page with the latency by rate.

use serde_json::{Value, json};

use super::html::rounded;
use super::page::Page;
use crate::duration::format_duration;
use crate::rate_limit::{LimitTrial, RateLimit, TrialResult};

const TEMPLATE: &str = include_str!("../../templates/limit.html");
const SCRIPT: &str = include_str!("../../templates/limit.js");

pub(super) fn json(limit: &RateLimit) -> Vec<u8> {
    // Numbers and texts cannot fail.
    let mut bytes = serde_json::to_vec_pretty(limit).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

pub(super) fn html(limit: &RateLimit) -> Vec<u8> {
    Page { template: TEMPLATE, script: SCRIPT, summary: shown(limit), data: plot_data(limit) }.render().into_bytes()
}

fn shown(limit: &RateLimit) -> Value {
    let row = |trial: &LimitTrial| {
        let times = [trial.p50, trial.p95, trial.p99, trial.max].map(|time| format_duration(time as u64));
        json!({
            "rate": format!("{:.0}", trial.rate),
            "held": trial.result == TrialResult::Held,
            "result": trial.result.word(),
            "actual": trial.actual,
            "rps": format!("{:.1}", trial.rps),
            "times": times,
            "dropped": trial.dropped,
            "late": trial.late,
            "report": format!("{}/report.html", trial.report),
        })
    };
    json!({
        "endpoints": limit.endpoints.join(", "),
        "headline": limit.headline(),
        "rate": limit.held.map(|rate| format!("{rate:.0}/s")),
        "gate": limit.gate,
        "trial_s": limit.trial_s,
        "trials": limit.trials.iter().map(row).collect::<Vec<_>>(),
    })
}

/// The columns of the plot: one point for each rate, its best trial. Times are in milliseconds.
fn plot_data(limit: &RateLimit) -> Value {
    let mut trials: Vec<&LimitTrial> = limit.trials.iter().collect();
    trials.sort_by(|one, other| one.rate.total_cmp(&other.rate).then(one.p99.total_cmp(&other.p99)));
    trials.dedup_by(|later, first| later.rate == first.rate);
    let column = |pick: fn(&LimitTrial) -> f64| {
        trials.iter().map(|trial| json!(rounded(pick(trial) / 1e6, 1000.0))).collect::<Vec<_>>()
    };
    json!({
        "rate": trials.iter().map(|trial| trial.rate).collect::<Vec<_>>(),
        "rps": trials.iter().map(|trial| rounded(trial.rps, 10.0)).collect::<Vec<_>>(),
        "times": { "p50": column(|it| it.p50), "p95": column(|it| it.p95), "p99": column(|it| it.p99), "max": column(|it| it.max) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::LimitBound;

    #[test]
    fn the_page_shows_the_limit_and_plots_the_best_trial_of_each_rate() {
        let trial = |rate: f64, p99: f64, result| LimitTrial {
            rate,
            result,
            actual: "p99 < 50ms: 7ms".to_owned(),
            rps: rate,
            p50: 1e6,
            p95: 2e6,
            p99,
            max: 9e6,
            error_rate: 0.0,
            dropped: 0,
            late: 0,
            report: format!("rate-{rate}"),
        };
        let limit = RateLimit {
            schema: 1,
            endpoints: vec!["http://127.0.0.1:1".to_owned()],
            gate: "p99 < 50ms".to_owned(),
            held: Some(200.0),
            not_held: Some(210.0),
            bound: LimitBound::Gate,
            trial_s: 5.0,
            trials: vec![
                trial(200.0, 7e6, TrialResult::Held),
                trial(210.0, 90e6, TrialResult::Broke),
                trial(210.0, 80e6, TrialResult::Broke),
            ],
        };
        let data = plot_data(&limit);
        assert_eq!((&data["rate"], &data["times"]["p99"]), (&json!([200.0, 210.0]), &json!([7.0, 80.0])));
        // The template writes a slash as a character reference.
        let page = String::from_utf8(html(&limit)).unwrap().replace("&#x2f;", "/");
        assert!(page.contains("200 requests/s hold p99 &lt; 50ms; 210/s break it"), "{}", &page[..900]);
        assert!(page.contains("href=\"rate-200/report.html\"") && !page.contains("src="));
        assert_eq!(serde_json::from_slice::<Value>(&json(&limit)).unwrap()["bound"], "gate");
    }
}
