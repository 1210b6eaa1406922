//! Exchanges in a form that two runs can compare: normalised, written as text, and held against each other.

mod compare;
mod exchange;
mod mark;
mod normal;

pub(crate) use compare::{Difference, DifferenceKind, compare};
pub(crate) use exchange::Canonical;
pub(crate) use normal::Normaliser;
