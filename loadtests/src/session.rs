//! What a run sets up before its load and takes down after it, whichever driver puts the load on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ivs_client::Exchange;
use ivs_generators::Case;
use ivs_judge::{CheckInfo, Finding, Grouping, Judge, Mismatch, Reproducer, RequestContext, Severity};
use ivs_model::FindingId;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::LoadError;
use crate::figures::Figures;
use crate::governor::Governor;
use crate::inspection::Breach;
use crate::lane::{Lane, Place};
use crate::recorder::{Recorder, Tally};
use crate::sampling::Sampling;
use crate::scenario::{Desk, Furniture, Idle, Kind, Staged, World, WorldNeeds, furnish, stands_alone, tear_down};
use crate::stop::Stop;
use crate::target::{Keyring, Target};
use crate::template::Catalogue;
use crate::user::{Commons, User};

/// A breach with how often it showed and the first exchange that showed it.
pub(crate) struct Shown {
    pub(crate) breach: Breach,
    pub(crate) count: u64,
    pub(crate) exchange: Exchange,
    pub(crate) valid: bool,
}

/// A furnished run.
pub(crate) struct Session {
    target: Target,
    seed: u64,
    pub(crate) catalogue: Catalogue,
    world: Arc<World>,
    furniture: Furniture,
    staged: Vec<(Kind, Staged, u32)>,
    pub(crate) keyring: Arc<Keyring>,
    commons: Commons,
    judge: Arc<Judge<'static>>,
    pub(crate) lanes: Vec<Arc<Lane>>,
    /// Users made so far; the next one's number.
    hired: AtomicU64,
}

impl Session {
    /// Makes everything ready: credentials, world, templates, judge, and one lane a generator thread.
    pub(crate) async fn open(
        target: &Target,
        scenarios: &BTreeMap<Kind, u32>,
        run: &str,
        seed: u64,
        sample_every: u64,
        lanes: usize,
        stop: &Stop,
    ) -> Result<Self, LoadError> {
        let keyring = Arc::new(Keyring::open(target.credentials.clone()).await?);
        let credentials = keyring.current();
        let mut catalogue = Catalogue::new(&target.endpoints, credentials.session_token().is_some())?;
        let needs = scenarios.keys().map(|kind| kind.needs()).fold(WorldNeeds::default(), WorldNeeds::and);
        let mut world = World::new(run, if needs.cases { cases() } else { Vec::new() });
        let furniture = Furniture::new(&mut catalogue)?;
        let mut staged = Vec::new();
        for (kind, weight) in scenarios {
            staged.push((*kind, kind.stage(&mut catalogue, &world)?, *weight));
        }
        let governor = target.keeps_rates().then(|| {
            let steps = catalogue.templates().iter().map(|template| &template.name);
            Arc::new(Governor::new(ivs_model::bundled::knowledge(), steps))
        });

        let mut reproducer = Reproducer::new(seed).secret(credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            reproducer = reproducer.secret(token);
        }
        for service in catalogue.services() {
            let id = &service.model.service.id;
            reproducer = reproducer.endpoint(id, &target.endpoints.of(id)?.to_string());
        }
        let models = ivs_model::bundled::models();
        let judge = Arc::new(Judge::new(models, ivs_model::bundled::knowledge(), reproducer));
        for case in &world.cases {
            judge.announce_invalid(&case.input);
        }

        let lane = || Lane::new(target, &catalogue, Arc::clone(&keyring)).map(Arc::new);
        // The world is made without counting: by a lane that nobody reads.
        let bare = Commons { governor: governor.clone(), sampling: None };
        let mut hand =
            User::new(lane()?, bare, Box::new(Idle), desk(seed, u64::MAX, Arc::new(World::new(run, Vec::new()))));
        if let Err(error) = furnish(&mut world, needs.channels, &furniture, &mut hand, stop).await {
            tear_down(&world, &furniture, &mut hand).await;
            return Err(error);
        }
        let lanes = (0..lanes).map(|_| lane()).collect::<Result<Vec<_>, _>>()?;
        let sampling = Arc::new(Sampling::start(sample_every, Arc::clone(&judge)));
        Ok(Self {
            target: target.clone(),
            seed,
            catalogue,
            world: Arc::new(world),
            furniture,
            staged,
            keyring,
            commons: Commons { governor, sampling: Some(sampling) },
            judge,
            lanes,
            hired: AtomicU64::new(0),
        })
    }

