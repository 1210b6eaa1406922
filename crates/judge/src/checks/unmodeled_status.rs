//! An answer is a success or an error, never 1xx or 3xx.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// No operation of a restJson1 service redirects or ends in an interim answer.
pub(crate) struct UnmodeledStatus;

static RULE: CheckInfo = CheckInfo {
    check: "unmodeled-status",
    authority: Authority::Protocol,
    source: "restJson1: an answer is the operation's success or an error; the models have no 1xx and 3xx",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "A response is a success (2xx) or an error (4xx, 5xx), never 1xx or 3xx.",
    right: &["> POST /GetChannel", "< HTTP/1.1 200"],
    wrong: &["> POST /GetChannel", "< HTTP/1.1 301", "< location: /GetChannel/"],
    causes: &["A router that redirects to a path with a trailing slash, or to HTTPS."],
};

impl UniversalCheck for UnmodeledStatus {
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
        let modeled = (200..300).contains(&status) || (400..600).contains(&status);
        if !view.is_own() || modeled {
            return Ok(Vec::new());
        }
        let expected = format!("status {} or an error of 4xx or 5xx", view.operation.success_status);
        Ok(vec![Mismatch::new("", expected, format!("status {status}"))])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, chat_error, get, room, with_header};

    pub(super) fn found_in() -> FoundIn {
        let missing = json!({"message": "a", "resourceId": "abcdABCDefgh", "resourceType": "ROOM"});
        vec![
            ("", get(with_header(answer(302, json!({})), "location", "http://example.net"))),
            ("", room(chat_error(302, "", missing))),
        ]
    }
}
