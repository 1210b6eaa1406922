//! A body says that it is JSON. Of blobs and texts the model does not say the content type.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::{Body, ResponseView};
use crate::{CheckInfo, Grouping, Mismatch};

/// The content type of successes and errors, each a site of its own.
pub(crate) struct ContentType;

static RULE: CheckInfo = CheckInfo {
    check: "content-type",
    authority: Authority::Protocol,
    source: "restJson1: Content-Type of a body is application/json",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "A body has the content type `application/json`.",
    right: &["< HTTP/1.1 200", "< content-type: application/json", r#"< {"channels":[]}"#],
    wrong: &["< HTTP/1.1 200", "< content-type: text/plain", r#"< {"channels":[]}"#],
    causes: &[
        "The default content type of the web framework.",
        "A content type that is set for successes and forgotten for errors.",
    ],
};

impl UniversalCheck for ContentType {
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
        let is_json = !matches!(view.body, Body::Empty | Body::Raw);
        let applies = (view.is_success() || view.is_error()) && is_json && view.response.status != 204;
        let value = view.response.header("content-type");
        let media = value.and_then(|value| value.split(';').next()).map(str::trim);
        if !applies || media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
            return Ok(Vec::new());
        }
        Ok(vec![Mismatch::new(view.side(), "application/json", value.unwrap_or("no content type"))])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, answer, channel, create, error, get, with_header};

    pub(super) fn found_in() -> FoundIn {
        vec![
            ("success", create(with_header(answer(200, channel()), "content-type", "text/html"))),
            ("error", get(with_header(error(404, "ResourceNotFoundException"), "content-type", ""))),
        ]
    }
}
