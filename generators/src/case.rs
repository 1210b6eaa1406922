//! A Case: one request, what it breaks, and what an endpoint owes in return.

use ivs_model::{CaseId, OperationId, SuiteName};
use serde::Serialize;
use serde_json::Value;

use crate::{Authority, Mutation, Site};

/// One request of one operation, valid or broken in exactly one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its stable name. After operation and suite come the kind of variant, the path of the site (list items and map values
    /// as `*`, map keys as `*key`), and after a colon the variant where one site is tried in several ways.
    pub id: CaseId,
    /// The input by member names, labels and queries included. Strings of the form `{channel.arn}` are
    /// placeholders that a pool fills in (see [`crate::Placeholder`]).
    pub input: Value,
    /// The one break, if the Case is invalid.
    pub mutation: Option<Mutation>,
    /// What the endpoint owes.
    pub expectation: Expectation,
    /// The twin that makes a pass mean something.
    pub control: Control,
    /// The sites this Case tests, with its polarity given by `mutation`: one if invalid, and all that its input
    /// meets if it is a whole valid input.
    pub sites: Vec<Site>,
    /// What becomes of resources if the request succeeds.
    pub effects: Effects,
}

impl Case {
    /// The suite that sends generated cases.
    pub const SUITE: SuiteName = SuiteName::from_static("validation");

    /// Returns the operation that it calls.
    #[must_use]
    pub fn operation(&self) -> OperationId {
        self.id.operation
    }

    /// Whether the input keeps every constraint.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.mutation.is_none()
    }
}

/// What an endpoint owes for a Case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// The operation's success status, or one of the errors in `unless`.
    Accepted {
        /// Why we expect it.
        authority: Authority,
        /// Declared errors that tell of a state which no request can bring about, such as a live stream
        /// (`ChannelNotBroadcasting`, fact `stream-idle-channel`). They show that the input itself was taken.
        unless: Vec<ExpectedError>,
    },
    /// One of the named errors, code *and* status.
    Rejected {
        /// The answers that are right.
        errors: Vec<ExpectedError>,
        /// Why a rejection, any 4xx, is owed.
        authority: Authority,
        /// Why it is owed under one of these codes. It may be weaker: that a wrong JSON type is rejected is
        /// [`Authority::Protocol`], the code of IVS for it is [`Authority::Inferred`].
        code_authority: Authority,
    },
}

/// An error by name and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ExpectedError {
    /// The error name, such as `ValidationException`.
    pub code: String,
    /// Its HTTP status.
    pub status: u16,
}

/// The twin that shows that the endpoint can tell the difference (docs/architecture.md#controls).
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// For `Rejected`: this valid input of the same operation must not be answered by that rejection.
    ValidTwin(Value),
    /// For `Accepted`: the answer echoes these members of the input.
    Echo(Vec<Echo>),
    /// For `Accepted` where nothing is echoed: this invalid input of the same operation must be rejected.
    InvalidTwin {
        /// The twin's input.
        input: Value,
        /// Any of these answers is a rejection.
        errors: Vec<ExpectedError>,
    },
    /// Nothing in this operation's input can be wrong, so a pass would mean nothing: the verdict is indeterminate.
    Unavailable,
}

/// A value that is sent and comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Echo {
    /// JSON pointer into the input.
    pub input: String,
    /// JSON pointer into the output, by member names.
    pub output: String,
}

/// What a successful request does to resources, by kind (`channel`, `stream-key`, …).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// Kinds of which it makes one, to be removed again.
    pub creates: Vec<String>,
    /// Kinds of which it removes or ends the one it names: the pool lends a disposable one.
    pub consumes: Vec<String>,
    /// Kinds of which it changes the one it names: the pool does not lease it to another Case meanwhile.
    pub mutates: Vec<String>,
    /// Things outside the service that the input names literally, such as buckets: an endpoint that looks
    /// them up is right to reject the Case.
    pub external: Vec<String>,
}
