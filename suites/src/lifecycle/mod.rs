//! The suite `lifecycle`: sequences of creating, reading, changing, listing, tagging and removing, held against a small
//! reference model of each kind of resource.
//!
//! It runs after the suite `pagination` and before all others, so that lists stay short and every run makes the same calls.

mod act;
mod checks;
mod consistency;
mod document;
mod kind;
mod list_room;
mod look;
mod machine;
mod patch;
mod regression;
mod role;
mod sequence_run;
mod sequence_tree;
mod shrink;
mod side_by_side;
mod state;
mod step;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_client::BoxFuture;
use ivs_judge::{CheckInfo, Coverage, Event, Finding, Verdict};
use ivs_model::{FindingId, Model, Operation, SuiteName};
use ivs_runner::{
    Assignment, CaseContext, CaseResult, Config, OperationUnderTest, Planning, RunContext, Schedule, Suite, SuitePlan,
    catch_panic, confirmed, indeterminate, without_waiting_for_deletions,
};

use checks::LIFE;
use consistency::ConsistencyWait;
use kind::{Kind, kinds};
use list_room::ListRoom;
use machine::Drawn;
use regression::{Kept, kept};
pub use regression::{check_kept_sequences, kept_sequence_file};
use role::Role;
use sequence_run::{SequenceContext, SequenceResult, run_sequence};
use step::Step;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("lifecycle");

/// Sequences of calls, held against a reference model.
pub(crate) struct Lifecycle;

/// What is known of the kinds of one service, and the sequences that failed in earlier runs.
struct Known {
    kinds: Vec<Arc<Kind>>,
    kept: BTreeMap<String, Vec<Kept>>,
}

impl Known {
    fn of(planning: &Planning<'_>) -> Self {
        let Planning { catalog, knowledge, samples, service_cases, config, .. } = planning;
        let kinds = kinds(catalog, knowledge, samples, service_cases, config.seed);
        let kinds: Vec<Arc<Kind>> = kinds.into_iter().map(Arc::new).collect();
        let (kept, notes) = kept(config, &kinds);
        notes.into_iter().for_each(|note| planning.note(note));
        Self { kinds, kept }
    }
}

impl Suite for Lifecycle {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Sequences of creating, reading, updating, listing, tagging and deleting agree with a reference model."
    }

    fn schedule(&self) -> &'static [Schedule] {
        &[Schedule::Exclusive]
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let known = planning.of_service(|| Known::of(planning));
        let cases = sequence_cases(&known.kinds, &known.kept, planning.model, planning.operation, planning.config);
        let names: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
        planning.named(SUITE, names, cases)
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(first) = assignments.first() else { return };
            let run_context = &first.under_test.run_context;
            if !run_context.config.allow_writes {
                // Operations that write are skipped as a whole.
                for assignment in assignments.iter().filter(|it| !it.under_test.writes()) {
                    assignment.skip("its sequences write, and writing is not allowed");
                }
                return;
            }
            let operations = Assignment::with_details::<Vec<SequenceCase>>(assignments);
            let selected = |(it, cases): (&Assignment, &Vec<SequenceCase>)| {
                let is_selected = |case: &&SequenceCase| it.under_test.is_selected(SUITE, &case.name);
                (Arc::clone(&it.under_test), cases.iter().filter(is_selected).cloned().collect())
            };
            let operations: Vec<_> = operations.map(selected).collect();
            run_all(run_context, &operations).await;
        })
    }
}

/// So many random cases of an operation make one random sequence of the suite `lifecycle`: it makes as many calls.
pub const CASES_A_SEQUENCE: u32 = 4;

/// One case: a sequence that puts an operation to the test.
#[derive(Debug, Clone)]
pub(crate) struct SequenceCase {
    /// The last part of its id.
    pub(crate) name: String,
    kind: Arc<Kind>,
    source: Source,
    /// Whether no other sequence of the kind is played beside it.
    is_alone: bool,
}

/// Where a sequence comes from.
#[derive(Debug, Clone)]
enum Source {
    /// It failed in an earlier run.
    Kept(Vec<Step>),
    /// Every run plays it.
    Walk(Vec<Step>),
    /// It is drawn.
    Random(Drawn),
}

impl Source {
    fn steps(&self) -> &[Step] {
        match self {
            Self::Kept(steps) | Self::Walk(steps) => steps,
            Self::Random(drawn) => &drawn.steps,
        }
    }
}

