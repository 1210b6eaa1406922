//! A body says that it is JSON.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::{Body, Subject};
use crate::{Departure, Grouping, Rule};

/// The content type of successes and errors, each a site of its own.
pub(crate) struct ContentType;

static RULE: Rule = Rule {
    check: "content-type",
    authority: Authority::Protocol,
    source: "restJson1: Content-Type of a body is application/json",
    grouping: Grouping::Operations,
};

impl Check for ContentType {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let applies = (subject.is_success() || subject.is_error())
            && subject.body != Body::Empty
            && subject.response.status != 204;
        let value = subject.response.header("content-type");
        let media = value.and_then(|value| value.split(';').next()).map(str::trim);
        if !applies || media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
            return Ok(Vec::new());
        }
        Ok(vec![Departure::new(subject.side(), "application/json", value.unwrap_or("no content type"))])
    }
}
