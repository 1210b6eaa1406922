//! The differential run: the same seeded requests to two endpoints, and where their answers differ.
//!
//! Each side has resources of its own, and values that it made are held against each other by what they stand for. That
//! both are alike says nothing of the contract; that they differ says that one of them departs from the other.

mod ledger;
mod pair;
mod sequence;
mod side;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_generators::Case;
use ivs_judge::{Answer, Coverage, Event, Report, Verdict, quoted};
use ivs_model::{Authority, CaseId, Knowledge, Model, SuiteName};
use tokio_util::sync::CancellationToken;

use crate::canonical_call::CanonicalCall;
use crate::capture::{capture, overlay};
use crate::case_context::{CaseResult, indeterminate, resource_unavailable};
use crate::event_log::EventObserver;
use crate::operation_under_test::OperationUnderTest;
use crate::plan::{self, OperationPlan, RunPlan};
use crate::runner::note_left_behind;
use ledger::Ledger;
pub use pair::DIFFERS;
use pair::{DifferenceReport, comparable, differences};
use sequence::Sequence;
use side::{Ready, Shown, call};

pub use side::Side;

/// The name of the suite in a report.
const SUITE: SuiteName = SuiteName::from_static("differential");

/// Compares a target with another endpoint.
pub struct Differential {
    models: &'static [Model],
    knowledge: &'static Knowledge,
    target: Side,
    against: Side,
    authority: Authority,
}

impl Differential {
    /// A comparison of `target` with `against`. The `authority` says what the answers of the latter are worth: observed if
    /// it is AWS, else inferred.
    #[must_use]
    pub fn new(
        models: &'static [Model],
        knowledge: &'static Knowledge,
        target: Side,
        against: Side,
        authority: Authority,
    ) -> Self {
        Self { models, knowledge, target, against, authority }
    }

    /// Sends what the target's settings select to both, and returns where they differ. What was made is removed.
    pub async fn run(self, observer: EventObserver, cancel: CancellationToken) -> Report {
        let Self { models, knowledge, target, against, authority } = self;
        let (name, argument) = (against.config.endpoint.clone(), against.argument.clone());
        let writes = target.config.allow_writes && against.config.allow_writes;
        let width = target.config.concurrency.max(1);
        let RunPlan { operations: planned, recipes, notes: _ } = RunPlan::new(models, knowledge, &[], &target.config);
        let (seed, cleanup) = (target.config.seed, target.config.cleanup);
        let target = target.ready(models, knowledge, &planned, &recipes, cancel.clone());
        let against = against.ready(models, knowledge, &planned, &recipes, cancel);
        let comparing = Comparing {
            target,
            against,
            name,
            argument,
            authority,
            seed,
            writes,
            width,
            ledger: Ledger::new(observer),
        };
        comparing.start(&planned, &recipes);
        stream::iter(&planned)
            .for_each_concurrent(width, async |planned| comparing.operation(planned, &recipes).await)
            .await;
        let Comparing { target, against, ledger, .. } = comparing;
        for side in [&target, &against] {
            side.run_context.budget.begin_cleaning();
            note_left_behind(&side.run_context, side.pool.remove_all(cleanup).await);
        }
        let unusable = target.unusable().or_else(|| against.unusable());
        ledger.finish([&target.run_context, &against.run_context], unusable)
    }
}

struct Comparing {
    target: Ready,
    against: Ready,
    /// The endpoint that is compared with, as reports name it.
    name: String,
    /// The same as the command takes it.
    argument: String,
    authority: Authority,
    seed: u64,
    writes: bool,
    width: usize,
    ledger: Ledger,
}

/// The answers of one side to one operation, to see whether it tells one request from another.
type Answers = BTreeSet<String>;

/// One case that was compared.
struct Compared {
    case: CaseId,
    site: String,
    result: CaseResult,
    answers: Option<[Answer; 2]>,
}

impl Comparing {
    /// Tells what the run sets out to do.
    fn start(&self, planned: &[OperationPlan], recipes: &[Case]) {
        let mut run = plan::overview(&self.target.run_context.config, planned);
        let cases = |it: &OperationPlan| {
            it.canonical_calls.len() + it.cases().all().count() + self.sequences(it, recipes).len()
        };
        run.cases = planned.iter().map(cases).sum::<usize>() as u64;
        self.ledger.emit(Event::RunStarted(run));
    }

