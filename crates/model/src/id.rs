//! The names of operations, suites, cases and findings, as types.
//!
//! Each id has one text form: [`Display`](std::fmt::Display) writes it, [`FromStr`](std::str::FromStr) reads it, and serde
//! uses it. Service, operation, suite and error names are interned once per process, so most ids are `Copy`.
//!
//! ```
//! use ivs_model::{CaseId, OperationId, SuiteName};
//!
//! let operation: OperationId = "ivs.CreateChannel".parse()?;
//! assert_eq!((operation.service(), operation.name()), ("ivs", "CreateChannel"));
//!
//! let case = CaseId::new(operation, SuiteName::from_static("validation"), "length-above-max/name");
//! assert_eq!(case.to_string(), "ivs.CreateChannel/validation/length-above-max/name");
//! assert_eq!(case, "ivs.CreateChannel/validation/length-above-max/name".parse()?);
//! # Ok::<(), ivs_model::ParseIdError>(())
//! ```

mod case;
mod error_pair;
mod finding;
mod intern;
mod legacy;
mod operation;
mod suite;
mod text;

pub use case::CaseId;
pub use error_pair::ErrorPair;
pub use finding::{FindingId, FindingScope};
pub use operation::OperationId;
pub use suite::SuiteName;
pub use text::ParseIdError;
