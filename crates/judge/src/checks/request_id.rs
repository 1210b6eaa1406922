//! Every answer has a request id.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// The header by which a call is found again in logs. Its form is not settled; that ids differ is judged over the run.
pub(crate) struct RequestId;

/// The header, in lower case.
pub(crate) const HEADER: &str = "x-amzn-requestid";

static RULE: CheckInfo = CheckInfo {
    check: "request-id",
    authority: Authority::Observed,
    source: "x-amzn-requestid in captures of the service and in the model's CORS trait (facts: P13)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "Every response has a request ID in the header `x-amzn-RequestId`.",
    right: &["< HTTP/1.1 200", "< x-amzn-requestid: 6f1c2c1e-5a7b-4a0c-9f5d-3f6f0a7c9b11"],
    wrong: &["< HTTP/1.1 200"],
    causes: &["The header is added by the handlers of some operations instead of once for all responses."],
};

impl UniversalCheck for RequestId {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Any
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let applies = view.is_success() || view.is_error();
        let present = view.response.header(HEADER).is_some_and(|id| !id.trim().is_empty());
        if !applies || present {
            return Ok(Vec::new());
        }
        let mismatch = |site| {
            let mismatch = Mismatch::new(site, "the header x-amzn-requestid", "no such header");
            if view.knowledge.describes(&view.model.service.id) {
                return mismatch;
            }
            // Of other services nothing is recorded.
            mismatch.because(Authority::Inferred).from_source("AWS SDKs read the id of a request from this header")
        };
        // What answers a path or method that the model does not have is not recorded for IVS.
        let routed = view.context.routed;
        Ok(vec![if routed { mismatch("") } else { mismatch("unrouted").because(Authority::Inferred) }])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, answer, channel, create, with_header};

    pub(super) fn found_in() -> FoundIn {
        vec![("", create(with_header(answer(200, channel()), "x-amzn-requestid", "")))]
    }
}
