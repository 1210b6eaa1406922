//! How each kind of resource is made, removed, looked at and listed: read off the valid Cases of a plan.

use std::collections::{BTreeMap, BTreeSet};

use ivs_catalog::{Catalog, TagRole};
use ivs_generators::{Case, Expectation, Placeholder};
use ivs_model::{Authority, Knowledge, OperationId};
use serde_json::Value;

/// One call with placeholders in its input.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The operation.
    pub operation: OperationId,
    /// The input; its placeholders are for the pool to fill, or for the ARN of the resource that it is about.
    pub input: Value,
}

impl Recipe {
    /// Returns the input about the resource with this ARN.
    #[must_use]
    pub fn about(&self, arn: &str) -> Value {
        Placeholder::fill(&self.input, &mut |_| Some(arn.to_owned())).unwrap_or(Value::Null)
    }
}

/// The recipes of all kinds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recipes {
    producers: BTreeMap<String, Recipe>,
    removers: BTreeMap<String, Recipe>,
    getters: BTreeMap<String, Recipe>,
    /// List operations that need nothing.
    lists: Vec<Recipe>,
    /// By service: how the tags of a resource are read.
    tag_readers: BTreeMap<&'static str, Recipe>,
    /// By operation: the kinds that it makes.
    makers: BTreeMap<OperationId, BTreeSet<String>>,
    /// By operation: the kinds that it ends.
    enders: BTreeMap<OperationId, BTreeSet<String>>,
    /// By operation: the kinds of which it changes or ends the one it names.
    changers: BTreeMap<OperationId, BTreeSet<String>>,
    /// By kind: the kinds that it may refer to.
    parents: BTreeMap<String, BTreeSet<String>>,
    /// Kinds of which an account has few, with the quota.
    scarce: BTreeMap<String, u64>,
    /// Kinds of which an account has so few that none is kept to be shared.
    tight: BTreeSet<String>,
    /// Operations that may run once or so for each parent, with the kind that they make.
    once_per_parent: BTreeSet<OperationId>,
    /// By service: the kinds of resources that its operations name.
    named: BTreeMap<&'static str, BTreeSet<String>>,
}

/// A quota up to here makes a kind scarce: such resources are used one after the other (docs/architecture.md#pool).
const FEW: u64 = 50;
/// A quota up to here has no room for a shared resource: runs at the same time need some, too.
const VERY_FEW: u64 = 4;
/// Of a scarce kind, one lease in so many resources of the quota may be out: two runs at once have room, each with shared ones.
const SHARE: u64 = 5;

