//! A prepared run: the setup before the load and the teardown after it, for every driver.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ivs_client::{RateLimiter, documented_rate};
use ivs_judge::{CheckInfo, Finding, Grouping, Judge, Mismatch, Reproducer, RequestContext, Severity};
use ivs_model::{FindingId, OperationId};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::breach_log::{BreachKey, RecordedBreach};
use crate::credentials::CredentialStore;
use crate::error::LoadError;
use crate::metrics::RunMetrics;
use crate::plan::LoadPlan;
use crate::recorder::{MetricsRecorder, Tally};
use crate::sampler::ExchangeSampler;
use crate::scenario::{ScenarioId, ScenarioSpawner, UserContext};
use crate::seed_data::{SeedData, SeedNeeds};
use crate::seeding::{IdleScenario, SeedSteps, control_actions, create_channels, delete_channels, invalid_cases};
use crate::step::StepCatalog;
use crate::stop::StopHandle;
use crate::target::LoadTarget;
use crate::user::{SharedState, User};
use crate::worker::Worker;

/// A run whose seed data exists and whose users can be spawned.
pub(crate) struct PreparedRun {
    target: LoadTarget,
    seed: u64,
    pub(crate) catalog: StepCatalog,
    seed_data: Arc<SeedData>,
    seed_steps: SeedSteps,
    scenarios: Vec<PreparedScenario>,
    /// What the scenarios leave out at this endpoint.
    pub(crate) notes: Vec<String>,
    pub(crate) credential_store: Arc<CredentialStore>,
    shared: SharedState,
    judge: Arc<Judge<'static>>,
    pub(crate) workers: Vec<Arc<Worker>>,
    /// The number of users so far: the number of the next one.
    spawned_users: AtomicU64,
}

struct PreparedScenario {
    id: ScenarioId,
    spawner: ScenarioSpawner,
    weight: u32,
}

impl PreparedRun {
    /// Gets credentials, creates the seed data, prepares steps, judge and one worker for each generator thread.
    pub(crate) async fn open(plan: &LoadPlan, workers: usize, stop: &StopHandle) -> Result<Self, LoadError> {
        let (target, run, seed) = (&plan.target, &plan.run, plan.seed);
        let credential_store = Arc::new(CredentialStore::open(target.credentials.clone()).await?);
        let credentials = credential_store.current();
        let mut catalog = StepCatalog::new(&target.endpoints, credentials.session_token().is_some())?;
        let needs = plan.scenarios.iter().map(|(id, _)| id.needs()).fold(SeedNeeds::default(), SeedNeeds::and);
        let mut seed_data = SeedData::new(run, if needs.cases { invalid_cases() } else { Vec::new() });
        let seed_steps = SeedSteps::new(&mut catalog)?;
        let worker = |catalog: &StepCatalog| Worker::new(target, catalog, Arc::clone(&credential_store)).map(Arc::new);
        let mut setup_user = setup_user(worker(&catalog)?, seed, Arc::new(SeedData::new(run, Vec::new())));
        if needs.controls {
            seed_data.controls = control_actions(&catalog, &mut setup_user).await?;
        }
        let mut scenarios = Vec::new();
        let mut notes = Vec::new();
        for (id, weight) in &plan.scenarios {
            let spawner = id.prepare(&mut catalog, &seed_data)?;
            notes.extend(id.note(&seed_data));
            scenarios.push(PreparedScenario { id: *id, spawner, weight: *weight });
        }
        let rate_limiter = target.keeps_rates().then(|| Arc::new(documented_rates(&catalog)));

        let mut reproducer = Reproducer::new(seed).secret(credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            reproducer = reproducer.secret(token);
        }
        for service in catalog.services() {
            let id = &service.model.service.id;
            reproducer = reproducer.endpoint(id, &target.endpoints.of(id)?.to_string());
        }
        let models = ivs_model::bundled::models();
        let judge = Arc::new(Judge::new(models, ivs_model::bundled::knowledge(), reproducer));
        for case in &seed_data.cases {
            judge.announce_invalid(&case.input.value());
        }

        if let Err(error) = create_channels(&mut seed_data, needs.channels, &seed_steps, &mut setup_user, stop).await {
            delete_channels(&seed_data, &seed_steps, &mut setup_user).await;
            return Err(error);
        }
        let workers = (0..workers).map(|_| worker(&catalog)).collect::<Result<Vec<_>, _>>()?;
        let sampler = Arc::new(ExchangeSampler::start(plan.sample_every, Arc::clone(&judge)));
        Ok(Self {
            target: target.clone(),
            seed,
            catalog,
            seed_data: Arc::new(seed_data),
            seed_steps,
            scenarios,
            notes,
            credential_store,
            shared: SharedState { rate_limiter, sampler: Some(sampler) },
            judge,
            workers,
            spawned_users: AtomicU64::new(0),
        })
    }

