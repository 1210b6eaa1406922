//! The exit codes of the command, mapped once.

use std::process::ExitCode;

/// How the command ends. The numbers are an interface: CI scripts branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The endpoint conforms, or the command did what it was asked.
    Conforms,
    /// There are findings of the severity that `--fail-on` names.
    Findings,
    /// Wrong usage or configuration.
    Usage,
    /// The endpoint could not be judged, or a load run was inconclusive.
    Unusable,
    /// A gate of a load run was breached (the number k6 uses).
    GateBreached,
    /// Stopped by Ctrl-C or SIGTERM, after cleaning up (128 + SIGINT). A gate that is breached by then still counts.
    Interrupted,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Conforms => 0,
            Ending::Findings => 1,
            Ending::Usage => 2,
            Ending::Unusable => 3,
            Ending::GateBreached => 99,
            Ending::Interrupted => 130,
        })
    }
}