/// All cases of an operation.
fn sequence_cases(
    kinds: &[Arc<Kind>],
    kept: &BTreeMap<String, Vec<Kept>>,
    model: &Model,
    operation: &Operation,
    config: &Config,
) -> Vec<SequenceCase> {
    let mut sequence_cases = Vec::new();
    for kind in kinds.iter().filter(|kind| kind.model.service.id == model.service.id) {
        let Some(role) = Role::of(kind, operation) else { continue };
        let mut add = |name: String, source: Source| {
            // What failed before may fail again. A deletion that reaches another resource shows best where there are few.
            let is_alone = match &source {
                Source::Kept(_) => true,
                Source::Walk(_) => role == Role::Delete,
                Source::Random(_) => false,
            };
            let name = format!("{}-{name}", kind.name);
            sequence_cases.push(SequenceCase { name, kind: Arc::clone(kind), source, is_alone });
        };
        let known = kept.get(&regression::file(kind)).into_iter().flatten();
        let own = known.filter(|kept| kept.operation == operation.name && kept.is_playable(kind));
        for (number, kept) in own.enumerate() {
            add(format!("kept-{number}"), Source::Kept(kept.steps.clone()));
        }
        for (name, steps) in walk::walks(kind, &role) {
            add(name, Source::Walk(steps));
        }
        for number in 0..config.cases.div_ceil(CASES_A_SEQUENCE) {
            if let Some(drawn) = machine::draw(kind, &role, config.seed, number) {
                add(format!("random-{number}"), Source::Random(drawn));
            }
        }
    }
    sequence_cases
}

/// What failed so far for one kind: each identity is made simple once.
#[derive(Default)]
struct KnownFailures {
    simple: BTreeMap<FindingId, Finding>,
    /// Whether any sequence did not pass.
    has_any: bool,
}

/// One case of an operation.
type OperationCase = (Arc<OperationUnderTest>, SequenceCase);

/// Plays all cases, kinds at once. Operations that are not there are left to be skipped by the runner.
async fn run_all(run_context: &Arc<RunContext>, operations: &[(Arc<OperationUnderTest>, Vec<SequenceCase>)]) {
    let mut by_kind: BTreeMap<String, Vec<OperationCase>> = BTreeMap::new();
    let probes = operations.iter().filter(|(_, sequence_cases)| !sequence_cases.is_empty()).map(
        |(under_test, sequence_cases)| {
            // One that breaks down must not take the others along.
            catch_panic(async move {
                let probe = under_test.control(&under_test.base, true).await;
                match probe.map(|call| call.answer.coverage()) {
                    Ok(Coverage::NotImplemented(_)) => return None,
                    Ok(Coverage::Implemented) => under_test.note_implemented(),
                    Ok(Coverage::Unknown(_)) | Err(_) => {}
                }
                Some((under_test, sequence_cases))
            })
        },
    );
    // What the probes leave may take its time to be deleted. Sequences look at their own resources only.
    let probed = without_waiting_for_deletions(join_all(probes)).await;
    for (under_test, sequence_cases) in probed.into_iter().flatten().flatten() {
        for sequence_case in sequence_cases {
            by_kind
                .entry(regression::file(&sequence_case.kind))
                .or_default()
                .push((Arc::clone(under_test), sequence_case.clone()));
        }
    }
    let consistency = Arc::new(ConsistencyWait::new(run_context.config.consistency_wait));
    let kinds = by_kind.values().filter_map(|cases| Some((&cases.first()?.0.pool, &cases.first()?.1.kind)));
    let Some((pool, _)) = kinds.clone().next() else { return };
    let room = Arc::new(ListRoom::of(kinds.map(|(_, kind)| kind), pool));
    let mut tasks = tokio::task::JoinSet::new();
    for (file, sequence_cases) in by_kind {
        let shared = (Arc::clone(&consistency), Arc::clone(&room));
        tasks.spawn(run_kind(Arc::clone(run_context), file, sequence_cases, shared));
    }
    while tasks.join_next().await.is_some() {}
    if let Some(note) = consistency.note() {
        run_context.emit(Event::Note(note));
    }
}

/// Plays the cases of one kind: some alone, and then the others side by side. Where one fails, sequences side by side would hide
/// which operation changed another resource of the kind (planted fault `delete-renames-next`), and so all others are played
/// one after the other.
async fn run_kind(
    run_context: Arc<RunContext>,
    file: String,
    mut sequence_cases: Vec<OperationCase>,
    (consistency, room): (Arc<ConsistencyWait>, Arc<ListRoom>),
) {
    // What failed before comes first.
    sequence_cases.sort_by_key(|(_, sequence_case)| !matches!(sequence_case.source, Source::Kept(_)));
    let (alone, others): (Vec<_>, Vec<_>) = sequence_cases.into_iter().partition(|(_, case)| case.is_alone);
    let mut failures = KnownFailures::default();
    let mut failed = run_each(alone, &consistency, &mut failures).await;
    let left = if failures.has_any { others } else { side_by_side::play(others, &consistency, &room).await };
    failed.extend(run_each(left, &consistency, &mut failures).await);
    if let Err(reason) = regression::keep(&run_context.config, &file, failed) {
        run_context.emit(Event::Note(format!("the sequences that failed for {file} are not kept: {reason}")));
    }
}

