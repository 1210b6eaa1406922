//! Scenarios: state machines from answers to the next request, which any driver can run.

mod batch;
mod channel;
mod chat;
mod invalid;
mod listing;
mod mixed;
mod reads;
mod revocation;
mod stage;
mod world;

use std::sync::Arc;

use bytes::Bytes;
use ivs_model::CaseId;
use rand::rngs::SmallRng;

use serde_json::Value;

use crate::LoadError;
use crate::answer::{Answer, Class};
use crate::inspection::{Breach, Expect};
use crate::template::{Catalogue, Route, StepName, Template};

pub(crate) use invalid::stands_alone;
pub(crate) use world::{Furniture, Idle, furnish, tear_down};
pub use world::{Inhabitant, World, WorldNeeds};

/// One request to send, and what is wanted of its answer.
pub struct Call {
    /// The operation, ready to send.
    pub template: Arc<Template>,
    /// The route, where the template has none of its own.
    pub route: Option<Arc<Route>>,
    /// The body.
    pub body: Bytes,
    /// What is wanted.
    pub expect: Expect,
    /// The id of the generators' Case behind it, if there is one.
    pub case: Option<CaseId>,
    /// What the control of the Case needs to be told apart: whether the input is valid.
    pub valid: bool,
}

impl Call {
    /// A valid call that must succeed.
    pub(crate) fn valid(template: &Arc<Template>, body: Bytes) -> Self {
        Self { template: Arc::clone(template), route: None, body, expect: Expect::Success, case: None, valid: true }
    }

    /// The same, with another wish.
    pub(crate) fn expecting(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}

/// The answer to a call, as a scenario sees it.
pub struct Reply<'a> {
    /// The class that the checks of every answer found.
    pub class: Class,
    /// The answer, if there was one.
    pub answer: Option<&'a Answer>,
}

impl Reply<'_> {
    /// The answer, if it was the one wanted.
    fn wanted(&self) -> Option<&Answer> {
        self.answer.filter(|_| self.class == Class::Expected)
    }
}

/// What a user has at hand.
pub struct Desk {
    /// The user's number in the run, from 0.
    pub number: u64,
    /// The user's own random numbers.
    pub random: SmallRng,
    /// What was made before the load began.
    pub world: Arc<World>,
}

/// A user's behaviour. It sends nothing itself: a driver carries calls and replies.
pub trait Scenario: Send {
    /// The next call.
    fn next(&mut self, desk: &mut Desk) -> Call;

