//! How far a run came: whether its report speaks for everything that was selected.

use serde::{Deserialize, Serialize};

/// How far a run came. In JSON it is the members `status` and `status_reason` of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members", into = "Members")]
pub enum RunStatus {
    /// Everything that was selected was judged, as far as the endpoint implements it.
    #[default]
    Complete,
    /// Findings hold, but the lack of findings shows nothing: some of the selection was not judged.
    Partial {
        /// The cause, with the flag that is behind it.
        reason: String,
    },
    /// The endpoint could not be judged.
    Unusable {
        /// The one cause.
        reason: String,
    },
}

/// [`RunStatus`] as members of the report.
#[derive(Serialize, Deserialize)]
struct Members {
    #[serde(default)]
    status: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    #[default]
    Complete,
    Partial,
    Unusable,
}

impl From<Members> for RunStatus {
    fn from(Members { status, status_reason }: Members) -> Self {
        let reason = status_reason.unwrap_or_default();
        match status {
            Name::Complete => Self::Complete,
            Name::Partial => Self::Partial { reason },
            Name::Unusable => Self::Unusable { reason },
        }
    }
}

impl From<RunStatus> for Members {
    fn from(status: RunStatus) -> Self {
        let (status, status_reason) = match status {
            RunStatus::Complete => (Name::Complete, None),
            RunStatus::Partial { reason } => (Name::Partial, Some(reason)),
            RunStatus::Unusable { reason } => (Name::Unusable, Some(reason)),
        };
        Self { status, status_reason }
    }
}

impl RunStatus {
    /// Returns the name that reports use: `complete`, `partial` or `unusable`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial { .. } => "partial",
            Self::Unusable { .. } => "unusable",
        }
    }

    /// Returns why the run is not complete.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Complete => None,
            Self::Partial { reason } | Self::Unusable { reason } => Some(reason),
        }
    }

    /// Returns the line that opens the report of a run that is not complete: `PARTIAL: stopped by --max-requests: …`.
    #[must_use]
    pub fn banner(&self) -> Option<String> {
        self.reason().map(|reason| format!("{}: {reason}", self.name().to_uppercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partial(reason: &str) -> RunStatus {
        RunStatus::Partial { reason: reason.to_owned() }
    }

    fn unusable(reason: &str) -> RunStatus {
        RunStatus::Unusable { reason: reason.to_owned() }
    }

    #[test]
    fn the_status_is_two_members_and_absent_ones_mean_complete() {
        for (status, text) in [
            (RunStatus::Complete, r#"{"status":"complete"}"#),
            (partial("why"), r#"{"status":"partial","status_reason":"why"}"#),
            (unusable("why"), r#"{"status":"unusable","status_reason":"why"}"#),
        ] {
            assert_eq!(serde_json::to_string(&status).unwrap(), text);
            assert_eq!(serde_json::from_str::<RunStatus>(text).unwrap(), status);
        }
        assert_eq!(serde_json::from_str::<RunStatus>("{}").unwrap(), RunStatus::Complete);
    }
}
