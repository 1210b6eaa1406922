//! The checks that every single answer passes: status, error name, and the length its status implies.

use std::sync::Arc;

use ivs_generators::{Authority, ExpectedError};

use crate::answer::{Answer, Class};
use crate::template::Template;

/// What a step wants for an answer.
#[derive(Debug, Clone)]
pub enum Expect {
    /// The operation's success.
    Success,
    /// One of these errors, name and status, and why.
    Rejection(Arc<[ExpectedError]>, Authority),
    /// Anything that is no breach: cleaning up takes what comes.
    Anything,
}

/// A departure from the contract that one answer, or a history of answers, shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The check, such as `lost-write`.
    pub check: &'static str,
    /// Why another answer was due.
    pub authority: Authority,
    /// JSON pointer into the answer; empty for the whole.
    pub pointer: &'static str,
    /// What was due.
    pub expected: String,
    /// What came, without secrets.
    pub actual: String,
    /// Where the rule stands.
    pub rule: &'static str,
}

/// The class of one answer, the error it names, and what it breaks.
pub(crate) struct Verdict {
    pub(crate) class: Class,
    pub(crate) error: Option<String>,
    pub(crate) breach: Option<Breach>,
}

/// Judges one answer.
pub(crate) fn inspect(template: &Template, expect: &Expect, answer: &Answer) -> Verdict {
    if (200..300).contains(&answer.status) {
        return accepted(template, expect, answer);
    }
    let error = answer.error_name();
    let verdict = |class, breach| Verdict { class, error: error.clone(), breach };
    let name = error.as_deref().unwrap_or("");
    if answer.status == 429 || name == "ThrottlingException" {
        let breach = (answer.status != 429).then(|| Breach {
            check: "error-status",
            authority: Authority::Model,
            pointer: "",
            expected: "ThrottlingException with status 429".to_owned(),
            actual: format!("status {}", answer.status),
            rule: "facts 1.5",
        });
        return verdict(Class::Throttled, breach);
    }
    let declared = template.declared.iter().find(|(known, _)| known == name);
    let anywhere = ivs_model::bundled::knowledge().is_allowed_anywhere(name, answer.status);
    let right_status = declared.is_some_and(|(_, status)| *status == answer.status) || anywhere;
    if let Expect::Rejection(wanted, authority) = expect {
        if wanted.iter().any(|wanted| wanted.code == name && wanted.status == answer.status) {
            return verdict(Class::Expected, None);
        }
        // A server in trouble has not judged the request at all.
        let breach = (answer.status < 500).then(|| Breach {
            check: "rejection",
            authority: *authority,
            pointer: "",
            expected: any_of(wanted),
            actual: format!("{} {}", answer.status, or_none(name)),
            rule: "the case's expectation",
        });
        let class = if right_status { Class::Declared } else { Class::Undeclared };
        return verdict(class, breach);
    }
    if right_status {
        let class = if matches!(expect, Expect::Anything) { Class::Expected } else { Class::Declared };
        return verdict(class, None);
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
        // 404, 405 and 501 without a known name are absent operations: coverage, not divergence. 5xx is trouble.
        None if matches!(answer.status, 400..=499) && !matches!(answer.status, 404 | 405) => Some(Breach {
            check: "declared-errors",
            authority: Authority::Model,
            pointer: "",
            expected: "an error that the operation declares".to_owned(),
            actual: format!("{} {}", answer.status, or_none(name)),
            rule: "the model's errors; facts 1.5",
        }),
        None => None,
    };
    verdict(Class::Undeclared, breach)
}

fn accepted(template: &Template, expect: &Expect, answer: &Answer) -> Verdict {
    let wrong = |check, authority, expected: String, actual: String, rule| Verdict {
        class: Class::Undeclared,
        error: None,
        breach: Some(Breach { check, authority, pointer: "", expected, actual, rule }),
    };
    if let Expect::Rejection(wanted, authority) = expect {
        let actual = format!("accepted with status {}", answer.status);
        return wrong("rejection", *authority, any_of(wanted), actual, "the case's expectation");
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
        let expected = "a whole JSON object".to_owned();
        return wrong(
            "length",
            Authority::Protocol,
            expected,
            format!("{length} bytes of something else"),
            "restJson1",
        );
    }
    Verdict { class: Class::Expected, error: None, breach: None }
}

fn any_of(errors: &[ExpectedError]) -> String {
    let named: Vec<String> = errors.iter().map(|error| format!("{} {}", error.status, error.code)).collect();
    named.join(" or ")
}

fn or_none(name: &str) -> &str {
    if name.is_empty() { "without an error name" } else { name }
}