    /// The scenarios of the run, with their weights.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = (ScenarioId, u32)> + '_ {
        self.scenarios.iter().map(|scenario| (scenario.id, scenario.weight))
    }

    /// Returns the scenario of the arrival or user with that number. Over time each gets the share of its weight.
    pub(crate) fn scenario_of(&self, number: u64) -> usize {
        let total: u64 = self.scenarios.iter().map(|scenario| u64::from(scenario.weight)).sum();
        // The stride shares no factor with most totals, so even the first few numbers cover several scenarios.
        let mut ticket = number.wrapping_mul(7919) % total.max(1);
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let weight = u64::from(scenario.weight);
            if ticket < weight {
                return index;
            }
            ticket -= weight;
        }
        0
    }

    /// Spawns one more user on a worker. The weights decide its scenario.
    pub(crate) fn spawn_user(&self, worker: usize) -> User {
        self.spawn_user_of(worker, self.scenario_of(self.spawned_users()))
    }

    /// Spawns one more user of the scenario at that index.
    pub(crate) fn spawn_user_of(&self, worker: usize, scenario: usize) -> User {
        let number = self.spawned_users.fetch_add(1, Ordering::Relaxed);
        let context = user_context(self.seed, number, Arc::clone(&self.seed_data));
        let scenario = self.scenarios[scenario].spawner.spawn();
        User::new(Arc::clone(&self.workers[worker]), self.shared.clone(), scenario, context)
    }

    /// The number of users spawned so far.
    pub(crate) fn spawned_users(&self) -> u64 {
        self.spawned_users.load(Ordering::Relaxed)
    }

    /// The labels of all steps.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.catalog.templates().iter().map(|template| template.label.clone()).collect()
    }

    /// The time from a moment to the last response of all workers.
    pub(crate) fn last_answer_since(&self, start: Instant) -> Duration {
        let last = self.workers.iter().filter_map(|worker| worker.shard().last_answer).max();
        last.map_or(Duration::ZERO, |last| last.saturating_duration_since(start))
    }

    /// Merges the results of all workers.
    pub(crate) fn metrics(&self, open: bool, elapsed: Duration) -> RunMetrics {
        let mut recorder = MetricsRecorder::default();
        for worker in &self.workers {
            recorder.merge(&worker.shard().recorder);
        }
        let mut total = Tally::default();
        let mut steps = Vec::new();
        for (step, tally) in recorder.tallies() {
            total.merge(tally);
            steps.push((self.catalog.templates()[step.index()].label.clone(), tally.clone()));
        }
        RunMetrics { open, elapsed, steps, total, due: 0, dropped: 0, late: 0, findings: 0 }
    }

    /// Ends the sampling. Returns the number of exchanges that got all checks, and all findings of the run.
    pub(crate) fn findings(&self) -> (u64, Vec<Finding>) {
        let (sampled, mut findings) = self.shared.sampler.as_ref().map(|sampler| sampler.finish()).unwrap_or_default();
        let mut merged: BTreeMap<FindingId, Finding> = BTreeMap::new();
        for worker in &self.workers {
            for (key, recorded) in &worker.shard().breaches {
                let finding = self.finding(key, recorded);
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

    fn finding(&self, key: &BreachKey, recorded: &RecordedBreach) -> Finding {
        let breach = &recorded.breach;
        let rule = CheckInfo {
            check: breach.check,
            authority: breach.authority,
            source: breach.rule,
            grouping: Grouping::default(),
        };
        let case = match &key.case {
            Some(case) => case.clone(),
            None => self.catalog.templates()[key.step.index()].name.case(),
        };
        let context = if recorded.valid { RequestContext::valid(&case) } else { RequestContext::invalid(&case) };
        // Each case of the generators violates another constraint, so each is a separate finding.
        let site = key.case.as_ref().map_or("", |case| &*case.name);
        let mismatch = Mismatch::new(site, &breach.expected, &breach.actual).at(breach.pointer);
        let mut finding = self.judge.finding(&rule, &mismatch, &recorded.exchange, &context);
        finding.count = recorded.count;
        finding
    }

    /// Deletes the seed data and returns the ARNs of resources that could not be deleted.
    pub(crate) async fn close(&self) -> Vec<String> {
        let worker = match Worker::new(&self.target, &self.catalog, Arc::clone(&self.credential_store)) {
            Ok(worker) => Arc::new(worker),
            Err(_) => return self.seed_data.channels.iter().map(|channel| channel.arn.clone()).collect(),
        };
        let mut setup_user = setup_user(worker, self.seed, Arc::clone(&self.seed_data));
        delete_channels(&self.seed_data, &self.seed_steps, &mut setup_user).await
    }

    /// The number of findings that count for gates.
    pub(crate) fn errors_among(findings: &[Finding]) -> u64 {
        findings.iter().filter(|finding| finding.severity == Severity::Error).count() as u64
    }
}

/// The user that creates and deletes the seed data. Its worker is not part of the results.
fn setup_user(worker: Arc<Worker>, seed: u64, seed_data: Arc<SeedData>) -> User {
    let shared = SharedState { rate_limiter: None, sampler: None };
    User::new(worker, shared, Box::new(IdleScenario), user_context(seed, u64::MAX, seed_data))
}

/// Limits each operation of the catalog to the rate that AWS documents for it.
fn documented_rates(catalog: &StepCatalog) -> RateLimiter<OperationId> {
    let knowledge = ivs_model::bundled::knowledge();
    let rates = catalog.templates().iter().map(|template| {
        let operation = template.name.operation;
        // The control API of an emulator has no rate.
        let rate = if template.is_control { f64::MAX } else { documented_rate(knowledge, operation) };
        (operation, rate)
    });
    RateLimiter::new(rates, 1.0)
}

fn user_context(seed: u64, number: u64, seed_data: Arc<SeedData>) -> UserContext {
    UserContext { number, random: SmallRng::seed_from_u64(seed ^ number.rotate_left(32)), seed_data }
}
