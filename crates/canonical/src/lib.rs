//! Canonical exchanges: normalized, stored as text, and compared.
//!
//! Two runs never see the same ids, times and secrets. [`Normalizer`] replaces them, so that an exchange can be
//! compared with one of another run or endpoint, or with a stored one.
//!
//! - [`CanonicalExchange`] is one normalized exchange. It is written to text and read from text.
//! - [`compare`] lists the [`Difference`]s of two of them.
//! - [`Snapshots`] has the stored exchanges, by default those of `snapshots/exchanges/` in the repository.
//!   [`Provenance`] states their origin, which determines their authority.
//! - [`Recording`] collects the exchanges of a run as the files that [`Snapshots`] reads.
//!
//! ```
//! use ivs_canonical::{CanonicalExchange, Snapshots, compare};
//! use ivs_model::{OperationId, bundled};
//!
//! let snapshots = Snapshots::embedded();
//! let stored = snapshots.stored(OperationId::new("ivs", "GetChannel")).expect("a snapshot of every bundled operation");
//! let valid = stored.exchanges.iter().find(|exchange| exchange.name == "valid").expect("the valid call");
//! assert!(valid.is_success());
//!
//! let mut other = valid.clone();
//! other.status = 500;
//! let model = bundled::model("ivs").expect("a bundled model");
//! let operation = model.operation("GetChannel").expect("an operation of the model");
//! let comparison = compare(model, operation, valid, &other, &[]);
//! assert_eq!(comparison.differences.len(), 1);
//! ```
//!
//! # How to keep another kind of value out of canonical exchanges
//!
//! A value that only one run has must not reach a snapshot. Give it a label in `normalizer.rs`: `label_of` for a text
//! with an identity, `secret` for a secret. Add a case to the tests there. Then record the snapshots again with `cargo
//! test -p ivs-suites --test exchanges`.
//!
//! This crate sends no requests and judges no responses. At run time it reads neither files nor the environment.

mod compare;
mod exchange;
mod mark;
mod normalizer;
mod provenance;
mod recording;
mod store;

pub use compare::{Comparison, Difference, DifferenceKind, compare};
pub use exchange::{CanonicalBody, CanonicalExchange};
pub use normalizer::Normalizer;
pub use provenance::{EndpointKind, Provenance};
pub use recording::{Recording, SnapshotFile};
pub use store::{Snapshots, StoredSnapshot};
