//! Load on an endpoint of the Amazon IVS APIs: signed, judged, and honest about latency.
//!
//! Never imports suites or cli; never prints, exits or reads the environment.

mod signer;

pub use signer::{Prepared, Signature, Signer};
