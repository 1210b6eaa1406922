//! The open loop: requests start on schedule, whether or not the endpoint keeps up.

mod alarm;
mod dispatch;
mod schedule;

pub(crate) use dispatch::dispatch;
pub use schedule::{ArrivalProcess, ArrivalSchedule, ArrivalScheduleError, RateStage};
