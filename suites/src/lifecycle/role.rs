//! What an operation has to do with a kind, and which steps put it to the test.

use std::sync::Arc;

use ivs_catalog::TagOperations;
use ivs_generators::Placeholder;
use ivs_model::Operation;

use super::kind::Kind;
use super::state::State;
use super::step::Step;

/// The part of one operation in the life of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// It makes one.
    Create,
    /// It shows one.
    Get,
    /// It changes one.
    Update,
    /// It lists them.
    List,
    /// It adds tags.
    Tag,
    /// It removes tags.
    Untag,
    /// It lists tags.
    TagReader,
    /// It removes one.
    Delete,
    /// It removes what one refers to: resources of this kind.
    ParentRemover(String),
}

impl Role {
    /// The part of the operation, if it has one.
    pub(super) fn of(kind: &Kind, operation: &Operation) -> Option<Self> {
        let is = |recipe: &ivs_pool::Recipe| recipe.operation == operation.id;
        let is_tagging = |pick: fn(&TagOperations<'static>) -> &'static Operation| {
            kind.tagging.as_ref().is_some_and(|tag_operations| pick(tag_operations).id == operation.id)
        };
        let mut parents = kind.parents.iter().filter(|(name, delete)| {
            let is_settled =
                kind.cascade(delete.operation).is_some() || kind.must_be_detached(delete.operation).is_some();
            **name != kind.name && is(delete) && is_settled
        });
        match () {
            () if is(&kind.create) => Some(Self::Create),
            () if is(&kind.get) => Some(Self::Get),
            () if kind.update.as_ref().is_some_and(is) => Some(Self::Update),
            () if kind.list.as_ref().is_some_and(|list| is(&list.recipe)) => Some(Self::List),
            () if is(&kind.delete) => Some(Self::Delete),
            () if is_tagging(|tag_operations| tag_operations.tagger) => Some(Self::Tag),
            () if is_tagging(|tag_operations| tag_operations.untagger) => Some(Self::Untag),
            () if is_tagging(|tag_operations| tag_operations.reader) => Some(Self::TagReader),
            () => parents.next().map(|(name, _)| Self::ParentRemover(name.clone())),
        }
    }

    /// Whether the sequence tells something of the operation: the step under test is done to what is there.
    pub(super) fn is_shown_by(&self, kind: &Arc<Kind>, steps: &[Step]) -> bool {
        let mut state = State::new(Arc::clone(kind));
        steps.iter().any(|step| {
            let alive = step.slot().is_none_or(|slot| state.slots.get(slot).is_some_and(|slot| slot.alive));
            state.apply(step);
            alive && self.is_put_to_test_by(step)
        })
    }

    /// Whether the step is the operation's.
    pub(super) fn is_put_to_test_by(&self, step: &Step) -> bool {
        match self {
            Self::Create => matches!(step, Step::Create { .. }),
            // Whatever is written is read back.
            Self::Get => matches!(step, Step::Read { .. }),
            Self::Update => matches!(step, Step::Update { .. }),
            Self::List => matches!(step, Step::List { .. }),
            Self::Tag | Self::TagReader => matches!(step, Step::Tag { .. }),
            Self::Untag => matches!(step, Step::Untag { .. }),
            Self::Delete => matches!(step, Step::Delete { .. }),
            Self::ParentRemover(kind) => {
                matches!(step, Step::Remove { parent } if parent.parse().is_ok_and(|it: Placeholder| it.kind == *kind))
            }
        }
    }

    /// Its name where draws are told apart.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
            Self::Update => "update",
            Self::List => "list",
            Self::Tag => "tag",
            Self::Untag => "untag",
            Self::TagReader => "list-tags",
            Self::Delete => "delete",
            Self::ParentRemover(_) => "delete-parent",
        }
    }
}
