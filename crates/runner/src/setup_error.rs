//! Why the steps of a situation could not be taken.

use ivs_client::EncodeError;
use ivs_judge::Answer;
use ivs_pool::{ControlError, PoolError};

use crate::not_sent::NotSent;

/// Why the steps of a situation could not be taken. Its text is the reason of an indeterminate case.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SetupError {
    /// A step stands for the data plane, which only a control of the endpoint can replace.
    #[error("only the data plane creates this state, and the endpoint has no control `{0}`")]
    NoControl(String),
    /// The quota of a resource type cannot be set.
    #[error("it needs an exhausted quota, and the endpoint has no control `{0}`")]
    NoQuotaControl(&'static str),
    /// A resource that the steps name is not available.
    #[error(transparent)]
    Resource(#[from] PoolError),
    /// A control of the endpoint failed.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// A step's input is no request of its operation.
    #[error(transparent)]
    Request(#[from] EncodeError),
    /// A step was not sent.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// A step names an operation that the service does not have.
    #[error("there is no operation {0}")]
    UnknownOperation(String),
    /// A step was refused.
    #[error("{operation} got {answer}")]
    Refused {
        /// The operation of the step.
        operation: String,
        /// What came.
        answer: Box<Answer>,
    },
    /// The answer to a step lacks the value that later steps need.
    #[error("the answer to a step has no text at {0}")]
    NoText(String),
    /// An update succeeded and changed nothing.
    #[error("{operation} succeeded, but `{member}` is not the value that was sent")]
    NotKept {
        /// The operation of the step.
        operation: String,
        /// The member that was sent.
        member: String,
    },
    /// The steps before the call failed.
    #[error("the state could not be set up: {0}")]
    NotBroughtAbout(#[source] Box<Self>),
}
