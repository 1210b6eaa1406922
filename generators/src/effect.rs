//! What a successful request does to resources, inferred from ARNs, names and traits.

use std::collections::BTreeSet;

use ivs_model::{Model, Operation, ShapeKind};
use serde_json::Value;

use crate::Effects;
use crate::input::Builder;
use crate::reference::{KEY, Placeholder};

impl Builder<'_> {
    /// The effects of one input.
    pub(crate) fn effects(&self, operation: &Operation, input: &Value) -> Effects {
        let placeholders = Placeholder::all_in(input);
        let external: BTreeSet<String> = self
            .knowledge
            .externals_of(operation.id)
            .filter(|external| !ivs_model::pointer::resolve(input, &external.member).is_empty())
            .filter_map(|external| self.references.external(operation, &external.member))
            // Keys are part of the program.
            .filter(|kind| kind != KEY)
            .collect();
        let mut effects = Effects { external: external.into_iter().collect(), ..Effects::default() };
        if is_read(operation) {
            return effects;
        }
        let lent: BTreeSet<String> = placeholders
            .into_iter()
            .filter(|placeholder| placeholder.field != "absent" && !self.references.is_external(&placeholder.kind))
            .map(|placeholder| placeholder.kind)
            .collect();
        let primary = self.primary(operation);
        effects.creates = self.made(operation, primary.as_deref());
        let (verb, noun) = split(&operation.name);
        let fills_its_parent =
            self.knowledge.quotas.iter().any(|quota| quota.limits(operation.id) && quota.of.is_some());
        let changes = matches!(verb, "Update" | "Tag" | "Untag") || fills_its_parent;
        for kind in lent {
            if primary.as_deref() != Some(&kind) {
                continue;
            }
            let removed = self.knowledge.removals.iter().any(|removal| {
                removal.service == self.model.service.id
                    && removal.resource == kind
                    && removal.operation.as_deref() == Some(&operation.name)
            });
            if removed || (verb == "Delete" && kebab(noun).starts_with(&kind)) {
                effects.consumes.push(kind);
            } else if changes {
                effects.mutates.push(kind);
            }
        }
        effects
    }

    /// The kind of the resource that the operation is about: its first required reference.
    fn primary(&self, operation: &Operation) -> Option<String> {
        self.model.members(operation.input).iter().filter(|member| member.required).find_map(|member| {
            let reference = self.references.at(operation, &format!("/{}", member.name), member.shape)?;
            (!reference.external).then(|| reference.kind.clone())
        })
    }

    /// The kinds whose ARN the answer gives, other than the one the request is about.
    fn made(&self, operation: &Operation, primary: Option<&str>) -> Vec<String> {
        let outer = self.model.members(operation.output);
        let inner = outer
            .iter()
            .filter(|member| is_structure(self.model, member.shape))
            .flat_map(|member| self.model.members(Some(member.shape)));
        let kinds: BTreeSet<String> = outer
            .iter()
            .chain(inner)
            .filter(|member| member.name == "arn")
            .filter_map(|member| self.references.of_shape(member.shape))
            .map(|reference| reference.kind.clone())
            .filter(|kind| Some(kind.as_str()) != primary)
            .collect();
        kinds.into_iter().collect()
    }
}

/// Whether the operation only reads. The trait lies about two operations and is missing from one service
/// (fact `readonly-trait`), so the name decides.
fn is_read(operation: &Operation) -> bool {
    let (verb, _) = split(&operation.name);
    matches!(verb, "Get" | "List" | "Describe" | "Search" | "Head") || operation.name.starts_with("BatchGet")
}

fn is_structure(model: &Model, shape: ivs_model::ShapeId) -> bool {
    matches!(model.shape(shape).kind, ShapeKind::Structure { .. })
}

/// The first word of a name, and the rest.
fn split(name: &str) -> (&str, &str) {
    let end = name.char_indices().skip(1).find(|(_, character)| character.is_uppercase());
    name.split_at(end.map_or(name.len(), |(index, _)| index))
}

/// `StreamKey` as `stream-key`.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    for (index, character) in name.char_indices() {
        if character.is_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.extend(character.to_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word() {
        assert_eq!(split("DeletePlaybackKeyPair"), ("Delete", "PlaybackKeyPair"));
        assert_eq!(split("x"), ("x", ""));
        assert_eq!(kebab("PlaybackKeyPair"), "playback-key-pair");
    }
}
