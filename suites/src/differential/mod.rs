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
use ivs_judge::{Answer, Coverage, Event, Report, Verdict};
use ivs_model::{Authority, CaseId, Knowledge, Model, SuiteName};
use tokio_util::sync::CancellationToken;

use crate::EventSink;
use crate::judged::{Judged, undecided, unmade};
use crate::plan::{self, Plan, Planned};
use crate::runner::is_write;
use crate::snapshot::{Shot, overlay, take};
use crate::subject::Subject;
use ledger::Ledger;
use pair::{DIFFERS, Told, comparable, differences};
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
    pub async fn run(self, sink: EventSink, cancel: CancellationToken) -> Report {
        let Self { models, knowledge, target, against, authority } = self;
        let (name, argument) = (against.config.endpoint.clone(), against.argument.clone());
        let writes = target.config.writes && against.config.writes;
        let width = target.config.concurrency.max(1);
        let Plan { planned, recipes, notes: _ } = Plan::new(models, knowledge, &target.config);
        let (seed, cleanup) = (target.config.seed, target.config.cleanup);
        let target = target.ready(models, knowledge, &planned, &recipes, cancel.clone());
        let against = against.ready(models, knowledge, &planned, &recipes, cancel);
        let comparing =
            Comparing { target, against, name, argument, authority, seed, writes, width, ledger: Ledger::new(sink) };
        comparing.start(&planned, &recipes);
        stream::iter(&planned)
            .for_each_concurrent(width, async |planned| comparing.operation(planned, &recipes).await)
            .await;
        let Comparing { target, against, ledger, .. } = comparing;
        for side in [&target, &against] {
            side.session.begin_cleaning();
            for left in side.pool.remove_all(cleanup).await.left {
                ledger.emit(Event::Note(format!("{} left behind: {}", left.resource.kind, left.reason)));
            }
        }
        let unusable = target.unusable().or_else(|| against.unusable());
        ledger.finish([&target.session, &against.session], unusable)
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
    judged: Judged,
    answers: Option<[Answer; 2]>,
}

impl Comparing {
    /// Tells what the run sets out to do.
    fn start(&self, planned: &[Planned], recipes: &[Case]) {
        let mut run = plan::overview(&self.target.session.config, planned);
        let cases =
            |it: &Planned| it.shots.len() + it.cases.len() + it.random.len() + self.sequences(it, recipes).len();
        run.cases = planned.iter().map(cases).sum::<usize>() as u64;
        self.ledger.emit(Event::RunStarted(run));
    }

    async fn operation(&self, planned: &Planned, recipes: &[Case]) {
        let operation = planned.operation.id;
        let (Some(target), Some(against)) = (self.target.subject(operation), self.against.subject(operation)) else {
            self.ledger.probed(planned, Coverage::Unknown("no valid input can be built".into()));
            return;
        };
        if !self.writes && is_write(&planned.effects, planned.operation) {
            self.ledger.probed(planned, Coverage::Unknown("not called: it writes".into()));
            self.skip_all(planned, recipes, "the operation writes, and writing is not allowed");
            return;
        }
        let (coverage, other) = tokio::join!(self.target.probe(target), self.against.probe(against));
        self.ledger.probed(planned, coverage.clone());
        if let Coverage::NotImplemented(_) = coverage {
            return self.skip_all(planned, recipes, "the operation is not implemented");
        }
        if let Coverage::NotImplemented(_) = other {
            return self.skip_all(planned, recipes, "the other endpoint does not have the operation");
        }
        let compared = self.compare_all(planned, target, against, recipes).await;
        let mut answers = [Answers::new(), Answers::new()];
        for both in compared.iter().filter_map(|compared| compared.answers.as_ref()) {
            for (seen, answer) in answers.iter_mut().zip(both) {
                seen.insert(answer.to_string());
            }
        }
        let alive = answers.iter().all(|seen| seen.len() > 1);
        for Compared { case, site, judged, .. } in compared {
            let judged = judged.and_then(|()| {
                // Two endpoints that answer everything in one way are alike, and nothing is learnt of that.
                if alive { Ok(()) } else { Err(undecided("one endpoint answers every call of the operation alike")) }
            });
            self.ledger.judged(case, (DIFFERS.check, site), judged.err().unwrap_or(Verdict::Pass));
        }
    }

