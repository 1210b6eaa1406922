//! What a run sets out to do: the cases of every selected operation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ivs_generators::{Case, Effects, Random, RandomCase, Samples, Site, systematic};
use ivs_judge::{PlannedOperation, Run, SiteTried};
use ivs_model::{CaseId, Knowledge, Model, Operation, OperationId};
use serde_json::Value;

use crate::lifecycle::{self, Kept, Kind, Turn};
use crate::pagination::Listing;
use crate::snapshot::Shot;
use crate::{Config, SuiteName, auth, batch, errors, idempotency, pagination, protocol, snapshot, tags, validation};

/// The plan of one run.
pub(crate) struct Plan {
    /// Every selected operation.
    pub(crate) planned: Vec<Planned>,
    /// Valid Cases of all services: how the pool makes what the selected operations need.
    pub(crate) recipes: Vec<Case>,
    /// What a person should know before the run.
    pub(crate) notes: Vec<String>,
}

/// What is planned for one operation.
pub(crate) struct Planned {
    pub(crate) model: &'static Model,
    pub(crate) operation: &'static Operation,
    pub(crate) cases: Vec<Case>,
    /// Random Cases beside them.
    pub(crate) random: Vec<RandomCase>,
    /// The sites that a Case can express.
    pub(crate) sites: u64,
    /// A minimal valid input; none if none can be built.
    pub(crate) base: Option<Value>,
    pub(crate) effects: Effects,
    /// What is known of it as a list, if it pages.
    pub(crate) listing: Option<Arc<Listing>>,
    /// What the suite `snapshot` takes of it.
    pub(crate) shots: Vec<Shot>,
    /// What the suite `errors` does with it.
    triggers: Vec<String>,
    /// The cases of the suite `lifecycle`.
    pub(crate) turns: Vec<Turn>,
    /// The cases of the suite `tags`.
    tags: Vec<String>,
    /// Whether the suite `batch` applies.
    is_batch: bool,
}

impl Plan {
    /// Generates the Cases of the selected operations, always the same for the same settings.
    pub(crate) fn new(models: &'static [Model], knowledge: &'static Knowledge, config: &Config) -> Self {
        let mut plan = Self { planned: Vec::new(), recipes: Vec::new(), notes: Vec::new() };
        for model in models {
            let systematic = systematic(model, knowledge);
            let samples = Samples::of(model, knowledge);
            let mut expressible: BTreeMap<OperationId, BTreeSet<&Site>> = BTreeMap::new();
            for site in systematic.expressible() {
                expressible.entry(site.operation).or_default().insert(&site.site);
            }
            let (kinds, kept) = plan.lives(model, knowledge, config, &samples, &systematic.cases);
            for operation in &model.operations {
                let cases: Vec<Case> = systematic.of_operation(operation.id).cloned().collect();
                plan.recipes.extend(cases.iter().filter(|case| case.is_valid()).cloned());
                if config.selection.holds(model, operation) {
                    let sites = expressible.remove(&operation.id).unwrap_or_default();
                    let listing = Listing::of(model, operation, knowledge, &samples, &systematic.cases);
                    let mut planned = Planned::new(model, operation, knowledge, config, cases, &sites);
                    planned.listing = listing.map(Arc::new);
                    planned.turns = lifecycle::turns(&kinds, &kept, model, operation, config);
                    plan.planned.push(planned);
                }
            }
        }
        plan
    }

    /// The kinds of a service, and the sequences that failed for them; none if the suite is not asked for.
    fn lives(
        &mut self,
        model: &'static Model,
        knowledge: &'static Knowledge,
        config: &Config,
        samples: &Samples,
        cases: &[Case],
    ) -> (Vec<Arc<Kind>>, BTreeMap<String, Vec<Kept>>) {
        if !config.selection.holds_suite(SuiteName::Lifecycle) || !config.selection.holds_service(model) {
            return (Vec::new(), BTreeMap::new());
        }
        let kinds = lifecycle::kinds(model, knowledge, samples, cases, config.seed);
        let kinds: Vec<Arc<Kind>> = kinds.into_iter().map(Arc::new).collect();
        let (kept, unread) = lifecycle::kept(config, &kinds);
        self.notes.extend(unread);
        (kinds, kept)
    }
}

