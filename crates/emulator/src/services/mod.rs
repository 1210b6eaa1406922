//! The handlers of the operations, one folder per service, and their shared code.

mod attributes;
mod chat;
mod ivs;
mod realtime;
pub(crate) mod tags;

use crate::call::Handler;
use crate::control_action::ControlAction;
use crate::fault::FaultInfo;

/// Returns the handlers of a service by the names of its operations.
pub(crate) fn handlers(service: &str) -> impl Iterator<Item = (&'static str, Handler)> {
    let tables = match service {
        "ivs" => ivs::HANDLERS,
        "ivs-realtime" => realtime::HANDLERS,
        _ => chat::HANDLERS,
    };
    tables.iter().copied().flatten().chain(tags::HANDLERS).copied()
}

/// Returns the control actions of all services.
pub(crate) fn control_actions() -> impl Iterator<Item = &'static ControlAction> {
    [ivs::CONTROL_ACTIONS, realtime::CONTROL_ACTIONS].into_iter().flatten().copied().flatten()
}

/// Returns the faults that handlers carry out.
pub(crate) fn faults() -> impl Iterator<Item = &'static FaultInfo> {
    let tables = [chat::FAULTS, ivs::FAULTS, realtime::FAULTS, &[tags::FAULTS]];
    tables.into_iter().flatten().copied().flatten()
}
