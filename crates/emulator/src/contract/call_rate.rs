//! The call rate of an operation.

use ivs_model::knowledge::PerCall;
use ivs_model::{Authority, Model};

/// A call rate of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRate {
    /// Calls per second, and the size of a burst (the real burst is unknown, fact `call-rate-bursts`).
    pub(crate) per_second: u32,
    /// The input member that names the resource, if the rate applies per resource.
    pub(crate) resource: Option<&'static str>,
}

impl CallRate {
    /// Returns the lowest documented or observed rate per account and per resource. Inferred rates are not enforced.
    pub(super) fn of(model: &'static Model, operation: &'static ivs_model::Operation) -> Vec<Self> {
        let known = || {
            let rates = ivs_model::bundled::knowledge().rates_of(operation.id);
            rates.filter(|rate| rate.authority != Authority::Inferred)
        };
        let lowest = |per: PerCall| known().filter(|rate| rate.per == per).map(|rate| rate.per_second).min();
        let members = model.members(operation.input);
        let names_resource = |member: &&ivs_model::Member| {
            let pattern = model.shape(member.shape).pattern.as_ref();
            member.required && pattern.is_some_and(|pattern| pattern.as_str().starts_with("arn:"))
        };
        let resource = members.iter().find(names_resource).map(|member| member.name.as_str());
        let per_account = lowest(PerCall::Account).map(|per_second| Self { per_second, resource: None });
        let per_resource = lowest(PerCall::Resource).zip(resource);
        let per_resource = per_resource.map(|(per_second, member)| Self { per_second, resource: Some(member) });
        // The narrower rate comes first: a call that it refuses does not count for the account.
        per_resource.into_iter().chain(per_account).collect()
    }
}
