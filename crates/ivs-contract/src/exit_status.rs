//! The exit codes of the command, mapped once.

use std::process::ExitCode;

use crate::interrupt::INTERRUPTED;

/// The outcome of the command. The exit codes are an interface: CI scripts branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// The endpoint conforms, or the command succeeded.
    Success,
    /// The run has findings of the severity that `--fail-on` names.
    Findings,
    /// Wrong usage or configuration.
    Usage,
    /// The endpoint could not be judged, the run was partial, or a load run was inconclusive.
    Inconclusive,
    /// A gate of a load run was breached. k6 uses the same code.
    GateBreached,
    /// Ctrl-C or SIGTERM stopped the run, after its cleanup. A gate that was breached before still counts.
    Interrupted,
}

impl ExitStatus {
    /// Returns the exit code of the process.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::GateBreached => 99,
            Self::Interrupted => INTERRUPTED,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_the_documented_ones() {
        let codes = [
            (ExitStatus::Success, 0),
            (ExitStatus::Findings, 1),
            (ExitStatus::Usage, 2),
            (ExitStatus::Inconclusive, 3),
            (ExitStatus::GateBreached, 99),
            (ExitStatus::Interrupted, 130),
        ];
        for (status, code) in codes {
            assert_eq!(status.code(), code, "{status:?}");
        }
    }
}
