//! Operation and input to signed restJson1 HTTP, and back as an Exchange.
//!
//! Never imports generators, judge, pool, suites or emulator; never judges an answer.

mod exchange;

pub use exchange::{Exchange, Failure, FailureKind, Request, Response};
