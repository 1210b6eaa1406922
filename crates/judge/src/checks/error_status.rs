//! An error has the status that the model gives it.

use ivs_model::Authority;

use crate::allowance;
use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// Status codes are ambiguous alone, so name and status must agree.
pub(crate) struct ErrorStatus;

static RULE: Rule = Rule {
    check: "error-status",
    authority: Authority::Model,
    source: "the model's `httpError` trait of the error (facts sections 1.5 and 10, P04, P07, P08)",
    grouping: Grouping::Operations,
};

impl Check for ErrorStatus {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (true, Some(error)) = (subject.is_error(), &subject.error) else { return Ok(Vec::new()) };
        let status = subject.response.status;
        let modeled = subject.error_shape.and_then(|shape| subject.model.shape(shape).error_status);
        let (statuses, authority) = match modeled {
            Some(modeled) => (vec![modeled], Authority::Model),
            None => {
                (allowance::statuses(subject.knowledge, &error.name, subject.context.well_formed), Authority::Inferred)
            }
        };
        // Without a known status there is nothing to hold the answer to; that the name is unknown is told elsewhere.
        if statuses.is_empty() || statuses.contains(&status) {
            return Ok(Vec::new());
        }
        let listed: Vec<String> = statuses.iter().map(u16::to_string).collect();
        let expected = format!("status {} for {}", listed.join(" or "), error.name);
        Ok(vec![Departure::new(error.name.clone(), expected, format!("status {status}")).because(authority)])
    }
}
