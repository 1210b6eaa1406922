//! One action of the control API on a region.

use crate::clock::Timestamp;
use crate::document::Document;
use crate::input::Input;
use crate::service_error::ServiceError;
use crate::state::Region;

/// The function of a control action. Its input always has an `arn` member.
pub(crate) type RunAction = fn(&Input, &mut Region, Timestamp) -> Result<Document, ServiceError>;

/// An action on the region that the `arn` in the request body names.
pub(crate) struct ControlAction {
    /// The path below `/_emulator/`, such as `channel/on-air`.
    pub(crate) name: &'static str,
    /// One sentence that describes the action and the members of its body.
    pub(crate) summary: &'static str,
    /// The function that carries it out.
    pub(crate) run: RunAction,
}
