//! Every answer has a request id.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// The header by which a call is found again in logs. Its form is not settled; that ids differ is judged over the run.
pub(crate) struct RequestId;

/// The header, in lower case.
pub(crate) const HEADER: &str = "x-amzn-requestid";

static RULE: Rule = Rule {
    check: "request-id",
    authority: Authority::Observed,
    source: "x-amzn-requestid in captures of the service and in the model's CORS trait (facts sections 1.6 and 10, P13)",
    grouping: Grouping::Operations,
};

impl Check for RequestId {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let applies = subject.is_success() || subject.is_error();
        let present = subject.response.header(HEADER).is_some_and(|id| !id.trim().is_empty());
        if !applies || present {
            return Ok(Vec::new());
        }
        let departure = |site| Departure::new(site, "the header x-amzn-requestid", "no such header");
        // What answers a path or method that the model does not have is not recorded for IVS.
        let routed = subject.context.routed;
        Ok(vec![if routed { departure("") } else { departure("unrouted").because(Authority::Inferred) }])
    }
}
