//! The values for the placeholders of one call: leased resources, or well-formed names where no resource is available.

use ivs_generators::{Placeholder, Samples};
use ivs_pool::{Lease, PoolError};
use serde_json::Value;

/// Values for the placeholders of one input.
pub enum Bindings<'a> {
    /// Resources that exist.
    Leased(Box<Lease>),
    /// Names of the right form that stand for nothing, with public keys that nobody has used.
    Sampled {
        /// The names.
        samples: &'a Samples,
        /// Takes what a call makes that the endpoint accepts all the same.
        lease: Box<Lease>,
        /// Why some resource does not exist.
        reason: String,
    },
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
            Self::Sampled { samples, lease, .. } => {
                let fill = &mut |placeholder: &Placeholder| {
                    let value = lease.value(placeholder).map(str::to_owned);
                    Some(value.unwrap_or_else(|| samples.sample(placeholder)))
                };
                Ok(Placeholder::fill(input, fill).unwrap_or(Value::Null))
            }
        }
    }

    /// Why some resource that the input names does not exist, if so.
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Leased(_) => None,
            Self::Sampled { reason, .. } => Some(reason),
        }
    }

    /// The lease that answers for what is made under these bindings.
    pub(crate) fn lease_mut(&mut self) -> &mut Lease {
        match self {
            Self::Leased(lease) | Self::Sampled { lease, .. } => lease,
        }
    }

    /// The lease, to hand it back.
    pub(crate) fn into_lease(self) -> Lease {
        match self {
            Self::Leased(lease) | Self::Sampled { lease, .. } => *lease,
        }
    }
}
