//! Whether an answer is the rejection that is owed, and on whose word a departure from it rests.

use ivs_generators::{Authority, ExpectedError};
use ivs_judge::{Answer, Mismatch};

use crate::answer::{is_of_the_account, is_one_of, listed};

/// What an answer amounts to where a rejection is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Weighed {
    /// It is the rejection, by name and status.
    Right,
    /// It is not.
    Departs(Mismatch),
    /// It tells nothing, and why.
    Undecided(String),
}

/// A rejection that is owed.
pub(crate) struct Owed<'a> {
    /// The answers that are right.
    pub(crate) errors: &'a [ExpectedError],
    /// Why any 4xx is owed.
    pub(crate) authority: Authority,
    /// Why one of `errors` is owed.
    pub(crate) code_authority: Authority,
    /// The place, as an identity names it.
    pub(crate) site: &'a str,
    /// The place in the input.
    pub(crate) pointer: &'a str,
}

impl Owed<'_> {
    /// Holds an answer against what is owed.
    pub(crate) fn weigh(&self, answer: &Answer) -> Weighed {
        match answer {
            Answer::None(_) => Weighed::Undecided(answer.to_string()),
            _ if is_one_of(answer, self.errors) => Weighed::Right,
            _ if is_of_the_account(answer) => {
                Weighed::Undecided(format!("answered by {answer}, which tells of the account"))
            }
            // A rejection it is, though by another name: that rests on the authority of the code.
            _ if answer.status().is_some_and(|status| (400..500).contains(&status)) => {
                Weighed::Departs(self.departure(answer, self.code_authority))
            }
            _ => Weighed::Departs(self.departure(answer, self.authority)),
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
        let owed = Owed {
            errors: &errors,
            authority: Authority::Protocol,
            code_authority: Authority::Inferred,
            site: "/a#type",
            pointer: "/a",
        };
        match owed.weigh(answer) {
            Weighed::Departs(departure) => departure.authority,
            Weighed::Right | Weighed::Undecided(_) => None,
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
