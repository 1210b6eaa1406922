//! What a pack covers: the operations whose resources can be lent, and those that nothing reaches.

use std::collections::{BTreeMap, BTreeSet};

use ivs_generators::{Case, Depth, Generator, Placeholder};
use ivs_model::{Knowledge, Model, OperationId};
use ivs_runner::unknown_text;

/// One operation of a pack.
pub(super) struct Coverage {
    pub(super) operation: OperationId,
    /// The resource types that its usual input names.
    pub(super) lent: Vec<String>,
    /// The reason why nothing reaches it, if so.
    pub(super) unreached: Option<String>,
    /// A member that names something outside the service, or whose values nobody knows.
    pub(super) remark: Option<String>,
}

impl Coverage {
    /// The coverage of every operation, in the order of the model.
    pub(super) fn of(model: &Model, knowledge: &Knowledge) -> Vec<Self> {
        let generator = Generator::new(model, knowledge, Depth::default());
        let first = |operation| generator.plan(operation).cases.into_iter().find(Case::is_valid);
        let bases: BTreeMap<OperationId, Case> =
            model.operations.iter().filter_map(|operation| Some((operation.id, first(operation)?))).collect();
        let base = |operation: OperationId| bases.get(&operation);
        let search = Search { model, knowledge, base: &base };
        model.operations.iter().map(|operation| search.operation(operation.id)).collect()
    }
}

struct Search<'a> {
    model: &'a Model,
    knowledge: &'a Knowledge,
    base: &'a dyn Fn(OperationId) -> Option<&'a Case>,
}

impl Search<'_> {
    fn operation(&self, operation: OperationId) -> Coverage {
        let (mut lent, mut remark) = (Vec::new(), None);
        let unreached = match (self.base)(operation) {
            None => Some("no valid input can be built".to_owned()),
            Some(case) => {
                lent = kinds(case).into_iter().collect();
                lent.sort();
                remark = self.unknown(operation, case);
                // A label that nobody gives stands for something that is not there.
                let of_label = remark.as_ref().filter(|path| self.is_label(operation, path));
                let unlent = of_label.map(|path| format!("nothing gives a value for {path}"));
                unlent.or_else(|| lent.iter().find_map(|kind| self.why_not_lent(kind, &mut BTreeSet::new())))
            }
        };
        Coverage { operation, lent, unreached, remark }
    }

    fn unknown(&self, operation: OperationId, case: &Case) -> Option<String> {
        let operation = self.model.operation(operation.name())?;
        unknown_text(self.knowledge, self.model, operation, &case.input.value())
    }

    fn is_label(&self, operation: OperationId, path: &str) -> bool {
        let input = self.model.operation(operation.name()).and_then(|operation| operation.input);
        let mut members = self.model.members(input).iter();
        members
            .any(|member| member.location == ivs_model::Location::Label && path.strip_prefix('/') == Some(&member.name))
    }

    /// Why no resource of the kind can be lent; `open` has the kinds that need it.
    fn why_not_lent(&self, kind: &str, open: &mut BTreeSet<String>) -> Option<String> {
        if !open.insert(kind.to_owned()) {
            return None;
        }
        let Some(described) = self.knowledge.resource_kind(kind) else {
            return Some(format!("no [[resource]] is of '{kind}'"));
        };
        if described.deleted_by.is_none() {
            return Some(format!("nothing deletes a '{kind}'"));
        }
        let creators = described.created_by.iter().filter_map(|name| self.model.operation(name));
        let mut reason = Some(format!("nothing creates a '{kind}'"));
        for creator in creators {
            reason = match (self.base)(creator.id) {
                None => Some(format!("no valid input of {} can be built", creator.name)),
                Some(case) => kinds(case).iter().find_map(|parent| self.why_not_lent(parent, open)),
            };
            if reason.is_none() {
                break;
            }
        }
        reason
    }
}

fn kinds(case: &Case) -> BTreeSet<String> {
    let named = Placeholder::all_in(&case.input.value()).into_iter().filter(Placeholder::names_resource);
    named.map(|placeholder| placeholder.kind).collect()
}
