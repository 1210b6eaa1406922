//! The suite `lifecycle`: sequences of creating, reading, changing, listing, tagging and removing, held against a small
//! reference model of each kind of resource.
//!
//! It runs after the suite `pagination` and before all others, the sequences of one kind one after the other: so the
//! lists stay short, and every run makes the same calls.

mod act;
mod document;
mod kind;
mod look;
mod machine;
mod patch;
mod patience;
mod play;
mod regression;
mod role;
mod rules;
mod shrink;
mod state;
mod step;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_judge::{Coverage, Event, Finding, Verdict};
use ivs_model::{FindingId, Model, Operation};

use crate::answer::coverage;
use crate::crash::survived;
use crate::judged::{Judged, Scene, undecided};
use crate::session::Session;
use crate::subject::Subject;
use crate::{Config, SuiteName};
pub(crate) use document::shown;
pub(crate) use kind::{Kind, kinds};
use machine::Drawn;
use patience::Patience;
use play::{Stage, play};
pub use regression::Regressions;
pub(crate) use regression::{Kept, kept};
use role::Role;
pub(crate) use rules::ALL as RULES;
use rules::LIFE;
use step::Step;

const SUITE: SuiteName = SuiteName::Lifecycle;

/// So many random cases of an operation make one random sequence of the suite `lifecycle`: it makes as many calls.
pub const CASES_A_SEQUENCE: u32 = 4;

/// One case: a sequence that puts an operation to the test.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// The last part of its id.
    pub(crate) name: String,
    kind: Arc<Kind>,
    source: Source,
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
pub(crate) fn turns(
    kinds: &[Arc<Kind>],
    kept: &BTreeMap<String, Vec<Kept>>,
    model: &Model,
    operation: &Operation,
    config: &Config,
) -> Vec<Turn> {
    let mut turns = Vec::new();
    for kind in kinds.iter().filter(|kind| kind.model.service.id == model.service.id) {
        let Some(role) = Role::of(kind, operation) else { continue };
        let mut add = |name: String, source: Source| {
            turns.push(Turn { name: format!("{}-{name}", kind.name), kind: Arc::clone(kind), source });
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
    turns
}

/// What failed so far for one kind: each identity is made simple once.
#[derive(Default)]
struct Known(BTreeMap<FindingId, Finding>);

/// Plays all cases: kinds at once, the cases of a kind one after the other. Operations that are not there are left to be
/// skipped by the runner.
pub(crate) async fn run_all(session: &Arc<Session>, subjects: &[(Arc<Subject>, Vec<Turn>)]) {
    let mut by_kind: BTreeMap<String, Vec<(Arc<Subject>, Turn)>> = BTreeMap::new();
    let probes = subjects.iter().filter(|(_, turns)| !turns.is_empty()).map(|(subject, turns)| {
        // One that breaks down must not take the others along.
        survived(async move {
            let probe = subject.control(&subject.base, true).await;
            match probe.map(|call| coverage(&call.answer)) {
                Ok(Coverage::NotImplemented(_)) => return None,
                Ok(Coverage::Implemented) => subject.note_implemented(),
                Ok(Coverage::Unknown(_)) | Err(_) => {}
            }
            Some((subject, turns))
        })
    });
    for (subject, turns) in join_all(probes).await.into_iter().flatten().flatten() {
        for turn in turns {
            by_kind.entry(regression::file(&turn.kind)).or_default().push((Arc::clone(subject), turn.clone()));
        }
    }
    let patience = Arc::new(Patience::new(session.config.consistency_wait));
    let mut tasks = tokio::task::JoinSet::new();
    for (file, mut turns) in by_kind {
        // What failed before comes first.
        turns.sort_by_key(|(_, turn)| !matches!(turn.source, Source::Kept(_)));
        let (session, patience) = (Arc::clone(session), Arc::clone(&patience));
        tasks.spawn(async move {
            let mut known = Known::default();
            let mut failed = Vec::new();
            for (subject, turn) in turns {
                let running = take_turn(Arc::clone(&subject), turn.clone(), Arc::clone(&patience), known);
                // A task of its own, so that a crash of the check is no crash of the others.
                match tokio::spawn(running).await {
                    Ok((still_known, kept)) => {
                        known = still_known;
                        failed.extend(kept);
                    }
                    Err(error) => {
                        known = Known::default();
                        let reason = format!("the check itself failed: {error}");
                        conclude(&subject, &turn, Err(undecided(reason)));
                    }
                }
            }
            if let Err(reason) = regression::keep(&session.config, &file, failed) {
                session.emit(Event::Note(format!("the sequences that failed for {file} are not kept: {reason}")));
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    if let Some(note) = patience.note() {
        session.emit(Event::Note(note));
    }
}

/// Plays one case, and makes it simple if it fails in a way not known yet.
async fn take_turn(
    subject: Arc<Subject>,
    turn: Turn,
    patience: Arc<Patience>,
    mut known: Known,
) -> (Known, Option<Kept>) {
    let case = subject.case_id(SUITE, &turn.name);
    let scene = Scene { subject: &subject, case: &case };
    let stage = Stage { scene, kind: &turn.kind, patience: &patience };
    let played = play(stage, turn.source.steps()).await;
    let mut kept = None;
    let judged = match played.judged {
        Err(Verdict::Fail(findings)) => {
            let mut shown = Vec::new();
            for finding in findings {
                let finding = match known.0.get(&finding.identity) {
                    Some(simple) => simple.clone(),
                    None => {
                        let (steps, simple) = shrink::simplest(stage, &turn.source, played.steps, finding).await;
                        kept = Some(Kept {
                            operation: subject.operation.name.clone(),
                            finding: simple.identity.to_string(),
                            steps,
                        });
                        known.0.insert(simple.identity.clone(), simple.clone());
                        simple
                    }
                };
                shown.push(finding);
            }
            let own = |finding: &Finding| finding.scope.operation() == Some(subject.operation.id);
            match shown.iter().find(|finding| !own(finding)) {
                // Another operation stood in the way: the finding is its own, and nothing follows for this one.
                Some(other) => {
                    let reason = format!("{} departs, which ends the sequence", other.scope.operation_name());
                    for finding in shown {
                        subject.session.emit(Event::FindingFound(Box::new(finding)));
                    }
                    Err(undecided(reason))
                }
                None => Err(Verdict::Fail(shown)),
            }
        }
        Ok(()) if !played.shown.contains(&subject.operation.id) => {
            Err(undecided("the sequence does not show what the operation did"))
        }
        judged => judged,
    };
    conclude(&subject, &turn, judged);
    (known, kept)
}

fn conclude(subject: &Subject, turn: &Turn, judged: Judged) {
    let case = subject.case_id(SUITE, &turn.name);
    let scene = Scene { subject, case: &case };
    scene.conclude(LIFE, &turn.name, judged);
}
