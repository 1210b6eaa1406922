//! Valid and invalid requests for every operation of a Model, as Cases. Pure and seeded.

mod case;

pub use case::{Authority, Case, CaseId, Control, Expectation, ExpectedError, Mutation, Operator, Site, SiteKind};
