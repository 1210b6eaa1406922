//! An error says in words what is wrong, in the member that the model has for it.

use ivs_model::{Authority, Location, Member, ShapeKind};
use serde_json::Value;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::{Body, ResponseView};
use crate::{CheckInfo, Grouping, Mismatch};

/// `exceptionMessage` in ivs and Real-Time. It is optional in the model, so a lack of it is a warning; where a text is
/// required (chat), the check on required members says so.
pub(crate) struct ErrorText;

/// Members that generic clients read.
const OTHERS: [&str; 3] = ["message", "Message", "errorMessage"];

static RULE: CheckInfo = CheckInfo {
    check: "error-text",
    authority: Authority::Inferred,
    source: "the model's text member of the error; generic clients read `message` (facts: error-text-members, P05)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "An error has a text in the member of the model: `exceptionMessage` in ivs and ivs-realtime, `message` in ivschat.",
    right: &[
        "< HTTP/1.1 404",
        "< x-amzn-errortype: ResourceNotFoundException",
        r#"< {"exceptionMessage":"Resource not found"}"#,
    ],
    wrong: &["< HTTP/1.1 404", "< x-amzn-errortype: ResourceNotFoundException", "< {}"],
    causes: &["The text is in `message` or `Message`, as in other AWS services."],
};

impl UniversalCheck for ErrorText {
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
        let (true, Some(shape), Some(name)) = (view.is_error(), view.error_shape, &view.error) else {
            return Ok(Vec::new());
        };
        let is_text = |member: &&Member| {
            member.location == Location::Body && view.model.shape(member.shape).kind == ShapeKind::String
        };
        let mut texts = view.model.members(Some(shape)).iter().filter(is_text);
        let (Some(text), None) = (texts.next(), texts.next()) else { return Ok(Vec::new()) };
        if text.required {
            return Ok(Vec::new());
        }
        let body = match &view.body {
            Body::Json(body) => body,
            Body::Empty => &Value::Null,
            Body::Raw | Body::Other => return Ok(Vec::new()),
        };
        let holds = |key: &str| body.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if holds(&text.wire_name) {
            return Ok(Vec::new());
        }
        let (site, actual) = match OTHERS.into_iter().find(|key| holds(key)) {
            Some(key) => ("elsewhere", format!("{}: the text stands only in `{key}`", name.name)),
            None => ("absent", format!("{}: no text", name.name)),
        };
        let expected = format!("a text in `{}`", text.wire_name);
        Ok(vec![Mismatch::new(site, expected, actual).at(format!("/{}", text.wire_name))])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, error, get, with_body};

    pub(super) fn found_in() -> FoundIn {
        vec![
            ("elsewhere", get(with_body(error(404, "ResourceNotFoundException"), br#"{"message":"a"}"#))),
            ("absent", get(with_body(error(404, "ResourceNotFoundException"), b"{}"))),
        ]
    }
}
