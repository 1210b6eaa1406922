//! The emulator over HTTP. Requests are signed by `aws-sigv4`, which shares no code with the emulator.

#![allow(clippy::unwrap_used, reason = "a helper that cannot continue fails its test")]

mod assertions;
mod auth;
mod control;
mod faults;
mod journal;
mod limits;
mod options;
mod paging;
mod protocol;
mod robustness;
mod seed_data;
mod sts;
mod support;