    async fn operation(&self, planned: &OperationPlan, recipes: &[Case]) {
        let operation = planned.operation.id;
        let (Some(target), Some(against)) = (self.target.operation(operation), self.against.operation(operation))
        else {
            self.ledger.probed(planned, Coverage::Unknown("no valid input can be built".into()));
            return;
        };
        if !self.writes && planned.access.is_write() {
            self.ledger.probed(planned, Coverage::Unknown("not called: it writes".into()));
            let cases = self.skip_all(planned, recipes, "writes require --allow-writes");
            self.target.run_context.note_writes_skipped(cases);
            return;
        }
        let (coverage, other) = tokio::join!(self.target.probe(target), self.against.probe(against));
        self.ledger.probed(planned, coverage.clone());
        if let Coverage::NotImplemented(_) = coverage {
            self.skip_all(planned, recipes, "the operation is not implemented");
            return;
        }
        if let Coverage::NotImplemented(_) = other {
            self.skip_all(planned, recipes, "the other endpoint does not have the operation");
            return;
        }
        let compared = self.compare_all(planned, target, against, recipes).await;
        let mut answers = [Answers::new(), Answers::new()];
        for both in compared.iter().filter_map(|compared| compared.answers.as_ref()) {
            for (seen, answer) in answers.iter_mut().zip(both) {
                seen.insert(answer.to_string());
            }
        }
        let alive = answers.iter().all(|seen| seen.len() > 1);
        for Compared { case, site, result, .. } in compared {
            let result = result.and_then(|()| {
                // Two endpoints that answer everything in one way are alike, which says nothing.
                if alive {
                    Ok(())
                } else {
                    Err(indeterminate("one endpoint answers every call of the operation alike"))
                }
            });
            self.ledger.conclude(case, (DIFFERS.check, site), self.verdict(result));
        }
    }

    async fn compare_all(
        &self,
        planned: &OperationPlan,
        target: &Arc<OperationUnderTest>,
        against: &Arc<OperationUnderTest>,
        recipes: &[Case],
    ) -> Vec<Compared> {
        let mut compared: Vec<Compared> = stream::iter(planned.canonical_calls.iter())
            .map(|canonical_call| self.canonical_call(planned, target, against, canonical_call))
            .buffered(self.width)
            .collect()
            .await;
        let generated = planned.cases();
        let cases: Vec<Compared> = stream::iter(generated.all())
            .map(|case| self.case(target, against, case))
            .buffered(self.width)
            .collect()
            .await;
        compared.extend(cases);
        if self.writes {
            for sequence in self.sequences(planned, recipes) {
                compared.push(self.sequence(target, &sequence).await);
            }
        }
        compared
    }

    fn sequences(&self, planned: &OperationPlan, recipes: &[Case]) -> Vec<Sequence> {
        Sequence::all(&self.target.pool, planned, recipes, self.seed)
    }

    async fn canonical_call(
        &self,
        planned: &OperationPlan,
        target: &OperationUnderTest,
        against: &OperationUnderTest,
        canonical_call: &CanonicalCall,
    ) -> Compared {
        let case = case_of_canonical_call(planned, canonical_call);
        let list = planned.list.as_deref();
        let on = async |under_test| {
            let captured = capture(under_test, &case, canonical_call, list).await?;
            let answer = captured.call.answer.to_string();
            Ok(Shown { call: captured.call, canonical: captured.canonical.ok_or_else(|| indeterminate(answer))? })
        };
        let (one, other) = tokio::join!(on(target), on(against));
        let difference_report =
            self.difference_report(target, &case, &canonical_call.name, &target.base, String::new());
        self.compared(difference_report, one, other)
    }

    async fn case(&self, target: &OperationUnderTest, against: &OperationUnderTest, case: &Case) -> Compared {
        let (id, input) = (case_of(case), &*case.input.value());
        let (one, other) = tokio::join!(
            call(target, &id, input, case.is_valid(), &[]),
            call(against, &id, input, case.is_valid(), &[])
        );
        self.compared(self.difference_report(target, &id, &site_of(case), input, String::new()), one, other)
    }

    /// The same steps on one resource of each side.
    async fn sequence(&self, target: &OperationUnderTest, sequence: &Sequence) -> Compared {
        let case = CaseId::new(target.operation.id, SUITE, sequence.name.as_str());
        let overlay = [overlay(target, &sequence.kind)];
        let made = tokio::join!(
            self.target.pool.lease_many(&sequence.kind, &overlay),
            self.against.pool.lease_many(&sequence.kind, &overlay)
        );
        let result = match &made {
            (Ok((one, _)), Ok((other, _))) => {
                let arns = [one, other].map(|made| made.first().map_or("", |resource| resource.arn.as_str()));
                self.steps(&case, sequence, arns).await
            }
            (Err(error), _) | (_, Err(error)) => Err(resource_unavailable(error)),
        };
        for (side, made) in [(&self.target, made.0), (&self.against, made.1)] {
            if let Ok((_, lease)) = made {
                side.pool.discard(lease).await;
            }
        }
        Compared { case, site: sequence.name.clone(), result, answers: None }
    }