    /// Takes the reply to the last call in; answers with a breach that only the history of answers shows.
    fn take(&mut self, desk: &mut Desk, reply: &Reply<'_>) -> Option<Breach>;

    /// Whether an iteration has just ended, or none has begun.
    fn is_at_rest(&self) -> bool;

    /// The next removal that the leaving user owes, with a name for the resource in case it fails; `None` when
    /// nothing is left. Each removal is handed out once.
    fn parting(&mut self, desk: &mut Desk) -> Option<(Call, String)>;
}

/// The scenarios that come with this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Create, get, update, get, delete, and get in vain: no write may be lost.
    ChannelLifecycle,
    /// Walks over all pages of a populated account: stable and complete.
    ListingWalk,
    /// Batch reads of 1, 10 and 50 channels and stream keys.
    BatchReads,
    /// Viewer sessions revoked in batches of 20: the burst when an event ends.
    ViewerRevocation,
    /// A stage, and a storm of participant tokens.
    StageJoinStorm,
    /// Chat rooms, tokens, events.
    ChatRooms,
    /// Single reads of one channel: the plainest signed request, for measuring.
    ChannelReads,
    /// A day's traffic: reads, listings, writes, tokens and events by weight.
    MixedDay,
    /// Invalid requests of the generators: rejection holds under pressure.
    InvalidRequests,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ChannelLifecycle,
        Self::ListingWalk,
        Self::BatchReads,
        Self::ViewerRevocation,
        Self::StageJoinStorm,
        Self::ChatRooms,
        Self::ChannelReads,
        Self::MixedDay,
        Self::InvalidRequests,
    ];

    /// The name in profiles, on the command line and as a Locust user class.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChannelLifecycle => "channel-lifecycle",
            Self::ListingWalk => "listing-walk",
            Self::BatchReads => "batch-reads",
            Self::ViewerRevocation => "viewer-revocation",
            Self::StageJoinStorm => "stage-join-storm",
            Self::ChatRooms => "chat-rooms",
            Self::ChannelReads => "channel-reads",
            Self::MixedDay => "mixed-day",
            Self::InvalidRequests => "invalid-requests",
        }
    }

    /// One line about it.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::ChannelLifecycle => "create, get, update, get, delete, get: no write is lost",
            Self::ListingWalk => "walks over all pages of a populated account",
            Self::BatchReads => "batch reads of 1, 10 and 50 items",
            Self::ViewerRevocation => "viewer sessions revoked in batches of 20",
            Self::StageJoinStorm => "a stage and a storm of participant tokens",
            Self::ChatRooms => "chat rooms with tokens and events",
            Self::ChannelReads => "single reads of one channel",
            Self::MixedDay => "a day's traffic by weight",
            Self::InvalidRequests => "invalid requests of the generators: all rejected",
        }
    }

    /// The scenario of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What must be there before it starts.
    #[must_use]
    pub fn needs(self) -> WorldNeeds {
        match self {
            Self::ListingWalk | Self::MixedDay => WorldNeeds { channels: 120, cases: false },
            Self::BatchReads => WorldNeeds { channels: 50, cases: false },
            Self::ViewerRevocation | Self::ChannelReads => WorldNeeds { channels: 1, cases: false },
            Self::InvalidRequests => WorldNeeds { channels: 0, cases: true },
            Self::ChannelLifecycle | Self::StageJoinStorm | Self::ChatRooms => WorldNeeds::default(),
        }
    }

    /// Makes its steps known, so that every user shares their templates.
    pub(crate) fn stage(self, catalogue: &mut Catalogue, world: &World) -> Result<Staged, LoadError> {
        Ok(match self {
            Self::ChannelLifecycle => Staged::Channel(channel::Steps::new(catalogue)?),
            Self::ListingWalk => Staged::Listing(listing::Steps::new(catalogue)?),
            Self::BatchReads => Staged::Batch(batch::Steps::new(catalogue)?),
            Self::ViewerRevocation => Staged::Revocation(revocation::Steps::new(catalogue)?),
            Self::StageJoinStorm => Staged::Stage(stage::Steps::new(catalogue)?),
            Self::ChatRooms => Staged::Chat(chat::Steps::new(catalogue)?),
            Self::ChannelReads => Staged::Reads(reads::Steps::new(catalogue)?),
            Self::MixedDay => Staged::Mixed(mixed::Steps::new(catalogue)?),
            Self::InvalidRequests => Staged::Invalid(invalid::Steps::new(catalogue, world)?),
        })
    }
}

/// A scenario with its templates made: hands out one behaviour a user.
#[derive(Clone)]
pub(crate) enum Staged {
    Channel(Arc<channel::Steps>),
    Listing(Arc<listing::Steps>),
    Batch(Arc<batch::Steps>),
    Revocation(Arc<revocation::Steps>),
    Stage(Arc<stage::Steps>),
    Chat(Arc<chat::Steps>),
    Reads(Arc<reads::Steps>),
    Mixed(Arc<mixed::Steps>),
    Invalid(Arc<invalid::Steps>),
}

impl Staged {
    /// The behaviour of one more user.
    pub(crate) fn behaviour(&self) -> Box<dyn Scenario> {
        match self {
            Self::Channel(steps) => Box::new(channel::Lifecycle::new(Arc::clone(steps))),
            Self::Listing(steps) => Box::new(listing::Walk::new(Arc::clone(steps))),
            Self::Batch(steps) => Box::new(batch::Reads::new(Arc::clone(steps))),
            Self::Revocation(steps) => Box::new(revocation::Burst::new(Arc::clone(steps))),
            Self::Stage(steps) => Box::new(stage::Storm::new(Arc::clone(steps))),
            Self::Chat(steps) => Box::new(chat::Room::new(Arc::clone(steps))),
            Self::Reads(steps) => Box::new(reads::Reader::new(Arc::clone(steps))),
            Self::Mixed(steps) => Box::new(mixed::Day::new(Arc::clone(steps))),
            Self::Invalid(steps) => Box::new(invalid::Pressure::new(Arc::clone(steps))),
        }
    }
}

/// The template of a plain step or a variant of one.
fn step(catalogue: &mut Catalogue, service: &str, operation: &str, variant: &str) -> Result<Arc<Template>, LoadError> {
    catalogue.template(&StepName::new(service, operation, variant))
}

/// A body from a JSON value.
fn body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

/// The string at a JSON pointer of an answer.
fn text_at(answer: &Answer, pointer: &str) -> Option<String> {
    answer.json()?.pointer(pointer)?.as_str().map(str::to_owned)
}

/// The breach of a successful answer that lacks what later steps need.
fn missing(pointer: &'static str) -> Breach {
    Breach {
        check: "output",
        authority: ivs_generators::Authority::Model,
        pointer,
        expected: "a value".to_owned(),
        actual: "none".to_owned(),
        rule: "the model's output shape",
    }
}
