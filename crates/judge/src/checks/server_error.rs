//! A whole, signed request is not answered by 5xx.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// A 5xx to a request that keeps every rule.
pub(crate) struct ServerError;

static RULE: CheckInfo = CheckInfo {
    check: "server-error",
    authority: Authority::Protocol,
    source: "HTTP (RFC 9110, 15.6): 5xx says that the server failed on a request that keeps every rule",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "A complete, signed request is not answered with a 5xx status.",
    right: &["> POST /CreateChannel", r#"> {"name":"<128 characters>"}"#, "< HTTP/1.1 200"],
    wrong: &["> POST /CreateChannel", r#"> {"name":"<128 characters>"}"#, "< HTTP/1.1 500"],
    causes: &["An unhandled exception in the handler. The exchange of the finding has the input that triggers it."],
};

impl UniversalCheck for ServerError {
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
        let status = view.response.status;
        if !view.is_own() || !view.context.well_formed || status < 500 {
            return Ok(Vec::new());
        }
        let name = view.error.as_ref().map(|error| error.name.as_str());
        // `StreamUnavailable` and `ServiceUnavailable` are answers of the model to a state of the service.
        if status == 503 && name.is_some_and(|name| view.declares(name)) {
            return Ok(Vec::new());
        }
        let actual = name.map_or_else(|| format!("status {status}"), |name| format!("status {status} {name}"));
        Ok(vec![Mismatch::new(status.to_string(), "no 5xx to a well-formed request", actual)])
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
        vec![("500", get(error(500, "InternalServerException")))]
    }
}
