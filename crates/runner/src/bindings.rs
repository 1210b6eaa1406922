//! The values for the placeholders of one call: leased resources, or well-formed names where no resource is available.

use ivs_generators::Samples;
use ivs_pool::Lease;
use serde_json::Value;

/// Values for the placeholders of one input.
pub enum Bindings<'a> {
    /// Resources that exist.
    Leased(Box<Lease>),
    /// Names of the right form that stand for nothing, and why.
    Sampled(&'a Samples, String),
}

impl Bindings<'_> {
    /// The input with every placeholder filled in.
    pub fn fill(&self, input: &Value) -> Result<Value, String> {
        match self {
            Self::Leased(lease) => lease.fill(input).map_err(|error| error.to_string()),
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
