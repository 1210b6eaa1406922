//! The command as a user meets it: arguments in, reports, text and exit code out.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod arguments;
mod comparing;
mod load;
mod support;
