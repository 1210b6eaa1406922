//! What is unset is left out, not null.

use std::collections::BTreeMap;

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// `"nextToken": null` on the last page. Clients read it as absent, so it is a warning.
pub(crate) struct NullMember;

static RULE: Rule = Rule {
    check: "null-member",
    authority: Authority::Inferred,
    source: "restJson1: a server should leave out what is unset (facts section 9: absent preferred)",
    grouping: Grouping::Operations,
};

impl Check for NullMember {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (true, Some((_, reading))) = (subject.is_success(), subject.reading()) else { return Ok(Vec::new()) };
        let departures: BTreeMap<&String, Departure> = reading
            .nulls
            .iter()
            .rev()
            .map(|place| (&place.site, Departure::new(place.site.clone(), "absent", "null").at(place.pointer.clone())))
            .collect();
        Ok(departures.into_values().collect())
    }
}
