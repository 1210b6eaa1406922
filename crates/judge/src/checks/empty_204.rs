//! A 204 has no body.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::{Body, Subject};
use crate::{Departure, Grouping, Rule};

/// Neither bytes nor the promise of them: a body after 204 is read as the start of the next answer.
pub(crate) struct Empty204;

static RULE: Rule = Rule {
    check: "empty-204",
    authority: Authority::Protocol,
    source: "HTTP (RFC 9110, 15.3.5): 204 ends after the header section (facts section 10, P02)",
    grouping: Grouping::Operations,
};

impl Check for Empty204 {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        if subject.response.status != 204 || !subject.is_own() {
            return Ok(Vec::new());
        }
        let promised = subject.response.header("content-length").filter(|length| length.trim() != "0");
        let actual = match (&subject.body, promised) {
            (Body::Empty, None) => return Ok(Vec::new()),
            (Body::Empty, Some(length)) => format!("Content-Length: {length}"),
            _ => format!("a body of {} bytes", subject.response.body.len()),
        };
        Ok(vec![Departure::new("", "no body", actual)])
    }
}
