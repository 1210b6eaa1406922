//! What is known of one kind of resource before anything is called: how it is made, looked at, changed, listed and
//! removed, and which of its members come back. Read off models, Cases and knowledge.

use std::collections::{BTreeMap, BTreeSet};

use ivs_catalog::{ResourceType, ServiceCatalog, TagOperations, is_external_type};
use ivs_generators::{Case, Placeholder, Samples};
use ivs_model::knowledge::{Cascade, DefaultValue, Detach, Lifecycle, Need, Precondition, Update};
use ivs_model::{Knowledge, Member, Model, OperationId, Pagination, ShapeId, ShapeKind};
use ivs_pool::Recipe;
use serde_json::{Map, Value};

use super::patch::{Patches, keeps_rules, names_made_up};
use super::step::Step;

/// One kind of resource.
pub(crate) struct Kind {
    pub(crate) model: &'static Model,
    pub(crate) knowledge: &'static Knowledge,
    pub(super) samples: Samples,
    /// The kind, as its ARN has it.
    pub(crate) name: String,
    /// The call that makes one, with as little input as can be.
    pub(super) create: Recipe,
    /// The call that shows one.
    pub(super) get: Recipe,
    /// The call that removes one, or ends it.
    pub(super) delete: Recipe,
    /// The call that changes one, if there is any.
    pub(super) update: Option<Recipe>,
    pub(super) list: Option<List>,
    pub(super) tagging: Option<TagOperations<'static>>,
    /// The members that are written and come back.
    pub(super) members: BTreeSet<String>,
    /// What may stand beside the least creating input, the simplest first.
    pub(super) making: Vec<Map<String, Value>>,
    /// What an update may hold, the simplest first.
    pub(super) changing: Vec<Map<String, Value>>,
    pub(super) detaches: Vec<&'static Detach>,
    /// How the kinds that it refers to are removed, as far as its service has them.
    pub(super) parents: BTreeMap<String, Recipe>,
    /// Whether each resource of the kind needs parents of its own.
    own_parents: bool,
}

/// The list in which resources of a kind stand.
pub(super) struct List {
    /// The call, with placeholders where the list is one of a parent.
    pub(super) recipe: Recipe,
    pub(super) items: &'static str,
    pub(super) pagination: &'static Pagination,
    pub(super) max: u64,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Kind({}.{})", self.model.service.id, self.name)
    }
}

/// All kinds of a service that can be made, looked at and removed.
pub(crate) fn kinds(
    catalog: &ServiceCatalog<'static>,
    knowledge: &'static Knowledge,
    samples: &Samples,
    cases: &[Case],
    seed: u64,
) -> Vec<Kind> {
    let valid: Vec<&Case> = cases.iter().filter(|case| case.is_valid()).collect();
    let found = Found { catalog, knowledge, samples, valid };
    catalog.resource_types().iter().filter_map(|resource_type| found.kind(resource_type, seed)).collect()
}

/// What kinds are read off.
struct Found<'a> {
    catalog: &'a ServiceCatalog<'static>,
    knowledge: &'static Knowledge,
    samples: &'a Samples,
    valid: Vec<&'a Case>,
}

