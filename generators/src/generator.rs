//! Generates the cases of one service.

use std::sync::Arc;

use ivs_model::{Knowledge, Model, Operation};

use crate::input::Builder;
use crate::plan::Planner;
use crate::{Depth, Plan, Random};

/// A generator of the cases of one service, one operation at a time. It is cheap to clone.
#[derive(Debug, Clone)]
pub struct Generator<'m> {
    builder: Arc<Builder<'m>>,
}

impl<'m> Generator<'m> {
    /// Creates a generator of cases down to a depth.
    #[must_use]
    pub fn new(model: &'m Model, knowledge: &'m Knowledge, depth: Depth) -> Self {
        Self { builder: Arc::new(Builder::new(model, knowledge, depth)) }
    }

    /// Returns the systematic cases of one operation. The same model and knowledge always give the same plan.
    #[must_use]
    pub fn plan(&self, operation: &Operation) -> Plan {
        Planner::new(&self.builder, operation).plan()
    }

    /// Returns a source of random cases of one operation.
    #[must_use]
    pub fn random(&self, operation: &'m Operation, seed: u64) -> Random<'m> {
        Random::of(Arc::clone(&self.builder), operation, seed)
    }

    /// Returns the systematic cases of all operations.
    #[must_use]
    pub fn all(&self) -> Plan {
        let mut all = Plan::default();
        for operation in &self.builder.model.operations {
            let Plan { cases, sites, gaps, cuts } = self.plan(operation);
            all.cases.extend(cases);
            all.sites.extend(sites);
            all.gaps.extend(gaps);
            all.cuts.extend(cuts);
        }
        all
    }
}

/// Returns the systematic cases of all operations, down to the default depth. A large service takes less memory if its
/// operations are planned one after the other, by a [`Generator`].
#[must_use]
pub fn systematic(model: &Model, knowledge: &Knowledge) -> Plan {
    Generator::new(model, knowledge, Depth::default()).all()
}
