//! The evaluation of an answer where a rejection is expected, and the authority of a mismatch.

use ivs_generators::{Authority, ExpectedError};
use ivs_judge::{Answer, Mismatch};

use crate::answer::{is_account_error, is_one_of, listed};

/// The evaluation of an answer where a rejection is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// It is the rejection, by name and status.
    Match,
    /// It is not.
    Mismatch(Mismatch),
    /// It tells nothing, and why.
    Inconclusive(String),
}

/// An expected rejection.
pub struct ExpectedRejection<'a> {
    /// The answers that are right.
    pub errors: &'a [ExpectedError],
    /// The authority for any 4xx.
    pub authority: Authority,
    /// The authority for one of `errors`.
    pub code_authority: Authority,
    /// The place, as an identity names it.
    pub site: &'a str,
    /// The place in the input.
    pub pointer: &'a str,
}

impl ExpectedRejection<'_> {
    /// Evaluates an answer.
    pub fn evaluate(&self, answer: &Answer) -> Evaluation {
        match answer {
            Answer::None(_) => Evaluation::Inconclusive(answer.to_string()),
            _ if is_one_of(answer, self.errors) => Evaluation::Match,
            _ if is_account_error(answer) => {
                Evaluation::Inconclusive(format!("answered by {answer}, which tells of the account"))
            }
            // A rejection it is, though by another name: that rests on the authority of the code.
            _ if answer.status().is_some_and(|status| (400..500).contains(&status)) => {
                Evaluation::Mismatch(self.departure(answer, self.code_authority))
            }
            _ => Evaluation::Mismatch(self.departure(answer, self.authority)),
        }
    }

    fn departure(&self, answer: &Answer, authority: Authority) -> Mismatch {
        Mismatch::new(self.site, listed(self.errors), answer.to_string()).at(self.pointer).because(authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority_of(answer: &Answer) -> Option<Authority> {
        let errors = [ExpectedError { code: "ValidationException".into(), status: 400 }];
        let expected = ExpectedRejection {
            errors: &errors,
            authority: Authority::Protocol,
            code_authority: Authority::Inferred,
            site: "/a#type",
            pointer: "/a",
        };
        match expected.evaluate(answer) {
            Evaluation::Mismatch(departure) => departure.authority,
            Evaluation::Match | Evaluation::Inconclusive(_) => None,
        }
    }

    fn error(name: &str, status: u16) -> Answer {
        Answer::Error { name: name.to_owned(), status }
    }

    #[test]
    fn a_wrong_code_rests_on_the_code_and_a_missing_rejection_on_the_rule() {
        assert_eq!(authority_of(&error("ResourceNotFoundException", 404)), Some(Authority::Inferred));
        assert_eq!(authority_of(&Answer::Nameless { status: 400 }), Some(Authority::Inferred));
        assert_eq!(authority_of(&Answer::Success { status: 200 }), Some(Authority::Protocol));
        assert_eq!(authority_of(&error("ValidationException", 500)), Some(Authority::Protocol));
    }

    #[test]
    fn the_right_error_and_a_refusal_of_the_account_are_no_departures() {
        assert_eq!(authority_of(&error("ValidationException", 400)), None);
        assert_eq!(authority_of(&error("AccessDeniedException", 403)), None);
        assert_eq!(authority_of(&Answer::None(ivs_client::FailureKind::Closed)), None);
    }
}
