//! A body is a JSON object, unless the model binds it to something else.

use ivs_model::Authority;
use serde::de::IgnoredAny;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::{Body, ResponseView};
use crate::{CheckInfo, Grouping, Mismatch};

/// HTML, plain text, a JSON list or broken UTF-8 where a JSON object belongs.
pub(crate) struct BodyJson;

/// The name of the check.
pub const BODY_JSON: &str = RULE.check;

const RULE: CheckInfo = CheckInfo {
    check: "body-json",
    authority: Authority::Protocol,
    source: "restJson1: outputs and errors are JSON objects in UTF-8",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "The body of a success or an error is one JSON object in UTF-8.",
    right: &["< HTTP/1.1 404", "< content-type: application/json", r#"< {"exceptionMessage":"Resource not found"}"#],
    wrong: &["< HTTP/1.1 404", "< content-type: text/html", "< <!doctype html><title>404 Not Found</title>"],
    causes: &[
        "The error page of the web framework or of a proxy in front of the endpoint.",
        "An unhandled exception that the framework renders as text.",
    ],
};

impl UniversalCheck for BodyJson {
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
        if !(view.is_success() || view.is_error()) || view.response.status == 204 {
            return Ok(Vec::new());
        }
        let actual = match &view.body {
            Body::Empty | Body::Json(_) | Body::Raw => return Ok(Vec::new()),
            Body::Other if is_html(&view.response.body) => "HTML",
            Body::Other if std::str::from_utf8(&view.response.body).is_err() => "bytes that are no UTF-8",
            Body::Other if serde_json::from_slice::<IgnoredAny>(&view.response.body).is_ok() => {
                "JSON that is no object"
            }
            Body::Other => "text that is no JSON",
        };
        Ok(vec![Mismatch::new(view.side(), "a JSON object", actual)])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

fn is_html(body: &[u8]) -> bool {
    let head: Vec<u8> = body
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(9)
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    head.starts_with(b"<!doctype") || head.starts_with(b"<html")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, create, error, get, with_body};

    pub(super) fn found_in() -> FoundIn {
        vec![
            ("success", create(with_body(answer(200, json!({})), b"<html></html>"))),
            ("error", get(with_body(error(404, "ResourceNotFoundException"), b"[1]"))),
        ]
    }
}
