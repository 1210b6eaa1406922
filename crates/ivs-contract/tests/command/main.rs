//! The command as a process: its arguments, output, reports and exit code.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod arguments;
mod artefacts;
mod baseline;
mod by_hand;
mod comparing;
mod curl_scripts;
mod keeping;
mod load;
mod load_endings;
mod packs;
mod replaying;
mod status;
mod support;
mod targets;
mod unanswering;