    async fn compare_all(
        &self,
        planned: &Planned,
        target: &Arc<Subject>,
        against: &Arc<Subject>,
        recipes: &[Case],
    ) -> Vec<Compared> {
        let mut compared: Vec<Compared> = stream::iter(planned.shots.iter())
            .map(|shot| self.shot(planned, target, against, shot))
            .buffered(self.width)
            .collect()
            .await;
        let random = planned.random.iter().map(|random| &random.case);
        let cases: Vec<Compared> = stream::iter(planned.cases.iter().chain(random))
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

    fn sequences(&self, planned: &Planned, recipes: &[Case]) -> Vec<Sequence> {
        Sequence::all(&self.target.pool, planned, recipes, self.seed)
    }

    async fn shot(&self, planned: &Planned, target: &Subject, against: &Subject, shot: &Shot) -> Compared {
        let case = case_of_shot(planned, shot);
        let listing = planned.listing.as_deref();
        let on = async |subject| {
            let taken = take(subject, &case, shot, listing).await?;
            let answer = taken.call.answer.to_string();
            Ok(Shown { call: taken.call, canonical: taken.canonical.ok_or_else(|| undecided(answer))? })
        };
        let (one, other) = tokio::join!(on(target), on(against));
        let told = self.told(target, &case, &shot.name, &target.base, String::new());
        self.compared(told, one, other)
    }

    async fn case(&self, target: &Subject, against: &Subject, case: &Case) -> Compared {
        let (id, input) = (case_of(case), &case.input);
        let (one, other) = tokio::join!(
            call(target, &id, input, case.is_valid(), &[]),
            call(against, &id, input, case.is_valid(), &[])
        );
        self.compared(self.told(target, &id, &site_of(case), input, String::new()), one, other)
    }

    /// The same steps on one resource of each side.
    async fn sequence(&self, target: &Subject, sequence: &Sequence) -> Compared {
        let case = CaseId::new(target.operation.id, SUITE, sequence.name.as_str());
        let overlay = [overlay(target, &sequence.kind)];
        let made = tokio::join!(
            self.target.pool.lease_many(&sequence.kind, &overlay),
            self.against.pool.lease_many(&sequence.kind, &overlay)
        );
        let judged = match &made {
            (Ok((one, _)), Ok((other, _))) => {
                let arns = [one, other].map(|made| made.first().map_or("", |resource| resource.arn.as_str()));
                self.steps(&case, sequence, arns).await
            }
            (Err(error), _) | (_, Err(error)) => Err(unmade(error)),
        };
        for (side, made) in [(&self.target, made.0), (&self.against, made.1)] {
            if let Ok((_, lease)) = made {
                side.pool.discard(lease).await;
            }
        }
        Compared { case, site: sequence.name.clone(), judged, answers: None }
    }

    /// Takes the steps until an answer as a whole differs: from there on the two resources are no longer alike.
    async fn steps(&self, case: &CaseId, sequence: &Sequence, arns: [&str; 2]) -> Judged {
        let mut before: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for step in &sequence.steps {
            let operation = step.operation.name();
            let subjects = (self.target.subject(step.operation), self.against.subject(step.operation));
            // What is not selected is not called.
            let (Some(target), Some(against)) = subjects else { continue };
            let inputs = arns.map(|arn| step.input(&sequence.kind, arn));
            let (one, other) = tokio::join!(
                call(target, case, &inputs[0], true, &arns[..1]),
                call(against, case, &inputs[1], true, &arns[1..])
            );
            let is_absent = |shown: &Judged<Shown>| shown.as_ref().is_ok_and(|shown| shown.call.answer.is_absent());
            if is_absent(&one) || is_absent(&other) {
                return Err(undecided(format!("one endpoint does not have {operation}")));
            }
            let site = format!("{}:{operation}", sequence.name);
            let told = self.told(target, case, &site, &step.input, format!(", after {}", before.join(", ")));
            let alike = one.as_ref().ok().map(|it| &it.call.answer) == other.as_ref().ok().map(|it| &it.call.answer);
            match self.compared(told, one, other).judged {
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

    fn told<'a>(
        &self,
        subject: &'a Subject,
        case: &'a CaseId,
        site: &'a str,
        input: &'a serde_json::Value,
        after: String,
    ) -> Told<'a> {
        let operation = &subject.operation.name;
        let replay = format!(
            "ivs-contract check --against {} --service {} --operation {operation} --seed {}",
            self.argument,
            subject.service(),
            self.seed
        );
        let source = format!("what {} answers{after}", self.name);
        Told { subject, case, site, input, authority: self.authority, source, replay }
    }

    fn compared(&self, told: Told<'_>, target: Judged<Shown>, against: Judged<Shown>) -> Compared {
        let judged = comparable(&target, &against);
        let (case, site) = (told.case.clone(), told.site.to_owned());
        match (judged, target, against) {
            (Ok(()), Ok(target), Ok(against)) => {
                let differences = differences(told.subject, &target, &against);
                let findings = told.findings(&differences, &target);
                let judged = if findings.is_empty() { Ok(()) } else { Err(Verdict::Fail(findings)) };
                Compared { case, site, judged, answers: Some([target.call.answer, against.call.answer]) }
            }
            (Err(verdict), _, _) | (_, Err(verdict), _) | (_, _, Err(verdict)) => {
                Compared { case, site, judged: Err(verdict), answers: None }
            }
        }
    }

    fn skip_all(&self, planned: &Planned, recipes: &[Case], reason: &str) {
        let shots = planned.shots.iter().map(|shot| case_of_shot(planned, shot));
        let sequences = self.sequences(planned, recipes).into_iter();
        let sequences = sequences.map(|sequence| CaseId::new(planned.operation.id, SUITE, sequence.name.as_str()));
        let random = planned.random.iter().map(|random| &random.case);
        let cases = planned.cases.iter().chain(random).map(case_of);
        for case in shots.chain(sequences).chain(cases) {
            self.ledger.judged(case, (DIFFERS.check, String::new()), Verdict::Skipped(reason.to_owned()));
        }
    }
}

/// Returns the id of the comparison of one shot: `ivs.GetChannel/differential/snapshot/valid`.
fn case_of_shot(planned: &Planned, shot: &Shot) -> CaseId {
    CaseId::new(planned.operation.id, SUITE, format!("snapshot/{}", shot.name))
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
