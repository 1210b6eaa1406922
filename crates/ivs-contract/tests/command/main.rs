//! The command as a process: arguments in, text, reports and exit code out.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod arguments;
mod artefacts;
mod comparing;
mod curl_scripts;
mod load;
mod replaying;
mod status;
mod support;
