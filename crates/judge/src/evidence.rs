//! The evidence beside an answer: what decides whether an expected answer means something, and whose fault another one is.

use ivs_generators::ExpectedError;

use crate::{Answer, PropertySet};

/// The role of a control request: what its answer has to be for the case to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlRole<'a> {
    /// A valid request, which need not succeed: it has to be answered otherwise than the case.
    Valid,
    /// A valid request that names only what exists: it has to succeed.
    MustSucceed,
    /// A request that has to be refused, by whatever error.
    MustFail,
    /// An invalid request that has to be refused by one of these errors.
    MustFailWith(&'a [ExpectedError]),
}

/// What the control request of a case shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ControlEvidence<'a> {
    /// No control request was made.
    #[default]
    None,
    /// It was to be made and could not be sent, with the reason.
    NotSent(&'a str),
    /// Earlier calls of the same case are the control, such as the creation of what is now gone.
    Implied,
    /// It was answered.
    Answered {
        /// The answer.
        answer: &'a Answer,
        /// What the answer has to be.
        role: ControlRole<'a>,
        /// What the request is called in a reason, such as `the valid twin`.
        name: &'a str,
    },
}

impl<'a> ControlEvidence<'a> {
    /// The evidence of the valid twin of an invalid request.
    #[must_use]
    pub fn valid_twin(answer: &'a Answer) -> Self {
        Self::Answered { answer, role: ControlRole::Valid, name: "the valid control request" }
    }

    /// The evidence of the invalid twin of a valid request.
    #[must_use]
    pub fn invalid_twin(answer: &'a Answer, errors: &'a [ExpectedError]) -> Self {
        Self::Answered { answer, role: ControlRole::MustFailWith(errors), name: "the invalid control request" }
    }
}

/// What a success shows of the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EchoEvidence {
    /// No value of the input is expected to come back.
    #[default]
    NotExpected,
    /// At least one value came back that an unset member would not show.
    Shown,
    /// No value came back that tells.
    NotShown,
    /// Another value came back, or none.
    Differs {
        /// JSON pointer into the output.
        place: String,
        /// What came.
        actual: &'static str,
    },
}

/// Why a resource that an input names may not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// It could not be lent, for this reason.
    #[error("{0}")]
    NotLent(String),
    /// No knowledge describes the service, and so nobody lends its resources.
    #[error("it is unknown which resources its names refer to")]
    Unknown,
}

impl Missing {
    /// Returns why nothing follows from an answer, for a person.
    #[must_use]
    pub fn absence(&self) -> String {
        format!("the input names a resource that does not exist: {self}")
    }
}

/// Everything beside the answer itself that its evaluation rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// What the control request shows.
    pub control: ControlEvidence<'a>,
    /// The properties of which one must be shown to be checked, where neither echo nor control shows it.
    pub needed: PropertySet,
    /// The properties that the endpoint is known to check on this operation: it rejected a request for each, and answered the
    /// valid one otherwise.
    pub shown: PropertySet,
    /// Why a resource that the input names does not exist, if so.
    pub missing: Option<&'a Missing>,
    /// Whether the input keeps the model, so that an absent resource may be the only fault of the request.
    pub well_formed: bool,
    /// What the input names outside the services, which an endpoint may look up and not find.
    pub externals: &'a [String],
    /// What a success shows of the input.
    pub echo: EchoEvidence,
}

impl<'a> Evidence<'a> {
    /// The evidence of a case whose earlier calls are its control.
    #[must_use]
    pub fn implied() -> Self {
        Self { control: ControlEvidence::Implied, ..Self::default() }
    }

    /// Whether the endpoint is known to check a property that the case needs.
    pub(crate) fn is_shown(&self) -> bool {
        self.needed.intersects(self.shown)
    }

    /// The same evidence with another control.
    #[must_use]
    pub fn with_control(mut self, control: ControlEvidence<'a>) -> Self {
        self.control = control;
        self
    }
}
