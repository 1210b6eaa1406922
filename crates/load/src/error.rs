//! The errors of a run that could not generate load.

use ivs_client::{EncodeError, EndpointError, Failure};

use crate::gate::GateError;
use crate::pacer::ArrivalScheduleError;
use crate::report::ReportError;

/// The reason why a run could not generate load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The endpoint is not a loopback address and remote load was not allowed.
    #[error("{endpoint} is not a loopback address: load on a remote endpoint must be allowed explicitly")]
    Remote {
        /// The endpoint.
        endpoint: String,
    },
    /// An https endpoint without TLS settings.
    #[error("an https endpoint needs TLS settings")]
    NoTls,
    /// A service without an endpoint, or with an invalid one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The proxy URL or the TLS server name is invalid.
    #[error("cannot connect to the target: {0}")]
    InvalidTarget(#[source] Failure),
    /// The provider returned no credentials.
    #[error("no credentials: {reason}")]
    Credentials {
        /// The provider's message.
        reason: String,
    },
    /// A scenario names an operation that no bundled model has.
    #[error("no bundled model has the operation {label}")]
    UnknownOperation {
        /// Service and operation.
        label: String,
    },
    /// The scenarios register more steps than a run can count.
    #[error("a run counts at most 65,536 steps")]
    TooManySteps,
    /// An input that cannot be encoded.
    #[error("{operation}: {source}")]
    Encode {
        /// The operation.
        operation: String,
        /// The encoder's error.
        source: EncodeError,
    },
    /// A request that HTTP cannot carry.
    #[error("{operation}: HTTP cannot express the request")]
    Unsendable {
        /// The operation.
        operation: String,
    },
    /// Every invalid case of the generators needs an existing resource, which this scenario cannot supply.
    #[error("the generators have no invalid case that can be sent without an existing resource")]
    NoCases,
    /// The target could not be reached during setup.
    #[error("cannot reach the target: {0}")]
    Unreachable(#[source] Failure),
    /// The target rejected a setup request.
    #[error("setup failed: {operation} returned {status} {error}")]
    SetupRejected {
        /// The step.
        operation: String,
        /// The status.
        status: u16,
        /// The error name in the response.
        error: String,
    },
    /// The run was stopped before its load began; the resources of the setup are deleted.
    #[error("the run was stopped during setup")]
    Stopped,
    /// No scenario has a weight.
    #[error("a run needs at least one scenario with a weight above zero")]
    NoScenario,
    /// The rate and the duration form no schedule.
    #[error(transparent)]
    Schedule(#[from] ArrivalScheduleError),
    /// A gate does not apply to the run.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The report folder cannot be used.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The build lacks the driver.
    #[error("this build has no {driver} driver: enable the cargo feature `{feature}` of ivs-load")]
    FeatureDisabled {
        /// The requested driver.
        driver: &'static str,
        /// The cargo feature that compiles it in.
        feature: &'static str,
    },
    /// The goose driver does not accept the flags.
    #[error("goose: {0}")]
    GooseFlags(String),
    /// The goose driver failed.
    #[error("goose: {0}")]
    Goose(String),
    /// A generator thread could not be started or was lost.
    #[error("a generator thread failed: {0}")]
    Thread(String),
}
