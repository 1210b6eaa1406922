//! The checks on every response: status, error name, and the length that the status implies.

use std::sync::Arc;

use ivs_generators::{Authority, ExpectedError};

use crate::class::AnswerClass;
use crate::step::StepTemplate;
use crate::transport::HttpAnswer;

/// The response that a step expects.
#[derive(Debug, Clone)]
pub enum ExpectedAnswer {
    /// The operation's success status.
    Success,
    /// One of these errors, with the authority behind the expectation.
    Rejection(Arc<[ExpectedError]>, Authority),
    /// Any response without a violation, for cleanup.
    Anything,
}

/// A contract breach shown by one response or by a history of responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The check, such as `lost-write`.
    pub check: &'static str,
    /// The authority behind the expectation.
    pub authority: Authority,
    /// JSON pointer into the response; empty for the whole.
    pub pointer: &'static str,
    /// The expectation.
    pub expected: String,
    /// The observation, without secrets.
    pub actual: String,
    /// The source of the rule.
    pub rule: &'static str,
}

impl Breach {
    /// Creates the breach of a successful response that lacks a value which later steps need.
    #[must_use]
    pub fn missing(pointer: &'static str) -> Self {
        Self {
            check: "output",
            authority: Authority::Model,
            pointer,
            expected: "a value".to_owned(),
            actual: "none".to_owned(),
            rule: "the model's output shape",
        }
    }
}

/// The class of one response, its error name, and its breach.
pub(crate) struct Inspection {
    pub(crate) class: AnswerClass,
    pub(crate) error: Option<String>,
    pub(crate) breach: Option<Breach>,
}

/// Inspects one response.
pub(crate) fn inspect(template: &StepTemplate, expect: &ExpectedAnswer, answer: &HttpAnswer) -> Inspection {
    if (200..300).contains(&answer.status) {
        return accepted(template, expect, answer);
    }
    let error = answer.error_name();
    let inspection = |class, breach| Inspection { class, error: error.clone(), breach };
    let name = error.as_deref().unwrap_or("");
    if answer.status == 429 || name == "ThrottlingException" {
        let breach = (answer.status != 429).then(|| Breach {
            check: "error-status",
            authority: Authority::Model,
            pointer: "",
            expected: "ThrottlingException with status 429".to_owned(),
            actual: format!("status {}", answer.status),
            rule: "facts: modeled-errors",
        });
        return inspection(AnswerClass::Throttled, breach);
    }
    let declared = template.declared.iter().find(|(known, _)| known == name);
    let anywhere = ivs_model::bundled::knowledge().is_allowed_anywhere(name, answer.status);
    let right_status = declared.is_some_and(|(_, status)| *status == answer.status) || anywhere;
    if let ExpectedAnswer::Rejection(expected, authority) = expect {
        if expected.iter().any(|error| error.code == name && error.status == answer.status) {
            return inspection(AnswerClass::Expected, None);
        }
        // A failing server has not evaluated the request.
        let breach = (answer.status < 500).then(|| Breach {
            check: "rejection",
            authority: *authority,
            pointer: "",
            expected: any_of(expected),
            actual: format!("{} {}", answer.status, or_none(name)),
            rule: "the case's expectation",
        });
        let class = if right_status { AnswerClass::Declared } else { AnswerClass::Undeclared };
        return inspection(class, breach);
    }
    if right_status {
        let class =
            if matches!(expect, ExpectedAnswer::Anything) { AnswerClass::Expected } else { AnswerClass::Declared };
        return inspection(class, None);
    }
    let breach = match declared {
        Some((name, status)) => Some(Breach {
            check: "error-status",
            authority: Authority::Model,
            pointer: "",
            expected: format!("{name} with status {status}"),
            actual: format!("status {}", answer.status),
            rule: "the model's error status",
        }),
        // 404, 405 and 501 without a known name mean an absent operation, which is coverage. 5xx is an outage.
        None if matches!(answer.status, 400..=499) && !matches!(answer.status, 404 | 405) => Some(Breach {
            check: "declared-errors",
            authority: Authority::Model,
            pointer: "",
            expected: "an error that the operation declares".to_owned(),
            actual: format!("{} {}", answer.status, or_none(name)),
            rule: "the model's errors; facts: modeled-errors",
        }),
        None => None,
    };
    inspection(AnswerClass::Undeclared, breach)
}

fn accepted(template: &StepTemplate, expect: &ExpectedAnswer, answer: &HttpAnswer) -> Inspection {
    let wrong = |check, authority, expected: String, actual: String, rule| Inspection {
        class: AnswerClass::Undeclared,
        error: None,
        breach: Some(Breach { check, authority, pointer: "", expected, actual, rule }),
    };
    if let ExpectedAnswer::Rejection(expected, authority) = expect {
        let actual = format!("accepted with status {}", answer.status);
        return wrong("rejection", *authority, any_of(expected), actual, "the case's expectation");
    }
    if answer.status != template.success {
        let expected = format!("status {}", template.success);
        return wrong(
            "status",
            Authority::Model,
            expected,
            format!("status {}", answer.status),
            "the model's http trait",
        );
    }
    let length = answer.body.len();
    if answer.status == 204 && length > 0 {
        return wrong(
            "length",
            Authority::Protocol,
            "no body".to_owned(),
            format!("{length} bytes"),
            "RFC 9110, 15.3.5",
        );
    }
    let object = answer.body.trim_ascii();
    if template.answers_json && !(object.starts_with(b"{") && object.ends_with(b"}")) {
        let expected = "a complete JSON object".to_owned();
        return wrong(
            "length",
            Authority::Protocol,
            expected,
            format!("{length} bytes of something else"),
            "restJson1",
        );
    }
    Inspection { class: AnswerClass::Expected, error: None, breach: None }
}

fn any_of(errors: &[ExpectedError]) -> String {
    let named: Vec<String> = errors.iter().map(|error| format!("{} {}", error.status, error.code)).collect();
    named.join(" or ")
}

fn or_none(name: &str) -> &str {
    if name.is_empty() { "without an error name" } else { name }
}