    /// Takes the steps until an answer as a whole differs: from there on the two resources are no longer alike.
    async fn steps(&self, case: &CaseId, sequence: &Sequence, arns: [&str; 2]) -> CaseResult {
        let mut before: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for step in &sequence.steps {
            let operation = step.operation.name();
            let operations = (self.target.operation(step.operation), self.against.operation(step.operation));
            // What is not selected is not called.
            let (Some(target), Some(against)) = operations else { continue };
            let inputs = arns.map(|arn| step.input(&sequence.kind, arn));
            let (one, other) = tokio::join!(
                call(target, case, &inputs[0], true, &arns[..1]),
                call(against, case, &inputs[1], true, &arns[1..])
            );
            let is_absent = |shown: &CaseResult<Shown>| shown.as_ref().is_ok_and(|shown| shown.call.answer.is_absent());
            if is_absent(&one) || is_absent(&other) {
                return Err(indeterminate(format!("one endpoint does not have {operation}")));
            }
            let site = format!("{}:{operation}", sequence.name);
            let difference_report =
                self.difference_report(target, case, &site, &step.input, format!(", after {}", before.join(", ")));
            let alike = one.as_ref().ok().map(|it| &it.call.answer) == other.as_ref().ok().map(|it| &it.call.answer);
            match self.compared(difference_report, one, other).result {
                Ok(()) => {}
                Err(Verdict::Fail(findings)) => found.extend(findings),
                Err(verdict) if found.is_empty() => return Err(verdict),
                Err(_) => break,
            }
            if !alike {
                break;
            }
            before.push(operation);
        }
        if found.is_empty() { Ok(()) } else { Err(Verdict::Fail(found)) }
    }

    fn difference_report<'a>(
        &self,
        under_test: &'a OperationUnderTest,
        case: &'a CaseId,
        site: &'a str,
        input: &'a serde_json::Value,
        after: String,
    ) -> DifferenceReport<'a> {
        let operation = &under_test.operation.name;
        let replay = format!(
            "ivs-contract check --against {} --service {} --operation {operation} --seed {}{} --fail-on warning",
            quoted(&self.argument),
            under_test.service(),
            self.seed,
            self.target.run_context.config.reproducer.target_arguments()
        );
        let source = format!("what {} answers{after}", self.name);
        DifferenceReport { under_test, case, site, input, authority: self.authority, source, replay }
    }

    fn compared(
        &self,
        difference_report: DifferenceReport<'_>,
        target: CaseResult<Shown>,
        against: CaseResult<Shown>,
    ) -> Compared {
        let result = comparable(&target, &against);
        let (case, site) = (difference_report.case.clone(), difference_report.site.to_owned());
        match (result, target, against) {
            (Ok(()), Ok(target), Ok(against)) => {
                let differences = differences(difference_report.under_test, &target, &against);
                let findings = difference_report.findings(&differences, &target);
                let result = if findings.is_empty() { Ok(()) } else { Err(Verdict::Fail(findings)) };
                Compared { case, site, result, answers: Some([target.call.answer, against.call.answer]) }
            }
            (Err(verdict), _, _) | (_, Err(verdict), _) | (_, _, Err(verdict)) => {
                Compared { case, site, result: Err(verdict), answers: None }
            }
        }
    }

    /// The verdict of a comparison. One that has none because the run ended was not made.
    fn verdict(&self, result: CaseResult) -> Verdict {
        let budgets = [&self.target, &self.against].map(|side| &side.run_context.budget);
        match result {
            Ok(()) => Verdict::Pass,
            Err(Verdict::Indeterminate(reason)) => match budgets.iter().find_map(|budget| budget.stopped()) {
                Some(cause) => Verdict::NotSent(cause.of_case().to_owned()),
                None => Verdict::Indeterminate(reason),
            },
            Err(verdict) => {
                if matches!(verdict, Verdict::Fail(_)) {
                    budgets.iter().for_each(|budget| budget.note_failure());
                }
                verdict
            }
        }
    }

    /// Skips all cases of an operation, and returns their number.
    fn skip_all(&self, planned: &OperationPlan, recipes: &[Case], reason: &str) -> usize {
        let canonical_calls =
            planned.canonical_calls.iter().map(|canonical_call| case_of_canonical_call(planned, canonical_call));
        let sequences = self.sequences(planned, recipes).into_iter();
        let sequences = sequences.map(|sequence| CaseId::new(planned.operation.id, SUITE, sequence.name.as_str()));
        let generated = planned.cases();
        let cases = generated.all().map(case_of);
        let mut skipped = 0;
        for case in canonical_calls.chain(sequences).chain(cases) {
            self.ledger.conclude(case, (DIFFERS.check, String::new()), Verdict::Skipped(reason.to_owned()));
            skipped += 1;
        }
        skipped
    }
}

/// Returns the id of the comparison of one canonical call: `ivs.GetChannel/differential/snapshot/valid`.
fn case_of_canonical_call(planned: &OperationPlan, canonical_call: &CanonicalCall) -> CaseId {
    CaseId::new(planned.operation.id, SUITE, format!("snapshot/{}", canonical_call.name))
}

/// Returns the id of the comparison of one generated case.
fn case_of(case: &Case) -> CaseId {
    CaseId::new(case.operation(), SUITE, format!("{}/{}", case.id.suite, case.id.name))
}

/// The stable name of what a Case asks: the constraint that it breaks, in whatever way, or its name within its operation.
fn site_of(case: &Case) -> String {
    if let Some(mutation) = &case.mutation {
        let kind = serde_json::to_value(mutation.site.kind).unwrap_or_default();
        return format!("{}#{}", mutation.site.path, kind.as_str().unwrap_or_default());
    }
    let name = &*case.id.name;
    // The number of a random Case changes with the seed.
    let stable = if name.starts_with("random-") { name.split('/').next().unwrap_or_default() } else { name };
    stable.to_owned()
}
