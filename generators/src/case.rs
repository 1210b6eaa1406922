//! Cases: one request, its violation, and the expected response.

use ivs_model::{CaseId, OperationId, SuiteName};
use serde::Serialize;

use crate::{Authority, CaseInput, Mutation, Site};

/// One request of one operation, valid or invalid in exactly one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The stable id. After operation and suite come the kind of variant and the path of the site. Paths have `*` for
    /// list items and map values, and `*key` for map keys. If a site has several variants, a colon and the variant
    /// follow.
    pub id: CaseId,
    /// The input by member names, including labels and queries. Strings of the form `{channel.arn}` are placeholders
    /// that a pool fills in (see [`crate::Placeholder`]).
    pub input: CaseInput,
    /// The mutation, if the case is invalid.
    pub mutation: Option<Mutation>,
    /// The expected response.
    pub expectation: Expectation,
    /// The control that gives a pass its meaning.
    pub control: Control,
    /// The sites that this case tests: one if it is invalid, and all sites of its input if that is a complete valid
    /// input. `mutation` gives the polarity.
    pub sites: Vec<Site>,
    /// The effects on resources if the request succeeds.
    pub effects: Effects,
}

impl Case {
    /// The suite that sends generated cases.
    pub const SUITE: SuiteName = SuiteName::from_static("validation");

    /// Returns the called operation.
    #[must_use]
    pub fn operation(&self) -> OperationId {
        self.id.operation
    }

    /// Returns whether the input meets every constraint.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.mutation.is_none()
    }
}

/// The expected response to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// The operation's success status, or one of the errors in `unless`.
    Accepted {
        /// The authority of the expectation.
        authority: Authority,
        /// Declared errors that depend on a state which no request can set up, such as a live stream
        /// (`ChannelNotBroadcasting`, fact `stream-idle-channel`). They show that the input itself was accepted.
        unless: Vec<ExpectedError>,
    },
    /// One of the named errors, code *and* status.
    Rejected {
        /// The allowed errors.
        errors: Vec<ExpectedError>,
        /// The authority of the rejection (any 4xx).
        authority: Authority,
        /// The authority of these error codes, which may be weaker. The rejection of a wrong JSON type is
        /// [`Authority::Protocol`], but its error code in IVS is [`Authority::Inferred`].
        code_authority: Authority,
    },
}

/// An error by name and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ExpectedError {
    /// The error name, such as `ValidationException`.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
}

/// The control, which shows that the endpoint distinguishes valid from invalid input (docs/architecture.md#controls).
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// For `Rejected`: this valid input of the same operation must not get that rejection.
    ValidTwin(CaseInput),
    /// For `Accepted`: the response echoes these members of the input.
    Echo(Vec<Echo>),
    /// For `Accepted` without an echo: this invalid input of the same operation must be rejected.
    InvalidTwin {
        /// The input of the control request.
        input: CaseInput,
        /// The errors that count as a rejection.
        errors: Vec<ExpectedError>,
    },
    /// The operation's input cannot be invalid, so a pass would prove nothing. The verdict is indeterminate.
    Unavailable,
}

/// A value that is sent and returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Echo {
    /// JSON pointer into the input.
    pub input: String,
    /// JSON pointer into the output, by member names.
    pub output: String,
}

/// The effects of a successful request on resources, by type (`channel`, `stream-key`, …).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// The types of which it creates one, which must be deleted again.
    pub creates: Vec<String>,
    /// The types of which it deletes or ends the named resource. The pool leases a disposable one.
    pub consumes: Vec<String>,
    /// The types of which it changes the named resource. The pool does not lease that resource to another case
    /// meanwhile.
    pub mutates: Vec<String>,
    /// External resources that the input names literally, such as buckets. An endpoint that checks their existence may
    /// reject the case.
    pub external: Vec<String>,
}

impl Effects {
    /// The types that it creates, consumes or changes.
    pub fn kinds(&self) -> impl Iterator<Item = &String> {
        self.creates.iter().chain(&self.consumes).chain(&self.mutates)
    }
}
