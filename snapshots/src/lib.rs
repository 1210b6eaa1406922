//! The exchanges that the suite `snapshot` compares answers with, as text.
//!
//! The package is the folder `snapshots/` itself, so that a published package contains its data. `ivs-canonical` parses
//! the files. The other folders beside `exchanges/` belong to tests and are not part of the package.
//!
//! ```
//! let (service, operation, text) = ivs_snapshots::EXCHANGES[0];
//! assert!(!service.is_empty() && !operation.is_empty() && text.starts_with("---\n"));
//! ```

/// The service, the operation and the text of every file in `exchanges/`.
pub const EXCHANGES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/exchanges.rs"));
