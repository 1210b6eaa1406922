//! The error's name is one that the operation declares, or one that every operation may answer.

use ivs_model::Authority;

use crate::allowance;
use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// An undeclared name reaches a client as an unknown error.
pub(crate) struct ErrorDeclared;

static RULE: Rule = Rule {
    check: "error-declared",
    authority: Authority::Model,
    source: "the model's error list of the operation, with throttling, authentication and 5xx (facts section 10, P06)",
    grouping: Grouping::Operations,
};

impl Check for ErrorDeclared {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (true, Some(error)) = (subject.is_error(), &subject.error) else { return Ok(Vec::new()) };
        let status = subject.response.status;
        let allowed = subject.declares(&error.name)
            || status == 429
            || status >= 500
            || allowance::allows(subject.knowledge, &error.name, status, subject.context.well_formed);
        if allowed {
            return Ok(Vec::new());
        }
        let names: Vec<&str> =
            subject.operation.errors.iter().map(|shape| subject.model.shape(*shape).name.as_str()).collect();
        let mut departure = Departure::new(
            error.name.clone(),
            format!("one of {}", names.join(", ")),
            format!("{status} {}", error.name),
        );
        if subject.error_shape.is_some() {
            // The lists are known to be incomplete; a name of the service itself may be one more gap.
            departure = departure.because(Authority::Inferred);
        }
        Ok(vec![departure])
    }
}