impl Recipes {
    /// Reads the recipes off the Cases; for each purpose the settled, smallest one is taken.
    pub(crate) fn of<'a>(
        cases: impl IntoIterator<Item = &'a Case>,
        catalog: &Catalog<'_>,
        knowledge: &Knowledge,
    ) -> Self {
        let mut valid: Vec<(&Case, Vec<Placeholder>)> = cases
            .into_iter()
            .filter(|case| case.is_valid() && matches!(case.expectation, Expectation::Accepted { .. }))
            .map(|case| (case, lent(&case.input.value())))
            .collect();
        // An operation that needs nothing before one that needs something; the id settles ties, so that the choice is stable.
        valid.sort_by_cached_key(|(case, lent)| {
            let inferred = matches!(case.expectation, Expectation::Accepted { authority: Authority::Inferred, .. });
            let literal = names_made_up_things(case, knowledge);
            (lent.len(), literal, inferred, case.input.to_string().len(), case.id.clone())
        });
        let mut recipes = Self::default();
        for (case, lent) in &valid {
            recipes.add(case, lent, catalog);
        }
        for quota in knowledge.quotas.iter().filter(|quota| quota.value.is_some_and(|value| value <= FEW)) {
            let operation = OperationId::new(&quota.service, &quota.operation);
            match quota.of {
                // A fixed one is used up on purpose by a resource for each parent.
                Some(_) if !quota.adjustable => {
                    recipes.once_per_parent.insert(operation);
                }
                // What counts by parent limits nobody: what makes a scarce kind has parents of its own.
                Some(_) => {}
                None => {
                    let made: Vec<String> = recipes.makers.get(&operation).into_iter().flatten().cloned().collect();
                    if quota.value.is_some_and(|value| value <= VERY_FEW) {
                        recipes.tight.extend(made.iter().cloned());
                    }
                    recipes.scarce.extend(made.into_iter().zip(std::iter::repeat(quota.value.unwrap_or_default())));
                }
            }
        }
        recipes
    }

    fn add(&mut self, case: &Case, lent: &[Placeholder], catalog: &Catalog<'_>) {
        let operation = case.operation();
        let named = lent.iter().map(|placeholder| placeholder.kind.clone());
        self.named.entry(operation.service()).or_default().extend(named);
        let recipe = || Recipe { operation, input: case.input.value().into_owned() };
        for kind in &case.effects.creates {
            self.producers.entry(kind.clone()).or_insert_with(recipe);
            self.makers.entry(operation).or_default().insert(kind.clone());
        }
        for kind in &case.effects.consumes {
            // One that names the resource and nothing else.
            if lent.len() == 1 {
                self.removers.entry(kind.clone()).or_insert_with(recipe);
            }
            self.enders.entry(operation).or_default().insert(kind.clone());
        }
        let changed = case.effects.consumes.iter().chain(&case.effects.mutates).cloned();
        self.changers.entry(operation).or_default().extend(changed);
        // What makes something refers by way of that; only a plain update makes its own subject refer.
        let referring = if case.effects.creates.is_empty() { &case.effects.mutates } else { &case.effects.creates };
        for kind in referring {
            let named = lent.iter().map(|placeholder| placeholder.kind.clone()).filter(|other| other != kind);
            self.parents.entry(kind.clone()).or_default().extend(named);
        }
        let Some(facts) = catalog.operation(operation) else { return };
        match lent {
            [] if facts.list.is_some() && !self.lists(operation) => self.lists.push(recipe()),
            [_] if facts.tag_role == Some(TagRole::Reader) => {
                self.tag_readers.entry(operation.service()).or_insert_with(recipe);
            }
            // `GetPlaybackKeyPair` would show a playback key as well; the pool has never looked at those.
            [placeholder] if facts.shows_subject && facts.is_named_after_subject() => {
                self.getters.entry(placeholder.kind.clone()).or_insert_with(recipe);
            }
            _ => {}
        }
    }

    /// Returns whether the operation is among the lists already.
    fn lists(&self, operation: OperationId) -> bool {
        self.lists.iter().any(|known| known.operation == operation)
    }

    /// The kinds that can be made.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &String> {
        self.producers.keys()
    }

    /// The operations that make a kind.
    pub(crate) fn creators(&self, kind: &str) -> BTreeSet<OperationId> {
        operations_of(&self.makers, kind)
    }

    /// The operations that end a kind.
    pub(crate) fn removers(&self, kind: &str) -> BTreeSet<OperationId> {
        operations_of(&self.enders, kind)
    }

    pub(crate) fn producer(&self, kind: &str) -> Option<&Recipe> {
        self.producers.get(kind)
    }

    pub(crate) fn delete(&self, kind: &str) -> Option<&Recipe> {
        self.removers.get(kind)
    }

    pub(crate) fn getter(&self, kind: &str) -> Option<&Recipe> {
        self.getters.get(kind)
    }

    pub(crate) fn list_recipes(&self) -> &[Recipe] {
        &self.lists
    }

    pub(crate) fn tag_reader(&self, service: &str) -> Option<&Recipe> {
        self.tag_readers.get(service)
    }

    /// The kinds of which an operation changes or ends the one it names.
    pub(crate) fn changes(&self, operation: OperationId) -> Option<&BTreeSet<String>> {
        self.changers.get(&operation)
    }

    /// The kinds that an operation makes.
    pub(crate) fn makes(&self, operation: OperationId) -> Option<&BTreeSet<String>> {
        self.makers.get(&operation)
    }

    /// The kinds that an operation ends.
    pub(crate) fn ends(&self, operation: OperationId) -> Option<&BTreeSet<String>> {
        self.enders.get(&operation)
    }

    pub(crate) fn is_scarce(&self, kind: &str) -> bool {
        self.scarce.contains_key(kind)
    }

    /// The kinds of which an account has few.
    #[cfg(test)]
    pub(crate) fn scarce(&self) -> impl Iterator<Item = &String> {
        self.scarce.keys()
    }

    /// How many leases of a scarce kind may be out at once.
    pub(crate) fn at_once(&self, kind: &str) -> usize {
        let quota = self.scarce.get(kind).copied().unwrap_or_default();
        usize::try_from(quota / SHARE).unwrap_or(usize::MAX).max(1)
    }

    pub(crate) fn is_once_per_parent(&self, operation: OperationId) -> bool {
        self.once_per_parent.contains(&operation)
    }

    pub(crate) fn is_tight(&self, kind: &str) -> bool {
        self.tight.contains(kind)
    }

    /// Whether resources of `kind` may refer to resources of `parent`, directly.
    pub(crate) fn refers(&self, kind: &str, parent: &str) -> bool {
        self.parents.get(kind).is_some_and(|parents| parents.contains(parent))
    }

    /// Returns the services whose resources the operations of a service name, itself included.
    pub(crate) fn services_named_by<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a str> {
        let kinds = self.named.get(service).into_iter().flatten();
        let makers = kinds.filter_map(|kind| self.producer(kind)).map(|recipe| recipe.operation.service());
        makers.chain(std::iter::once(service))
    }

    /// How far a kind stands from those that refer to nothing. What stands far is removed first.
    pub(crate) fn depth(&self, kind: &str) -> usize {
        self.depth_within(kind, &mut BTreeSet::new())
    }

    fn depth_within(&self, kind: &str, path: &mut BTreeSet<String>) -> usize {
        // Two kinds that refer to each other have no order; the walk just ends.
        if !path.insert(kind.to_owned()) {
            return 0;
        }
        let parents = self.parents.get(kind).into_iter().flatten();
        let depth = parents.map(|parent| 1 + self.depth_within(parent, path)).max().unwrap_or(0);
        path.remove(kind);
        depth
    }
}

