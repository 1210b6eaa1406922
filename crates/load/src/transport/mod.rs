//! HTTP for load generators: prepared and signed requests, one connection per user, and whole responses.

mod answer;
mod connection;
mod http1;
mod route;
mod signer;

pub use answer::HttpAnswer;
pub(crate) use connection::{Connection, Connector};
pub(crate) use route::AuthHeaders;
pub use route::Route;
pub use signer::{PreparedRequest, Signature, Signer};
