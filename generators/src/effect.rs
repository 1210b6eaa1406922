//! The effects of a successful request on resources: those of its operation, as far as the input names them.

use std::collections::BTreeSet;

use ivs_catalog::{PUBLIC_KEY, SubjectEffect};
use ivs_model::Operation;
use serde_json::Value;

use crate::Effects;
use crate::input::Builder;
use crate::reference::Placeholder;

impl Builder<'_> {
    /// Returns the effects of one input.
    pub(crate) fn effects(&self, operation: &Operation, input: &Value) -> Effects {
        let external: BTreeSet<String> = self
            .knowledge
            .externals_of(operation.id)
            .filter(|external| !ivs_model::pointer::resolve(input, &external.member).is_empty())
            .filter_map(|external| self.catalog.external_at(operation.id, &external.member))
            .map(|reference| reference.resource_type.clone())
            // Public keys are part of the program.
            .filter(|kind| kind != PUBLIC_KEY)
            .collect();
        let mut effects = Effects { external: external.into_iter().collect(), ..Effects::default() };
        let Some(facts) = self.catalog.operation(operation.id) else { return effects };
        effects.creates = facts.effects.creates.clone();
        let named = |kind: &&String| {
            let mut placeholders = Placeholder::all_in(input).into_iter();
            placeholders.any(|it| it.names_resource() && it.kind == **kind)
        };
        let subject = facts.effects.subject.iter().filter(named).cloned();
        match facts.effects.on_subject {
            SubjectEffect::Deletes => effects.consumes.extend(subject),
            SubjectEffect::Changes => effects.mutates.extend(subject),
            SubjectEffect::None => {}
        }
        effects
    }
}
