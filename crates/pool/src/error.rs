//! The errors of the pool.

use ivs_client::EncodeError;
use ivs_model::OperationId;

/// Why a placeholder has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// Nothing may be created here.
    #[error("nothing may be created at this endpoint")]
    WritesForbidden,
    /// No operation is known to make such a resource.
    #[error("no operation makes a `{kind}`")]
    NoRecipe {
        /// The kind of resource.
        kind: String,
    },
    /// The endpoint did not make the resource.
    #[error("no `{kind}`: {} got {}", .operation.name(), answer(*.status, error.as_deref()))]
    Refused {
        /// The kind of resource.
        kind: String,
        /// The operation that makes it.
        operation: OperationId,
        /// The status of the answer; `None` if there was no answer.
        status: Option<u16>,
        /// The error's name, if the answer gave one, or what broke the exchange.
        error: Option<String>,
    },
    /// The endpoint said yes, but named no ARN of that kind.
    #[error("no `{kind}`: the answer of {} holds no ARN of one", .operation.name())]
    NoArn {
        /// The kind of resource.
        kind: String,
        /// The operation that makes it.
        operation: OperationId,
    },
    /// Something outside the services is needed and none is configured.
    #[error("no `{kind}` is configured")]
    NoExternal {
        /// The placeholder kind, such as `s3-bucket`.
        kind: String,
    },
    /// The pool has no such value.
    #[error("nothing stands for {placeholder}")]
    Unknown {
        /// The placeholder.
        placeholder: String,
    },
    /// The lease was made for other inputs.
    #[error("{placeholder} is not part of this lease")]
    NotLent {
        /// The placeholder.
        placeholder: String,
    },
    /// A recipe cannot be written as a request.
    #[error("{} cannot be written as a request", .operation.name())]
    Encode {
        /// The operation.
        operation: OperationId,
        /// Why not.
        #[source]
        source: EncodeError,
    },
}

impl PoolError {
    /// Whether another attempt may come to something else: the endpoint refused nothing, it failed.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_none_or(|status| status == 429 || status >= 500))
    }

    /// Returns whether the endpoint refuses every resource of the kind. A quota or a conflict concerns one resource.
    pub(crate) fn is_of_kind(&self) -> bool {
        matches!(self, Self::Refused { status: Some(400 | 403 | 404 | 405 | 501), .. })
    }
}

fn answer(status: Option<u16>, error: Option<&str>) -> String {
    match (status, error) {
        (Some(status), Some(error)) => format!("{status} {error}"),
        (Some(status), None) => status.to_string(),
        (None, Some(error)) => format!("by nothing: {error}"),
        (None, None) => "by nothing".to_owned(),
    }
}
