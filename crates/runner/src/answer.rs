//! What an answer is worth as evidence: whether it is an expected error, tells of the account, or of the operation.

use ivs_generators::ExpectedError;
use ivs_judge::{Answer, Coverage};

/// Whether the answer is one of these errors, name and status.
pub fn is_one_of(answer: &Answer, errors: &[ExpectedError]) -> bool {
    match answer {
        Answer::Error { name, status } | Answer::Absent { name: Some(name), status } => {
            errors.iter().any(|error| error.code == *name && error.status == *status)
        }
        _ => false,
    }
}

/// Whether the answer is a success.
pub fn is_success(answer: &Answer) -> bool {
    matches!(answer, Answer::Success { .. })
}

/// Whether the answer tells of rate, quota or permission, from which nothing about the contract follows.
pub fn is_account_error(answer: &Answer) -> bool {
    matches!(answer, Answer::Throttled { .. }) || matches!(answer.status(), Some(402 | 403))
}

/// Whether the answer to a valid call shows nothing: none came, the server failed, or it tells of the account.
pub fn is_inconclusive(answer: &Answer) -> bool {
    matches!(answer, Answer::None(_) | Answer::Other { .. })
        || is_account_error(answer)
        || answer.status().is_some_and(|status| status >= 500)
}

/// Whether the operation is there, where this answers a valid call (docs/architecture.md#controls).
pub fn coverage(answer: &Answer) -> Coverage {
    match answer {
        Answer::Absent { .. } => Coverage::NotImplemented(answer.to_string()),
        Answer::Success { .. } => Coverage::Implemented,
        Answer::Error { .. } if !is_inconclusive(answer) => Coverage::Implemented,
        _ => Coverage::Unknown(format!("a valid call got {answer}")),
    }
}

/// A list of errors as a person reads it.
pub fn listed(errors: &[ExpectedError]) -> String {
    let texts: Vec<String> = errors.iter().map(|error| format!("{} {}", error.status, error.code)).collect();
    texts.join(" or ")
}

#[cfg(test)]
mod tests {
    use ivs_client::FailureKind;

    use super::*;

    fn error(name: &str, status: u16) -> Answer {
        Answer::Error { name: name.to_owned(), status }
    }

    #[test]
    fn what_tells_nothing_of_the_operation_leaves_it_unknown() {
        let vague = [
            Answer::Nameless { status: 400 },
            error("InternalServerException", 500),
            error("AccessDeniedException", 403),
            Answer::Throttled { status: 429 },
            Answer::None(FailureKind::Closed),
        ];
        for answer in vague {
            assert!(matches!(coverage(&answer), Coverage::Unknown(_)), "{answer}");
        }
        assert_eq!(coverage(&error("ResourceNotFoundException", 404)), Coverage::Implemented);
        assert!(matches!(coverage(&Answer::Absent { status: 501, name: None }), Coverage::NotImplemented(_)));
    }

    #[test]
    fn name_and_status_must_both_fit() {
        let expected = [ExpectedError { code: "ValidationException".into(), status: 400 }];
        assert!(is_one_of(&error("ValidationException", 400), &expected));
        assert!(!is_one_of(&error("ValidationException", 403), &expected));
        assert!(!is_one_of(&Answer::Nameless { status: 400 }, &expected));
        assert!(!is_one_of(&Answer::Success { status: 200 }, &expected));
    }
}
