//! What an operation has to do with a kind, and which steps put it to the test.

use std::sync::Arc;

use ivs_generators::Placeholder;
use ivs_model::Operation;

use super::kind::Kind;
use super::state::State;
use super::step::Step;

/// The part of one operation in the life of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// It makes one.
    Maker,
    /// It shows one.
    Reader,
    /// It changes one.
    Changer,
    /// It lists them.
    Lister,
    /// It adds tags.
    Tagger,
    /// It removes tags.
    Untagger,
    /// It lists tags.
    TagReader,
    /// It removes one.
    Remover,
    /// It removes what one refers to: resources of this kind.
    ParentRemover(String),
}

impl Role {
    /// The part of the operation, if it has one.
    pub(super) fn of(kind: &Kind, operation: &Operation) -> Option<Self> {
        let is = |recipe: &ivs_pool::Recipe| recipe.operation == operation.id;
        let is_tagging = |pick: fn(&crate::tags::words::Words) -> &'static Operation| {
            kind.tagging.as_ref().is_some_and(|words| pick(words).id == operation.id)
        };
        let mut parents = kind.parents.iter().filter(|(name, remover)| {
            let is_settled =
                kind.cascade(remover.operation).is_some() || kind.must_be_detached(remover.operation).is_some();
            **name != kind.name && is(remover) && is_settled
        });
        match () {
            () if is(&kind.maker) => Some(Self::Maker),
            () if is(&kind.reader) => Some(Self::Reader),
            () if kind.changer.as_ref().is_some_and(is) => Some(Self::Changer),
            () if kind.list.as_ref().is_some_and(|list| is(&list.recipe)) => Some(Self::Lister),
            () if is(&kind.remover) => Some(Self::Remover),
            () if is_tagging(|words| words.tagger) => Some(Self::Tagger),
            () if is_tagging(|words| words.untagger) => Some(Self::Untagger),
            () if is_tagging(|words| words.reader) => Some(Self::TagReader),
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
            Self::Maker => matches!(step, Step::Create { .. }),
            // Whatever is written is read back.
            Self::Reader => matches!(step, Step::Read { .. }),
            Self::Changer => matches!(step, Step::Update { .. }),
            Self::Lister => matches!(step, Step::List { .. }),
            Self::Tagger | Self::TagReader => matches!(step, Step::Tag { .. }),
            Self::Untagger => matches!(step, Step::Untag { .. }),
            Self::Remover => matches!(step, Step::Delete { .. }),
            Self::ParentRemover(kind) => {
                matches!(step, Step::Remove { parent } if parent.parse().is_ok_and(|it: Placeholder| it.kind == *kind))
            }
        }
    }

    /// Its name where draws are told apart.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Maker => "maker",
            Self::Reader => "reader",
            Self::Changer => "changer",
            Self::Lister => "lister",
            Self::Tagger => "tagger",
            Self::Untagger => "untagger",
            Self::TagReader => "tag-reader",
            Self::Remover => "remover",
            Self::ParentRemover(_) => "parent-remover",
        }
    }
}
