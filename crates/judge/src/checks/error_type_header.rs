//! An error names itself in the header `x-amzn-ErrorType`.

use ivs_client::Carrier;
use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// The header is the only carrier of the error's name that every client reads.
pub(crate) struct ErrorTypeHeader;

static RULE: CheckInfo = CheckInfo {
    check: "error-type-header",
    authority: Authority::Protocol,
    source: "restJson1, operation error serialization: header X-Amzn-Errortype (facts: error-identification, P04)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "An error response has its name in the header `x-amzn-ErrorType`.",
    right: &["< HTTP/1.1 404", "< x-amzn-errortype: ResourceNotFoundException"],
    wrong: &["< HTTP/1.1 404", r#"< {"__type":"ResourceNotFoundException"}"#],
    causes: &[
        "Errors serialized for another protocol (JSON 1.1 has the name in `__type` only).",
        "An error that a proxy or the framework made.",
    ],
};

impl UniversalCheck for ErrorTypeHeader {
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
        if !view.is_error() {
            return Ok(Vec::new());
        }
        let actual = match &view.error {
            Some(error) if error.carrier == Carrier::Header => return Ok(Vec::new()),
            Some(error) => format!("status {}, no such header; the body names {}", view.response.status, error.name),
            None => format!("status {}, no such header, and no name in the body", view.response.status),
        };
        let site = if view.error.is_some() { "header" } else { "nameless" };
        let expected = "the error's name in the header x-amzn-ErrorType";
        if !view.context.routed {
            // What answers a path or method that the model does not have is not recorded for IVS.
            return Ok(vec![Mismatch::new("unrouted", expected, actual).because(Authority::Inferred)]);
        }
        Ok(vec![Mismatch::new(site, expected, actual)])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, error, get, with_body, with_header};

    pub(super) fn found_in() -> FoundIn {
        let body = br#"{"__type":"ResourceNotFoundException","exceptionMessage":"a"}"#;
        vec![
            ("header", get(with_header(with_body(error(404, ""), body), "x-amzn-errortype", ""))),
            ("nameless", get(answer(400, json!({"message": "a"})))),
        ]
    }
}
