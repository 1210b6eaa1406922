//! The generated cases of the operations of one service. Those of a large operation are dropped after use, and generated again
//! for the next one.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ivs_generators::{Case, Cut, Generator, RandomCase, Site};
use ivs_model::{Knowledge, Model, Operation, OperationId};

use crate::Config;

/// The generated cases of one operation.
pub struct GeneratedCases {
    /// The systematic ones, valid ones first.
    pub systematic: Vec<Case>,
    /// The number of sites that a case can express.
    pub(crate) sites: u64,
    /// What the bounds on depth and values leave out.
    pub(crate) cuts: Vec<Cut>,
    expressible: BTreeSet<Site>,
    random: OnceLock<Vec<RandomCase>>,
    source: RandomSource,
}

/// What random cases are drawn from.
struct RandomSource {
    generator: Generator<'static>,
    operation: &'static Operation,
    seed: u64,
    cases: u32,
}

impl GeneratedCases {
    fn of(source: RandomSource) -> Self {
        let mut plan = source.generator.plan(source.operation);
        let expressible: BTreeSet<Site> = plan.expressible().map(|it| it.site.clone()).collect();
        // A site that lacks one polarity stands outside the total, and so it must not count as tested either.
        plan.cases.iter_mut().for_each(|case| case.sites.retain(|site| expressible.contains(site)));
        Self {
            systematic: plan.cases,
            sites: expressible.len() as u64,
            cuts: plan.cuts,
            expressible,
            random: OnceLock::new(),
            source,
        }
    }

    /// Random cases beside the systematic ones, drawn when they are first asked for.
    pub fn random(&self) -> &[RandomCase] {
        self.random.get_or_init(|| {
            let RandomSource { generator, operation, seed, cases } = &self.source;
            let random = generator.random(operation, *seed).beside(&self.systematic);
            let mut drawn: Vec<RandomCase> = (0..*cases).filter_map(|number| random.draw(number)).collect();
            drawn.iter_mut().for_each(|it| it.case.sites.retain(|site| self.expressible.contains(site)));
            drawn
        })
    }

    /// All cases, the random ones last.
    pub fn all(&self) -> impl Iterator<Item = &Case> {
        self.systematic.iter().chain(self.random().iter().map(|random| &random.case))
    }
}

/// The source of the generated cases of one service.
pub(crate) struct CaseSource {
    generator: Generator<'static>,
    seed: u64,
    random: u32,
    kept: Mutex<HashMap<OperationId, Arc<GeneratedCases>>>,
    /// The number of cases that may still be kept.
    room: AtomicUsize,
}

impl CaseSource {
    pub(crate) fn new(model: &'static Model, knowledge: &'static Knowledge, config: &Config) -> Self {
        Self {
            generator: Generator::new(model, knowledge, config.depth),
            seed: config.seed,
            random: config.cases,
            kept: Mutex::default(),
            room: AtomicUsize::new(config.kept_cases),
        }
    }

    /// The cases of an operation. They are generated unless they were kept.
    pub(crate) fn of(&self, operation: &'static Operation) -> Arc<GeneratedCases> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&operation.id).cloned();
        kept.unwrap_or_else(|| {
            let (generator, seed, cases) = (self.generator.clone(), self.seed, self.random);
            let generated = Arc::new(GeneratedCases::of(RandomSource { generator, operation, seed, cases }));
            let count = generated.systematic.len();
            let room = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(count));
            if room.is_ok() {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(operation.id, Arc::clone(&generated));
            }
            generated
        })
    }

    /// Whether the cases of the operation are kept between uses.
    pub(crate) fn keeps(&self, operation: OperationId) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&operation)
    }
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;

    /// The cases of each operation that are still in memory after all of them were used.
    fn left(kept_cases: usize) -> Vec<usize> {
        let model = &bundled::models()[0];
        let config = Config { kept_cases, cases: 2, ..Config::default() };
        let source = CaseSource::new(model, bundled::knowledge(), &config);
        let used = model.operations.iter().map(|operation| {
            let cases = source.of(operation);
            assert_eq!(cases.random().len(), source.of(operation).random().len(), "{}", operation.id);
            assert_eq!(cases.systematic, source.of(operation).systematic, "{}", operation.id);
            Arc::downgrade(&cases)
        });
        let used: Vec<_> = used.collect();
        used.iter().filter_map(|cases| Some(cases.upgrade()?.systematic.len())).collect()
    }

    #[test]
    fn cases_beyond_those_that_are_kept_are_dropped_after_use_and_generated_again() {
        assert_eq!(left(0), [0; 0]);
        let some = left(500);
        assert!(!some.is_empty() && some.iter().sum::<usize>() <= 500, "{some:?}");
    }

    #[test]
    fn all_cases_of_each_bundled_service_are_kept() {
        assert_eq!(left(Config::default().kept_cases).len(), bundled::models()[0].operations.len());
    }
}