impl Planned {
    fn new(
        model: &'static Model,
        operation: &'static Operation,
        knowledge: &'static Knowledge,
        config: &Config,
        mut cases: Vec<Case>,
        expressible: &BTreeSet<&Site>,
    ) -> Self {
        let shots = snapshot::shots(knowledge, model, operation, &cases);
        // A site that lacks one polarity stands outside the total, and so it must not count as tested either.
        cases.iter_mut().for_each(|case| case.sites.retain(|site| expressible.contains(site)));
        let first = cases.iter().find(|case| case.is_valid());
        let base = first.map(|case| case.input.clone());
        let effects = first.map(|case| case.effects.clone()).unwrap_or_default();
        let source = Random::new(model, operation, knowledge, config.seed);
        let mut random: Vec<RandomCase> = (0..config.cases).filter_map(|number| source.draw(number)).collect();
        random.iter_mut().for_each(|it| it.case.sites.retain(|site| expressible.contains(site)));
        let triggers = base.as_ref().map_or_else(Vec::new, |base| {
            let found = errors::triggers(knowledge, model, operation, &effects, base, &cases);
            errors::names(knowledge, operation, &found)
        });
        let tags = tags::names(&knowledge.taggables, model, operation, &effects);
        let is_batch = knowledge.batch(operation.id).is_some();
        Self {
            model,
            operation,
            cases,
            random,
            sites: expressible.len() as u64,
            base,
            effects,
            listing: None,
            shots,
            triggers,
            turns: Vec::new(),
            tags,
            is_batch,
        }
    }

    /// The ids of all cases of one suite with the sites that they cover: for totals, and for those that are skipped.
    pub(crate) fn cases_of(&self, suite: SuiteName) -> Vec<(CaseId, Vec<SiteTried>)> {
        let id = |name: &str| (CaseId::new(self.operation.id, suite.id(), name), Vec::new());
        if self.base.is_none() {
            return Vec::new();
        }
        match suite {
            SuiteName::Validation => {
                let random = self.random.iter().map(|random| &random.case);
                self.cases.iter().chain(random).map(|case| (case.id.clone(), validation::sites(case))).collect()
            }
            SuiteName::Errors => self.triggers.iter().map(|name| id(name)).collect(),
            SuiteName::Protocol => protocol::names(self.model, self.operation).into_iter().map(id).collect(),
            SuiteName::Auth => auth::names().iter().map(|name| id(name)).collect(),
            SuiteName::Pagination => {
                let names = self.listing.as_deref().map(pagination::names);
                names.into_iter().flatten().map(|name| id(&name)).collect()
            }
            SuiteName::Batch if self.is_batch => batch::names().map(id).collect(),
            SuiteName::Batch => Vec::new(),
            SuiteName::Lifecycle => self.turns.iter().map(|turn| id(&turn.name)).collect(),
            SuiteName::Tags => self.tags.iter().map(|name| id(name)).collect(),
            SuiteName::Idempotency => idempotency::names(self.model, self.operation, &self.effects).map(id).collect(),
            SuiteName::Snapshot => self.shots.iter().map(|shot| id(&shot.name)).collect(),
        }
    }
}

/// Returns the ids of the cases of every suite but `validation`, whose cases the generators list.
#[must_use]
pub fn suite_cases(models: &'static [Model], knowledge: &'static Knowledge, config: &Config) -> Vec<CaseId> {
    let mut all = Vec::new();
    for planned in Plan::new(models, knowledge, config).planned {
        for suite in SuiteName::ALL.into_iter().filter(|suite| *suite != SuiteName::Validation) {
            all.extend(planned.cases_of(suite).into_iter().map(|(id, _)| id));
        }
    }
    all
}

/// The plan as renderers are told of it.
pub(crate) fn overview(config: &Config, planned: &[Planned]) -> Run {
    let operations =
        planned.iter().map(|it| PlannedOperation { operation: it.operation.id, sites: it.sites }).collect();
    let suites = config.selection.held_suites().into_iter();
    let cases = suites.map(|suite| planned.iter().map(|it| it.cases_of(suite).len()).sum::<usize>()).sum::<usize>();
    Run { seed: config.seed, endpoint: config.endpoint.clone(), operations, cases: cases as u64 }
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;

    #[test]
    fn no_two_cases_have_the_same_id() {
        let plan = Plan::new(bundled::models(), bundled::knowledge(), &Config::default());
        let mut ids = BTreeSet::new();
        for planned in &plan.planned {
            for (id, _) in SuiteName::ALL.into_iter().flat_map(|suite| planned.cases_of(suite)) {
                assert!(ids.insert(id.clone()), "{id}");
            }
        }
        assert!(ids.len() > 15_000, "{}", ids.len());
    }
}
