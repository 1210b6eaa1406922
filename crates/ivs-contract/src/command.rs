//! One file a command.

pub(crate) mod check;
pub(crate) mod clean;
pub(crate) mod list;
pub(crate) mod load;
pub(crate) mod model;
pub(crate) mod replay;
pub(crate) mod serve;
