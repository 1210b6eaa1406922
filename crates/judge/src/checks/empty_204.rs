//! A 204 has no body.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::{Body, ResponseView};
use crate::{CheckInfo, Grouping, Mismatch};

/// Neither bytes nor the promise of them: a body after 204 is read as the start of the next answer.
pub(crate) struct Empty204;

static RULE: CheckInfo = CheckInfo {
    check: "empty-204",
    authority: Authority::Protocol,
    source: "HTTP (RFC 9110, 15.3.5): 204 ends after the header section (facts: P02)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "A 204 response has no body, and no Content-Length other than 0.",
    right: &["> POST /DeleteChannel", "< HTTP/1.1 204"],
    wrong: &["> POST /DeleteChannel", "< HTTP/1.1 204", "< content-length: 2", "< {}"],
    causes: &[
        "A response writer that always serializes the output. On a kept connection the client reads the body as the next response.",
    ],
};

impl UniversalCheck for Empty204 {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        if view.response.status != 204 || !view.is_own() {
            return Ok(Vec::new());
        }
        let promised = view.response.header("content-length").filter(|length| length.trim() != "0");
        let actual = match (&view.body, promised) {
            (Body::Empty, None) => return Ok(Vec::new()),
            (Body::Empty, Some(length)) => format!("Content-Length: {length}"),
            _ => format!("a body of {} bytes", view.response.body.len()),
        };
        Ok(vec![Mismatch::new("", "no body", actual)])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{ARN, FoundIn, answer, answered, call, with_body};

    pub(super) fn found_in() -> FoundIn {
        let delete = call("ivs.DeleteChannel", &json!({"arn": ARN}));
        vec![("", answered(delete, with_body(answer(204, json!({})), b"{}")))]
    }
}
