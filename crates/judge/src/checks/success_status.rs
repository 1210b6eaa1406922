//! A success has the status that the model gives it.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// `DeleteChannel` is 204 and no 200 (facts section 10, P01 to P03).
pub(crate) struct SuccessStatus;

/// The rule, which an accepted case is judged by as well.
pub(crate) static RULE: Rule = Rule {
    check: "success-status",
    authority: Authority::Model,
    source: "the model's `http` trait: status of the operation (facts section 10, P01, P03)",
    grouping: Grouping::Operations,
};

impl Check for SuccessStatus {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (status, modeled) = (subject.response.status, subject.operation.success_status);
        if !subject.is_success() || status == modeled {
            return Ok(Vec::new());
        }
        Ok(vec![Departure::new("", format!("status {modeled}"), format!("status {status}"))])
    }
}
