//! An answer is a success or an error, never 1xx or 3xx.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// No operation of a restJson1 service redirects or ends in an interim answer.
pub(crate) struct UnmodeledStatus;

static RULE: Rule = Rule {
    check: "unmodeled-status",
    authority: Authority::Protocol,
    source: "restJson1: an answer is the operation's success or an error; the models have no 1xx and 3xx",
    grouping: Grouping::Operations,
};

impl Check for UnmodeledStatus {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let status = subject.response.status;
        let modeled = (200..300).contains(&status) || (400..600).contains(&status);
        if !subject.is_own() || modeled {
            return Ok(Vec::new());
        }
        let expected = format!("status {} or an error of 4xx or 5xx", subject.operation.success_status);
        Ok(vec![Departure::new("", expected, format!("status {status}"))])
    }
}
