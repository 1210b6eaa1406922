//! Valid and invalid requests for every operation of a Model, as Cases. Pure and seeded.

mod boundary;
mod case;
mod control;
mod draft;
mod effect;
mod expectation;
mod field_path;
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
mod strategy;

pub use ivs_model::Authority;

pub use case::{Case, Control, Echo, Effects, Expectation, ExpectedError, Site, SiteKind};
pub use mutation::{Mutation, Operator};
pub use plan::{Gap, OperationSite, Plan, Polarity, systematic};
pub use random::{Random, RandomCase, random};
pub use reference::{Placeholder, PlaceholderError, Samples};