impl Found<'_> {
    fn kind(&self, resource_type: &ResourceType, seed: u64) -> Option<Kind> {
        let (model, name) = (self.catalog.model(), resource_type.name.as_str());
        let create = self.first(&resource_type.creates, |_| true)?;
        let get = self.first(&resource_type.gets, |case| is_of(case, name))?;
        let delete = self.first(&resource_type.deletes, |case| is_of(case, name))?;
        let update = self.first(&resource_type.updates, |case| case.effects.mutates.iter().any(|it| it == name));
        let shown = self.catalog.document(get.operation)?;
        let members = self.members(shown, &create, update.as_ref());
        let service = model.service.id.as_str();
        let patches = Patches { model, knowledge: self.knowledge, samples: self.samples, members: &members, seed };
        let making = patches.of(&create, &self.valid);
        let changing = update.as_ref().map(|update| patches.of(update, &self.valid)).unwrap_or_default();
        let detaches = self.knowledge.detaches.iter().filter(|detach| {
            detach.service == service
                && update
                    .as_ref()
                    .is_some_and(|update| detach.operations.iter().any(|it| it == update.operation.name()))
        });
        let own_parents =
            self.knowledge.quotas.iter().any(|quota| quota.limits(create.operation) && quota.of.is_some());
        Some(Kind {
            detaches: detaches.collect(),
            list: self.list(resource_type),
            tagging: self.catalog.tag_operations().filter(|_| resource_type.is_taggable),
            parents: self.parents(&create, &making, &changing),
            model,
            knowledge: self.knowledge,
            samples: self.samples.clone(),
            name: name.to_owned(),
            create,
            get,
            delete,
            update,
            members,
            making,
            changing,
            own_parents,
        })
    }

    /// The first operation of the list that a Case which `fits` calls, with the least input.
    fn first(&self, operations: &[OperationId], fits: impl Fn(&Case) -> bool) -> Option<Recipe> {
        self.least(|case| operations.iter().position(|it| *it == case.operation()).filter(|_| fits(case)))
    }

    /// The Case with the least rank, then the least input.
    fn least(&self, rank: impl Fn(&Case) -> Option<usize>) -> Option<Recipe> {
        let ranked = self.valid.iter().filter_map(|case| Some((rank(case)?, *case)));
        let best = ranked.min_by_key(|(rank, case)| {
            let size = (Placeholder::all_in(&case.input.value()).len(), case.input.to_string().len());
            (*rank, names_made_up(case, self.knowledge), size, case.id.clone())
        });
        best.map(|(_, case)| Recipe { operation: case.operation(), input: case.input.value().into_owned() })
    }

    /// The members of making and changing inputs that the resource shows, in equal form.
    fn members(&self, shown: ShapeId, create: &Recipe, update: Option<&Recipe>) -> BTreeSet<String> {
        let model = self.catalog.model();
        let inputs = [Some(create), update].into_iter().flatten().filter_map(|it| model.operation(it.operation.name()));
        let is_key = |name: &str| {
            let placeholder = create.input.get(name).and_then(Value::as_str).and_then(|it| it.parse().ok());
            placeholder.is_some_and(|placeholder: Placeholder| placeholder.field == "pem")
        };
        inputs
            .flat_map(|operation| model.members(operation.input))
            .filter(|member| member.name != "tags" && !is_key(&member.name))
            .filter(|member| {
                let twin = model.members(Some(shown)).iter().find(|twin| twin.name == member.name);
                twin.is_some_and(|twin| is_comparable(model, member, twin))
            })
            .map(|member| member.name.clone())
            // What names the resource itself is not written.
            .filter(|name| name != "arn")
            .collect()
    }

    fn list(&self, resource_type: &ResourceType) -> Option<List> {
        let operation = resource_type.list?;
        let list = self.catalog.operation(operation)?.list.as_ref()?;
        let recipe = self.first(&[operation], |_| true)?;
        Some(List { recipe, items: list.items, pagination: list.pagination, max: list.max_page_size })
    }

    /// The removing calls of the kinds that inputs refer to.
    fn parents(
        &self,
        create: &Recipe,
        making: &[Map<String, Value>],
        changing: &[Map<String, Value>],
    ) -> BTreeMap<String, Recipe> {
        let patches = making.iter().chain(changing).flat_map(|patch| patch.values());
        let referred = std::iter::once(&create.input).chain(patches).flat_map(Placeholder::all_in);
        let kinds: BTreeSet<String> =
            referred.map(|placeholder| placeholder.kind).filter(|kind| !is_external_type(kind)).collect();
        kinds
            .into_iter()
            .filter_map(|kind| {
                let ends = |case: &Case| (case.effects.consumes.contains(&kind) && is_of(case, &kind)).then_some(0);
                Some((kind.clone(), self.least(ends)?))
            })
            .collect()
    }
}

impl Kind {
    /// The creating input of a slot.
    pub(super) fn making_input(&self, slot: usize, beside: &Map<String, Value>) -> Value {
        let number = |placeholder: &Placeholder| {
            let is_own = placeholder.field == "pem" || self.own_parents && self.parents.contains_key(&placeholder.kind);
            let number = if is_own { placeholder.number + slot as u64 } else { placeholder.number };
            Some(Placeholder { number, ..placeholder.clone() }.to_string())
        };
        let mut input =
            Placeholder::fill(&self.create.input, &mut { number }).unwrap_or_else(|| self.create.input.clone());
        if let Some(members) = input.as_object_mut() {
            members.extend(beside.clone());
        }
        input
    }

