//! The values for the placeholders of one call: leased resources, or well-formed names where no resource is available.

use ivs_generators::Samples;
use ivs_pool::{Lease, PoolError};
use serde_json::Value;

/// Values for the placeholders of one input.
pub enum Bindings<'a> {
    /// Resources that exist.
    Leased(Box<Lease>),
    /// Names of the right form that stand for nothing, and why.
    Sampled(&'a Samples, String),
}

impl Bindings<'_> {
    /// Returns the input with every placeholder filled in.
    ///
    /// # Errors
    ///
    /// [`PoolError`] if nothing leased stands for a placeholder.
    pub fn fill(&self, input: &Value) -> Result<Value, PoolError> {
        match self {
            Self::Leased(lease) => lease.fill(input),
            Self::Sampled(samples, _) => Ok(samples.fill(input)),
        }
    }

    /// Why some resource that the input names does not exist, if so.
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Leased(_) => None,
            Self::Sampled(_, reason) => Some(reason),
        }
    }
}
