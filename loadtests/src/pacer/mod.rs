//! The open model: requests begin when the plan says, whether or not the endpoint keeps up.

mod alarm;
mod drive;
mod schedule;

pub(crate) use drive::{Counters, Driven, drive};
pub use schedule::{Arrivals, Schedule, ScheduleError, Stage};
