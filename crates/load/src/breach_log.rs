//! The contract breaches of a worker, counted by check, step and case.

use ivs_client::Exchange;
use ivs_model::CaseId;

use crate::inspection::Breach;
use crate::step_id::StepId;

/// The place where a breach occurred.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BreachKey {
    pub(crate) check: &'static str,
    pub(crate) step: StepId,
    pub(crate) case: Option<CaseId>,
}

/// A breach, its count and the first exchange that had it.
pub(crate) struct RecordedBreach {
    pub(crate) breach: Breach,
    pub(crate) count: u64,
    pub(crate) exchange: Exchange,
    pub(crate) valid: bool,
}