fn operations_of(kinds: &BTreeMap<OperationId, BTreeSet<String>>, kind: &str) -> BTreeSet<OperationId> {
    kinds.iter().filter(|(_, kinds)| kinds.contains(kind)).map(|(operation, _)| *operation).collect()
}

/// The resources that an input needs: one placeholder for each that must exist.
fn lent(input: &Value) -> Vec<Placeholder> {
    let named = Placeholder::all_in(input).into_iter().filter(Placeholder::names_resource);
    let resources: BTreeSet<Placeholder> = named.map(|placeholder| placeholder.of_resource()).collect();
    resources.into_iter().collect()
}

/// Whether the input names a bucket or the like by a made-up name, where others leave it to a placeholder.
fn names_made_up_things(case: &Case, knowledge: &Knowledge) -> bool {
    let input = case.input.value();
    knowledge
        .externals_of(case.operation())
        .flat_map(|external| ivs_model::pointer::resolve(&input, &external.member))
        .any(|(_, value)| Placeholder::all_in(value).is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use ivs_generators::systematic;
    use ivs_model::bundled;

    use super::*;

    static RECIPES: LazyLock<Recipes> = LazyLock::new(|| {
        let knowledge = bundled::knowledge();
        let cases: Vec<Case> = bundled::models().iter().flat_map(|model| systematic(model, knowledge).cases).collect();
        Recipes::of(&cases, ivs_catalog::bundled(), knowledge)
    });

    #[test]
    fn every_kind_is_made_removed_and_named_by_its_remover_alone() {
        let kinds: Vec<&str> = RECIPES.producers.keys().map(String::as_str).collect();
        assert_eq!(kinds.len(), 15, "{kinds:?}");
        for kind in kinds {
            let delete = RECIPES.delete(kind).unwrap_or_else(|| panic!("nothing removes a {kind}"));
            let named = Placeholder::all_in(&delete.input);
            assert_eq!(named.len(), 1, "{kind}: {}", delete.input);
        }
    }

    #[test]
    fn each_kind_is_made_by_the_call_that_needs_least() {
        let operation = |kind: &str| RECIPES.producer(kind).unwrap().operation.name();
        assert_eq!((operation("channel"), operation("stream-key")), ("CreateChannel", "CreateChannel"));
        assert_eq!((operation("stage"), operation("composition")), ("CreateStage", "StartComposition"));
    }

    #[test]
    fn buckets_and_the_like_are_left_to_placeholders() {
        for (kind, operation) in [("recording-configuration", "s3-bucket"), ("public-key", "key")] {
            let input = &RECIPES.producer(kind).unwrap().input;
            assert!(Placeholder::all_in(input).iter().any(|placeholder| placeholder.kind == operation), "{input}");
        }
    }

    #[test]
    fn what_refers_is_removed_before_what_it_refers_to() {
        for (first, then) in [
            ("composition", "stage"),
            ("composition", "encoder-configuration"),
            ("composition", "channel"),
            ("channel", "recording-configuration"),
            ("stream-key", "channel"),
            ("ingest-configuration", "stage"),
            ("stage", "storage-configuration"),
            ("room", "logging-configuration"),
        ] {
            assert!(RECIPES.depth(first) > RECIPES.depth(then), "{first} before {then}");
        }
    }

    #[test]
    fn compositions_name_channels_and_chat_names_resources_of_its_own_only() {
        let named = |service| RECIPES.services_named_by(service).collect::<BTreeSet<_>>();
        assert_eq!(named("ivs"), BTreeSet::from(["ivs"]));
        assert_eq!(named("ivs-realtime"), BTreeSet::from(["ivs", "ivs-realtime"]));
        assert_eq!(named("ivschat"), BTreeSet::from(["ivschat"]));
    }

    #[test]
    fn scarce_kinds_are_those_of_the_quotas() {
        let scarce: Vec<&str> = RECIPES.scarce().map(String::as_str).collect();
        let kinds = ["composition", "encoder-configuration", "logging-configuration", "playback-key", "public-key"];
        assert_eq!(scarce, [&kinds[..], &["storage-configuration"]].concat());
        let tight: Vec<&str> = RECIPES.tight.iter().map(String::as_str).collect();
        assert_eq!(tight, ["playback-key", "public-key"]);
        assert_eq!(RECIPES.scarce["composition"], 20, "each has a stage of its own");
        assert!(RECIPES.is_once_per_parent(OperationId::new("ivs", "CreateStreamKey")));
    }
}