/// Plays cases one after the other, and gives back the sequences to keep.
async fn run_each(
    sequence_cases: Vec<OperationCase>,
    consistency: &Arc<ConsistencyWait>,
    failures: &mut KnownFailures,
) -> Vec<Kept> {
    let mut failed = Vec::new();
    for (under_test, sequence_case) in sequence_cases {
        let known = std::mem::take(failures);
        let running = run_case(Arc::clone(&under_test), sequence_case.clone(), Arc::clone(consistency), known);
        // A task of its own, so that a crash of the check is no crash of the others.
        match tokio::spawn(running).await {
            Ok((known, kept)) => {
                *failures = known;
                failed.extend(kept);
            }
            Err(error) => {
                failures.has_any = true;
                let reason = format!("the check itself failed: {error}");
                conclude(&under_test, &sequence_case, Err(indeterminate(reason)));
            }
        }
    }
    failed
}

/// Plays one case, and makes it simple if it fails in a way not known yet.
async fn run_case(
    under_test: Arc<OperationUnderTest>,
    sequence_case: SequenceCase,
    consistency: Arc<ConsistencyWait>,
    mut known: KnownFailures,
) -> (KnownFailures, Option<Kept>) {
    let case = under_test.case_id(SUITE, &sequence_case.name);
    let case_context = CaseContext { under_test: &under_test, case: &case };
    let context = SequenceContext { case_context, kind: &sequence_case.kind, consistency: &consistency };
    let (mut steps_run, mut seen) = (0, BTreeSet::new());
    let result = confirmed!(&*under_test, async {
        let SequenceResult { result, steps, shown } = run_sequence(context, sequence_case.source.steps()).await;
        (steps_run, seen) = (steps, shown);
        result
    });
    let mut kept = None;
    let result = match result {
        Err(Verdict::Fail(findings)) => {
            known.has_any = true;
            let mut shown = Vec::new();
            for finding in findings {
                let finding = match known.simple.get(&finding.identity) {
                    Some(simple) => simple.clone(),
                    None if under_test.runs_single_cases() => {
                        with_steps(&under_test, finding, sequence_case.source.steps())
                    }
                    None => {
                        let (steps, simple) =
                            shrink::simplest(context, &sequence_case.source, steps_run, finding).await;
                        let simple = with_steps(&under_test, simple, &steps);
                        kept = Some(Kept {
                            operation: under_test.operation.name.clone(),
                            finding: simple.identity.to_string(),
                            endpoint: under_test.run_context.config.endpoint.clone(),
                            steps,
                        });
                        known.simple.insert(simple.identity.clone(), simple.clone());
                        simple
                    }
                };
                shown.push(finding);
            }
            let own = |finding: &Finding| finding.scope.operation() == Some(under_test.operation.id);
            match shown.iter().find(|finding| !own(finding)) {
                // Another operation stood in the way: the finding is its own, and nothing follows for this one.
                Some(other) => {
                    let reason = format!("{} has a finding, which ends the sequence", other.scope.operation_name());
                    for finding in shown {
                        under_test.run_context.emit(Event::FindingFound(Box::new(finding)));
                    }
                    Err(indeterminate(reason))
                }
                None => Err(Verdict::Fail(shown)),
            }
        }
        Ok(()) if !seen.contains(&under_test.operation.id) => {
            Err(indeterminate("the sequence does not show what the operation did"))
        }
        result => result,
    };
    conclude(&under_test, &sequence_case, result);
    (known, kept)
}

/// The finding with the steps that show it.
fn with_steps(under_test: &OperationUnderTest, mut finding: Finding, steps: &[Step]) -> Finding {
    let steps = steps.iter().filter_map(|step| serde_json::to_value(step).ok()).collect();
    under_test.run_context.judge().add_steps(&mut finding, steps);
    finding
}

fn conclude(under_test: &OperationUnderTest, sequence_case: &SequenceCase, result: CaseResult) {
    let case = under_test.case_id(SUITE, &sequence_case.name);
    let case_context = CaseContext { under_test, case: &case };
    case_context.conclude(LIFE, &sequence_case.name, result);
}
