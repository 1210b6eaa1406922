//! An error has the status that the model gives it.

use ivs_model::Authority;

use crate::allowance;
use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// Status codes are ambiguous alone, so name and status must agree.
pub(crate) struct ErrorStatus;

static RULE: CheckInfo = CheckInfo {
    check: "error-status",
    authority: Authority::Model,
    source: "the model's `httpError` trait of the error (facts: modeled-errors, P04, P07, P08)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "An error has the HTTP status that the model gives it.",
    right: &["< HTTP/1.1 402", "< x-amzn-errortype: ServiceQuotaExceededException"],
    wrong: &["< HTTP/1.1 400", "< x-amzn-errortype: ServiceQuotaExceededException"],
    causes: &["One status for all client errors. `ivs-contract explain ERROR` prints the status of each error."],
};

impl UniversalCheck for ErrorStatus {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Error
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let (true, Some(error)) = (view.is_error(), &view.error) else { return Ok(Vec::new()) };
        let status = view.response.status;
        let modeled = view.error_shape.and_then(|shape| view.model.shape(shape).error_status);
        let (statuses, authority) = match modeled {
            Some(modeled) => (vec![modeled], Authority::Model),
            None => (allowance::statuses(view.knowledge, &error.name, view.context.well_formed), Authority::Inferred),
        };
        // Without a known status there is nothing to hold the answer to; that the name is unknown is told elsewhere.
        if statuses.is_empty() || statuses.contains(&status) {
            return Ok(Vec::new());
        }
        let listed: Vec<String> = statuses.iter().map(u16::to_string).collect();
        let expected = format!("status {} for {}", listed.join(" or "), error.name);
        Ok(vec![Mismatch::new(error.name.clone(), expected, format!("status {status}")).because(authority)])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, error, get};

    pub(super) fn found_in() -> FoundIn {
        vec![("ResourceNotFoundException", get(error(400, "ResourceNotFoundException")))]
    }
}
