//! Members bound to headers do not stand in the body.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// The CORS members of some outputs, and the error type of errors.
pub(crate) struct HeaderMemberInBody;

static RULE: Rule = Rule {
    check: "header-member-in-body",
    authority: Authority::Model,
    source: "the model's `httpHeader` trait: such a member is bound to the header alone (facts sections 1.6 and 10, P12)",
    grouping: Grouping::Operations,
};

impl Check for HeaderMemberInBody {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (true, Some((_, reading))) = (subject.is_success() || subject.is_error(), subject.reading()) else {
            return Ok(Vec::new());
        };
        let departures = reading.header_bound.iter().map(|place| {
            Departure::new(place.site.clone(), "in the header only", "a member of the body").at(place.pointer.clone())
        });
        Ok(departures.collect())
    }
}
