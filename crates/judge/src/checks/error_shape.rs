//! The body of an error keeps the shape that the model gives it.

use ivs_model::{Authority, ConstraintKind};

use crate::allowance::is_authentication;
use crate::check::{Check, Undecided};
use crate::shape_text::{broken, constraint_name};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule, wire};

/// Required members, types and enumerations of error bodies: chat's `reason`, `resourceId`, `resourceType`, `limit`.
pub(crate) struct ErrorShape;

static RULE: Rule = Rule {
    check: "error-shape",
    authority: Authority::Model,
    source: "the model's error shape (facts sections 1.5 and 10, P09)",
    grouping: Grouping::Operations,
};

impl Check for ErrorShape {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (true, Some((shape, reading)), Some(error)) = (subject.is_error(), subject.reading(), &subject.error)
        else {
            return Ok(Vec::new());
        };
        // A throttling or authentication answer may come from a gateway that knows no model.
        let made_by_gateway = subject.response.status == 429 || is_authentication(subject.knowledge, &error.name);
        if made_by_gateway {
            return Ok(Vec::new());
        }
        let departures = subject.violations().iter().map(|violation| {
            let site = wire::site(subject.model, shape, &violation.pointer, violation.of_key);
            let departure = broken(subject.model, shape, &reading.value, violation);
            let site = format!("{}{site}#{}", error.name, constraint_name(violation.constraint));
            // What stands in the ids and types of error bodies was never seen (facts section 1.5).
            let open = matches!(
                violation.constraint,
                ConstraintKind::Enum | ConstraintKind::Pattern | ConstraintKind::MinLength | ConstraintKind::MaxLength
            );
            let departure = Departure { site, ..departure };
            if open && !declares_reason(violation.pointer.as_str()) {
                departure.because(Authority::Inferred)
            } else {
                departure
            }
        });
        let tolerated = |departure: &Departure| {
            departure.authority == Some(Authority::Inferred) && departure.site.ends_with("/resourceType#enum")
        };
        Ok(departures.filter(|departure| !tolerated(departure)).collect())
    }
}

fn declares_reason(pointer: &str) -> bool {
    pointer == "/reason"
}
