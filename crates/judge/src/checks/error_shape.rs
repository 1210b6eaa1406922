//! The body of an error keeps the shape that the model gives it.

use ivs_model::{Authority, ConstraintKind};

use crate::allowance::is_authentication;
use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::shape_text::{broken, constraint_name};
use crate::{CheckInfo, Grouping, Mismatch, wire};

/// Required members, types and enumerations of error bodies: chat's `reason`, `resourceId`, `resourceType`, `limit`.
pub(crate) struct ErrorShape;

static RULE: CheckInfo = CheckInfo {
    check: "error-shape",
    authority: Authority::Model,
    source: "the model's error shape (facts: modeled-errors, P09)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "The body of an error has the required members, types and enumeration values of its model shape.",
    right: &[
        "> POST /GetRoom (ivschat)",
        "< HTTP/1.1 404",
        r#"< {"message":"…","resourceId":"arn:aws:ivschat:…","resourceType":"ROOM"}"#,
    ],
    wrong: &["> POST /GetRoom (ivschat)", "< HTTP/1.1 404", r#"< {"message":"…"}"#],
    causes: &["One error body for all services. Errors of ivschat have more members than those of ivs."],
};

impl UniversalCheck for ErrorShape {
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
        let (true, Some((shape, reading)), Some(error)) = (view.is_error(), view.reading(), &view.error) else {
            return Ok(Vec::new());
        };
        // A throttling or authentication answer may come from a gateway that knows no model.
        let made_by_gateway = view.response.status == 429 || is_authentication(view.knowledge, &error.name);
        if made_by_gateway {
            return Ok(Vec::new());
        }
        let mismatches = view.violations().iter().map(|violation| {
            let site = wire::site(view.model, shape, &violation.pointer, violation.of_key);
            let mismatch = broken(view.model, shape, &reading.value, violation);
            let site = format!("{}{site}#{}", error.name, constraint_name(violation.constraint));
            // What stands in the ids and types of error bodies was never seen (fact `errors-of-chat`).
            let open = matches!(
                violation.constraint,
                ConstraintKind::Enum | ConstraintKind::Pattern | ConstraintKind::MinLength | ConstraintKind::MaxLength
            );
            let mismatch = Mismatch { site, ..mismatch };
            if open && !declares_reason(violation.pointer.as_str()) {
                mismatch.because(Authority::Inferred)
            } else {
                mismatch
            }
        });
        let tolerated = |mismatch: &Mismatch| {
            mismatch.authority == Some(Authority::Inferred) && mismatch.site.ends_with("/resourceType#enum")
        };
        Ok(mismatches.filter(|mismatch| !tolerated(mismatch)).collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

fn declares_reason(pointer: &str) -> bool {
    pointer == "/reason"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, chat_error, room};

    pub(super) fn found_in() -> FoundIn {
        let nameless = json!({"message": "a", "resourceType": "ROOM"});
        let unknown = json!({"message": "a", "reason": "BAD"});
        vec![
            (
                "ResourceNotFoundException/resourceId#required",
                room(chat_error(404, "ResourceNotFoundException", nameless)),
            ),
            ("ValidationException/reason#enum", room(chat_error(400, "ValidationException", unknown))),
        ]
    }
}
