//! The calls that create, show and delete a kind of resource, as data: for scripts that bring a request about again.

use std::collections::BTreeSet;

use ivs_catalog::Catalog;
use ivs_generators::{Case, Placeholder};
use ivs_model::{Knowledge, OperationId};

use crate::external::Externals;
use crate::pool::PoolConfig;
use crate::recipe::{Recipe, Recipes};

/// The calls of one kind. In the inputs of `get` and `delete`, the one placeholder stands for the ARN of the resource.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleCalls {
    /// The kind, as its ARN has it.
    pub kind: String,
    /// The call that creates one. Its placeholders are other resources, and keys.
    pub create: Recipe,
    /// The call that shows one.
    pub get: Option<Recipe>,
    /// The call that deletes one.
    pub delete: Option<Recipe>,
    /// The states that pass by themselves before the resource can be used.
    pub passing: Vec<String>,
    /// Every operation that creates one.
    pub creators: BTreeSet<OperationId>,
    /// Every operation that ends one.
    pub removers: BTreeSet<OperationId>,
    /// How far the kind stands from those that refer to nothing. What stands far is deleted first.
    pub depth: usize,
}

impl LifecycleCalls {
    /// Reads the calls of every kind off the Cases.
    #[must_use]
    pub fn all<'a>(config: &PoolConfig, catalog: &Catalog<'_>, cases: impl IntoIterator<Item = &'a Case>) -> Vec<Self> {
        let knowledge: &Knowledge = config.knowledge;
        let recipes = Recipes::of(cases, catalog, knowledge);
        let externals = Externals::new(config.externals.clone(), config.sample_externals, knowledge, config.nonce);
        let kinds: Vec<&String> = recipes.kinds().collect();
        kinds.into_iter().filter_map(|kind| Self::of(kind, &recipes, &externals, knowledge)).collect()
    }

    fn of(kind: &str, recipes: &Recipes, externals: &Externals, knowledge: &Knowledge) -> Option<Self> {
        let producer = recipes.producer(kind)?;
        // Of what lies outside the services, only keys can be made anew.
        let filled = Placeholder::fill(&producer.input, &mut |placeholder| {
            externals.value(placeholder).or_else(|| Some(placeholder.to_string()))
        });
        let lifecycle = knowledge.lifecycle(kind);
        let passing =
            lifecycle.map(|it| it.passing.iter().filter(|state| !it.usable.contains(state)).cloned().collect());
        Some(Self {
            kind: kind.to_owned(),
            create: Recipe { operation: producer.operation, input: filled? },
            get: recipes.getter(kind).cloned(),
            delete: recipes.delete(kind).cloned(),
            passing: passing.unwrap_or_default(),
            creators: recipes.creators(kind),
            removers: recipes.removers(kind),
            depth: recipes.depth(kind),
        })
    }
}