    /// The inputs of all calls of a sequence that make or change a resource.
    pub(super) fn inputs(&self, steps: &[Step]) -> Value {
        let mut slot = 0;
        let inputs = steps.iter().filter_map(|step| match step {
            Step::Create { input } => {
                slot += 1;
                Some(self.making_input(slot - 1, input))
            }
            Step::Update { change, .. } => Some(Value::Object(change.clone())),
            _ => None,
        });
        inputs.collect()
    }

    /// Whether the input keeps the model's constraints and the rules that prose states.
    pub(super) fn keeps_rules(&self, operation: OperationId, input: &Value) -> bool {
        keeps_rules(self.model, self.knowledge, &self.samples, operation, input)
    }

    /// The states of the kind, if it has any.
    pub(super) fn lifecycle(&self) -> Option<&'static Lifecycle> {
        self.knowledge.lifecycle(&self.name).filter(|it| it.service == self.model.service.id)
    }

    /// Whether resources pass through states when they are made, changed or deleted.
    pub(super) fn changes_slowly(&self) -> bool {
        self.knowledge.passes_through_states(&self.name)
    }

    /// Whether the delete ends a resource and does not take it away.
    pub(super) fn only_ends(&self) -> bool {
        self.knowledge.removals.iter().any(|removal| {
            removal.service == self.model.service.id
                && removal.resource == self.name
                && removal.operation.as_deref() == Some(self.delete.operation.name())
        })
    }

    /// What an update leaves alone, where that is settled.
    pub(super) fn update(&self) -> Option<&'static Update> {
        let update = self.update.as_ref()?;
        let service = &self.model.service.id;
        self.knowledge
            .updates
            .iter()
            .find(|it| it.service == *service && it.operations.iter().any(|name| name == update.operation.name()))
    }

    /// The documented values of members that the creating input leaves out.
    pub(super) fn defaults(&self, input: &Value) -> impl Iterator<Item = &'static DefaultValue> {
        let operation = self.create.operation;
        self.knowledge.defaults.iter().filter(move |default| {
            default.service == operation.service()
                && default.operations.iter().any(|name| name == operation.name())
                && !default.member.contains('*')
                && input.pointer(&default.member).is_none()
                && default.when.iter().all(|condition| condition.is_met(input))
        })
    }

    /// What removing a resource of this other kind does to those of this one.
    pub(super) fn cascade(&self, delete: OperationId) -> Option<&'static Cascade> {
        let service = &self.model.service.id;
        let mut cascades = self.knowledge.cascades.iter();
        cascades.find(|it| it.service == *service && it.operation == delete.name() && it.resource == self.name)
    }

    /// The rule that the operation takes nothing that others refer to, if there is one.
    pub(super) fn must_be_detached(&self, delete: OperationId) -> Option<&'static Precondition> {
        let service = &self.model.service.id;
        self.knowledge.preconditions.iter().find(|it| {
            it.service == *service
                && it.needs == Need::Detached
                && it.operations.iter().any(|operation| operation == delete.name())
        })
    }
}

/// Whether the input names one resource of the kind and nothing else.
fn is_of(case: &Case, kind: &str) -> bool {
    let mut named = Placeholder::all_in(&case.input.value()).into_iter();
    named.next().is_some_and(|it| it.kind == kind && it.field == "arn") && named.next().is_none()
}

/// Whether what is sent in one member can be held against what comes in the other.
fn is_comparable(model: &Model, sent: &Member, came: &Member) -> bool {
    let (one, other) = (model.shape(sent.shape), model.shape(came.shape));
    if one.sensitive || other.sensitive {
        return false;
    }
    match (&one.kind, &other.kind) {
        (ShapeKind::Timestamp | ShapeKind::Document | ShapeKind::Blob, _) => false,
        (ShapeKind::List { item: one, .. }, ShapeKind::List { item: other, .. })
        | (ShapeKind::Map { value: one, .. }, ShapeKind::Map { value: other, .. }) => {
            one == other || {
                let (one, other) = (&model.shape(*one).kind, &model.shape(*other).kind);
                !matches!(one, ShapeKind::Structure { .. } | ShapeKind::Union { .. })
                    && std::mem::discriminant(one) == std::mem::discriminant(other)
            }
        }
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