    /// The scenarios of the run, with their weights.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = (Kind, u32)> + '_ {
        self.staged.iter().map(|(kind, _, weight)| (*kind, *weight))
    }

    /// The scenario of the arrival or user of that number: they come round by their weights.
    pub(crate) fn turn(&self, number: u64) -> usize {
        let total: u64 = self.staged.iter().map(|(_, _, weight)| u64::from(*weight)).sum();
        // A stride that shares no factor with most totals spreads the scenarios over the first few already.
        let mut ticket = number.wrapping_mul(7919) % total.max(1);
        for (index, (_, _, weight)) in self.staged.iter().enumerate() {
            if ticket < u64::from(*weight) {
                return index;
            }
            ticket -= u64::from(*weight);
        }
        0
    }

    /// One more user on a lane, of the scenario whose turn it is.
    pub(crate) fn hire(&self, lane: usize) -> User {
        self.hire_at(lane, self.turn(self.hired()))
    }

    /// One more user of the scenario at that place.
    pub(crate) fn hire_at(&self, lane: usize, scenario: usize) -> User {
        self.user(lane, self.hired.fetch_add(1, Ordering::Relaxed), &self.staged[scenario].1)
    }

    /// One more user of one scenario.
    pub(crate) fn hire_for(&self, lane: usize, kind: Kind) -> Option<User> {
        let (_, staged, _) = self.staged.iter().find(|(known, _, _)| *known == kind)?;
        Some(self.user(lane, self.hired.fetch_add(1, Ordering::Relaxed), staged))
    }

    /// Users made so far.
    pub(crate) fn hired(&self) -> u64 {
        self.hired.load(Ordering::Relaxed)
    }

    fn user(&self, lane: usize, number: u64, staged: &Staged) -> User {
        let desk = desk(self.seed, number, Arc::clone(&self.world));
        User::new(Arc::clone(&self.lanes[lane]), self.commons.clone(), staged.behaviour(), desk)
    }

    /// The labels of all steps that may be counted.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.catalogue.templates().iter().map(|template| template.label.clone()).collect()
    }

    /// All lanes' results together.
    pub(crate) fn figures(&self, open: bool, elapsed: Duration) -> Figures {
        let mut recorder = Recorder::default();
        for lane in &self.lanes {
            recorder.merge(&lane.shard().recorder);
        }
        let mut total = Tally::default();
        let mut steps = Vec::new();
        for (step, tally) in recorder.tallies() {
            total.merge(tally);
            steps.push((self.catalogue.templates()[step.index()].label.clone(), tally.clone()));
        }
        Figures { open, elapsed, steps, total, due: 0, dropped: 0, late: 0, findings: 0 }
    }

    /// Ends the sampling; answers with the number of exchanges judged in full and all findings of the run.
    pub(crate) fn findings(&self) -> (u64, Vec<Finding>) {
        let (sampled, mut findings) =
            self.commons.sampling.as_ref().map(|sampling| sampling.finish()).unwrap_or_default();
        let mut merged: BTreeMap<FindingId, Finding> = BTreeMap::new();
        for lane in &self.lanes {
            for (place, shown) in &lane.shard().breaches {
                let finding = self.finding(place, shown);
                match merged.get_mut(&finding.identity) {
                    Some(known) => known.count += finding.count,
                    None => {
                        merged.insert(finding.identity.clone(), finding);
                    }
                }
            }
        }
        findings.extend(merged.into_values());
        findings.sort_by(|a, b| (a.severity, &a.identity).cmp(&(b.severity, &b.identity)));
        (sampled, findings)
    }

    fn finding(&self, place: &Place, shown: &Shown) -> Finding {
        let breach = &shown.breach;
        let rule = CheckInfo {
            check: breach.check,
            authority: breach.authority,
            source: breach.rule,
            grouping: Grouping::default(),
        };
        let case = match &place.case {
            Some(case) => case.clone(),
            None => self.catalogue.templates()[place.step.index()].name.case(),
        };
        let context = if shown.valid { RequestContext::valid(&case) } else { RequestContext::invalid(&case) };
        // Cases of the generators differ in their break: each is a finding of its own.
        let site = place.case.as_ref().map_or("", |case| &*case.name);
        let departure = Mismatch::new(site, &breach.expected, &breach.actual).at(breach.pointer);
        let mut finding = self.judge.finding(&rule, &departure, &shown.exchange, &context);
        finding.count = shown.count;
        finding
    }

    /// Removes the world; answers with what would not go.
    pub(crate) async fn close(&self) -> Vec<String> {
        let lane = match Lane::new(&self.target, &self.catalogue, Arc::clone(&self.keyring)) {
            Ok(lane) => Arc::new(lane),
            Err(_) => return self.world.channels.iter().map(|channel| channel.arn.clone()).collect(),
        };
        let bare = Commons { governor: self.commons.governor.clone(), sampling: None };
        let mut hand = User::new(lane, bare, Box::new(Idle), desk(self.seed, u64::MAX, Arc::clone(&self.world)));
        tear_down(&self.world, &self.furniture, &mut hand).await
    }

    /// Findings that count for gates.
    pub(crate) fn errors_among(findings: &[Finding]) -> u64 {
        findings.iter().filter(|finding| finding.severity == Severity::Error).count() as u64
    }
}

fn desk(seed: u64, number: u64, world: Arc<World>) -> Desk {
    Desk { number, random: SmallRng::seed_from_u64(seed ^ number.rotate_left(32)), world }
}

/// The generators' invalid cases that can be sent again and again.
fn cases() -> Vec<Case> {
    let knowledge = ivs_model::bundled::knowledge();
    let plans = ivs_model::bundled::models().iter().map(|model| ivs_generators::systematic(model, knowledge));
    plans.flat_map(|plan| plan.cases).filter(stands_alone).collect()
}
