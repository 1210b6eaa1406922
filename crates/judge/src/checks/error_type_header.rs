//! An error names itself in the header `x-amzn-ErrorType`.

use ivs_client::Carrier;
use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// The header is the only carrier of the error's name that every client reads.
pub(crate) struct ErrorTypeHeader;

static RULE: Rule = Rule {
    check: "error-type-header",
    authority: Authority::Protocol,
    source: "restJson1, operation error serialization: header X-Amzn-Errortype (facts sections 1.4 and 10, P04)",
    grouping: Grouping::Operations,
};

impl Check for ErrorTypeHeader {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        if !subject.is_error() {
            return Ok(Vec::new());
        }
        let actual = match &subject.error {
            Some(error) if error.carrier == Carrier::Header => return Ok(Vec::new()),
            Some(error) => format!("status {}, no such header; the body names {}", subject.response.status, error.name),
            None => format!("status {}, no such header, and no name in the body", subject.response.status),
        };
        let site = if subject.error.is_some() { "header" } else { "nameless" };
        let expected = "the error's name in the header x-amzn-ErrorType";
        if !subject.context.routed {
            // What answers a path or method that the model does not have is not recorded for IVS.
            return Ok(vec![Departure::new("unrouted", expected, actual).because(Authority::Inferred)]);
        }
        Ok(vec![Departure::new(site, expected, actual)])
    }
}
