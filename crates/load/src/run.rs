//! A whole run: setup, load, teardown, gates, reports.

use std::sync::Arc;
use std::time::Duration;

use crate::baseline::SUMMARY_SCHEMA;
use crate::driver::run_driver;
use crate::driver_stats::RunStats;
use crate::error::LoadError;
use crate::gate::{Gate, GateResult};
use crate::goose;
use crate::inconclusive::InconclusiveReason;
use crate::plan::{ClosedLoopDriver, LoadPlan};
use crate::prepared_run::PreparedRun;
use crate::profile::LoadModel;
use crate::progress::LoadProgress;
use crate::report::{
    self, GeneratorHealth, LoadReportInput, LoadSummary, LoadVerdict, ReportError, StepSummary, whole_run_log,
};
use crate::runtime;
use crate::stop::StopHandle;

/// The gates of every run whose plan has none on the same metric.
const DEFAULT_GATES: [&str; 2] = ["error_rate < 10%", "findings < 1"];

/// The outcome of a run that generated load.
#[derive(Debug)]
pub struct LoadOutcome {
    /// The verdict, which determines the exit code.
    pub verdict: LoadVerdict,
    /// All results.
    pub summary: LoadSummary,
    /// The reason why the run proves nothing, if it does.
    pub inconclusive: Option<InconclusiveReason>,
    /// The report files that could not be written. The summary is complete nevertheless.
    pub report_errors: Vec<ReportError>,
}

/// Runs a plan and blocks until it ends. Every generator thread has its own runtime.
///
/// # Errors
///
/// [`LoadError`] if no load was generated. Afterwards the run always has an outcome, which names reports that could not
/// be written and resources that could not be deleted.
pub fn run(
    plan: &LoadPlan,
    stop: &StopHandle,
    progress: &mut dyn FnMut(&LoadProgress),
) -> Result<LoadOutcome, LoadError> {
    plan.target.check()?;
    if plan.scenarios.iter().all(|(_, weight)| *weight == 0) {
        return Err(LoadError::NoScenario);
    }
    if let ClosedLoopDriver::Goose { flags } = &plan.closed {
        goose::check_flags(flags)?;
    }
    if let Some(folder) = &plan.report {
        report::prepare(folder)?;
    }
    let open = matches!(plan.load, LoadModel::Open { .. });
    let threads = if open { plan.threads.max(1) } else { 1 };
    let control_runtime = runtime::build()?;
    let prepared = control_runtime.block_on(PreparedRun::open(plan, threads, stop))?;
    let gates = gates(plan);
    let labels = prepared.labels();
    for gate in &gates {
        if let Err(error) = gate.check_applicable(&labels, open, plan.baseline.as_ref()) {
            control_runtime.block_on(prepared.close());
            return Err(error.into());
        }
    }
    let prepared = Arc::new(prepared);
    let mut log = Vec::new();
    let stats = run_driver(plan, &prepared, stop, progress, &control_runtime, &mut log);

    // The seed data is deleted even if the load failed.
    let left_behind = control_runtime.block_on(async {
        let grace = plan.target.limits.read * 2 + Duration::from_secs(60);
        match tokio::time::timeout(grace, prepared.close()).await {
            Ok(left_behind) => left_behind,
            Err(_) => vec!["seed data whose cleanup timed out".to_owned()],
        }
    });
    Ok(conclude(plan, &prepared, stats?, &gates, open, left_behind, Some(log)))
}

/// Judges the results by the gates and writes the reports. Without a `log` of intervals, the HDR log has one entry for
/// the whole run.
pub(crate) fn conclude(
    plan: &LoadPlan,
    prepared: &PreparedRun,
    stats: RunStats,
    gates: &[Gate],
    open: bool,
    mut left_behind: Vec<String>,
    log: Option<Vec<u8>>,
) -> LoadOutcome {
    left_behind.extend(stats.left_behind.iter().cloned());
    let (sampled, findings) = prepared.findings();
    let mut metrics = prepared.metrics(open, stats.elapsed);
    metrics.due = stats.due;
    metrics.dropped = stats.dropped;
    metrics.late = stats.late;
    metrics.findings = PreparedRun::errors_among(&findings);

    let inconclusive = InconclusiveReason::of(plan, &metrics, &stats);
    let results: Vec<_> = gates.iter().map(|gate| gate.judge(&metrics, plan.baseline.as_ref())).collect();
    let counts = |gate: &Gate, result: &GateResult| match &inconclusive {
        None => true,
        Some(reason) if reason.is_of_generator() => !result.depends_on_generator,
        // Without any response, only a gate that the plan asks for is breached.
        Some(_) => !result.depends_on_generator && plan.gates.contains(gate),
    };
    let breached = gates.iter().zip(&results).any(|(gate, result)| !result.held && counts(gate, result));
    let verdict = match (breached, &inconclusive) {
        (true, _) => LoadVerdict::Breached,
        (false, Some(_)) => LoadVerdict::Inconclusive,
        (false, None) => LoadVerdict::Held,
    };
    let summary = LoadSummary {
        schema: SUMMARY_SCHEMA,
        run: plan.run.clone(),
        facts: plan.facts.clone(),
        seed: plan.seed,
        endpoints: plan.target.endpoints.all().map(ToString::to_string).collect(),
        notes: prepared.notes.clone(),
        scenarios: prepared.scenarios().map(|(scenario, weight)| (scenario.name().to_owned(), weight)).collect(),
        model: if open { "open" } else { "closed" },
        verdict,
        stopped_by: stats.stopped_by,
        duration_s: stats.elapsed.as_secs_f64(),
        due: metrics.due,
        held_back: stats.held_back,
        delivered_rps: open
            .then(|| (metrics.due - metrics.dropped) as f64 / stats.dispatched.as_secs_f64().max(f64::MIN_POSITIVE)),
        dropped: metrics.dropped,
        late: metrics.late,
        users: prepared.spawned_users(),
        generator: GeneratorHealth {
            threads: prepared.workers.len(),
            capacity_rps: plan.capacity.map(|capacity| capacity.rps),
            busy: stats.busy,
            latest_ns: u64::try_from(stats.max_delay.as_nanos()).unwrap_or(u64::MAX),
            process_cores: stats.process_cores,
            memory: stats.memory,
            complaint: inconclusive.as_ref().map(ToString::to_string),
        },
        total: StepSummary::new("total", &metrics.total, &metrics).with_distribution(&metrics.total),
        steps: metrics.steps.iter().map(|(label, tally)| StepSummary::new(label, tally, &metrics)).collect(),
        series: stats.series,
        gates: results,
        sampled_every: plan.sample_every,
        sampled,
        findings,
        left_behind,
    };
    let write = |folder| {
        let hdr_log = log.unwrap_or_else(|| whole_run_log(&metrics.total, metrics.elapsed));
        report::write(folder, &LoadReportInput { summary: &summary, hdr_log: &hdr_log })
    };
    let report_errors = plan.report.as_deref().map(write).unwrap_or_default();
    LoadOutcome { verdict, summary, inconclusive, report_errors }
}

/// Returns the plan's gates, and those on findings and errors that every run has unless the plan has its own.
fn gates(plan: &LoadPlan) -> Vec<Gate> {
    let mut gates = plan.gates.clone();
    for default in DEFAULT_GATES {
        let default: Gate = default.parse().expect("the tests parse the default gates");
        if !gates.iter().any(|gate| gate.step().is_none() && gate.metric() == default.metric()) {
            gates.push(default);
        }
    }
    gates
}
