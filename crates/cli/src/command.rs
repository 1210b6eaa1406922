//! One file a command.

pub(crate) mod check;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod serve;
