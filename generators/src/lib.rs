//! Generates valid and invalid requests for every operation of a model, as cases. Generation is pure and seeded.
//!
//! ```
//! use ivs_generators::systematic;
//! use ivs_model::bundled;
//!
//! let model = bundled::model("ivschat").expect("the ivschat model is bundled");
//! let plan = systematic(model, bundled::knowledge());
//! let invalid = plan.cases.iter().find(|case| !case.is_valid()).expect("some case is invalid");
//! assert!(invalid.id.to_string().starts_with("ivschat."));
//! ```
//!
//! A [`Generator`] plans one operation at a time. The cases of an operation share the values around the place that they
//! are about, and go down to a [`Depth`]; a plan names what it leaves out ([`Plan::cuts`]).
//!
//! # How to add a kind of case
//!
//! 1. Add the kind of mutation to [`Operator`], or the constraint to [`SiteKind`].
//! 2. Produce its inputs: `invalid_variant.rs` for invalid ones, `boundary.rs` for valid ones at the bound.
//! 3. The tests in `tests/soundness` check it with two independent evaluators.

mod boundary;
mod case;
mod case_input;
mod control;
mod covering;
mod cut;
mod draft;
mod effect;
mod expectation;
mod field_path;
mod generator;
mod input;
mod invalid_variant;
mod mutation;
mod near_miss;
mod pattern_generator;
mod plan;
mod random;
mod reference;
mod rule;
mod scalar;
mod site;
mod strategy;
mod variant;

pub use ivs_model::Authority;

pub use case::{Case, Control, Echo, Effects, Expectation, ExpectedError};
pub use case_input::CaseInput;
pub use covering::telling_characters;
pub use cut::{Bound, Cut, Depth};
pub use generator::{Generator, systematic};
pub use mutation::{Mutation, Operator};
pub use plan::{Gap, OperationSite, Plan, Polarity};
pub use random::{Random, RandomCase, random};
pub use reference::{Placeholder, PlaceholderError, Samples};
pub use site::{Site, SiteKind, SitePath};
