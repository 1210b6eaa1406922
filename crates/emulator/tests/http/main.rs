//! The emulator over HTTP. Requests are signed by `aws-sigv4`, which shares no code with the emulator.

mod assertions;
mod auth;
mod control;
mod fault;
mod paging;
mod protocol;
mod robustness;
mod support;
