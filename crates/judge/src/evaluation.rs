//! The one evaluator: whether an answer is the expected one, with the evidence that makes it mean something.
//!
//! Nothing overrules an evaluation afterwards. Whatever may excuse an answer goes in as [`Evidence`].

use ivs_generators::{Expectation, ExpectedError};
use ivs_model::Authority;

use crate::evidence::{ControlEvidence, ControlRole, EchoEvidence, Evidence, Missing};
use crate::{Answer, Mismatch, Verdict};

/// The result of evaluating one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// The answer is the expected one, and the evidence shows that the endpoint can tell the difference.
    Match,
    /// It is not.
    Mismatch(Mismatch),
    /// Nothing follows from it, with the reason.
    Inconclusive(String),
}

impl Evaluation {
    /// The verdict: a match passes, a mismatch fails with what `fail` makes of it.
    #[must_use]
    pub fn verdict(self, fail: impl FnOnce(Mismatch) -> Verdict) -> Verdict {
        match self {
            Self::Match => Verdict::Pass,
            Self::Mismatch(mismatch) => fail(mismatch),
            Self::Inconclusive(reason) => Verdict::Indeterminate(reason),
        }
    }

    /// Nothing on a match, else the verdict: a mismatch fails with what `fail` makes of it.
    ///
    /// # Errors
    ///
    /// The verdict of a mismatch, and that of an inconclusive answer.
    pub fn result(self, fail: impl FnOnce(Mismatch) -> Verdict) -> Result<(), Verdict> {
        match self.verdict(fail) {
            Verdict::Pass => Ok(()),
            verdict => Err(verdict),
        }
    }
}

/// The answer that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    Rejected { errors: &'a [ExpectedError], authority: Authority, code_authority: Authority, is_first: bool },
    Accepted { status: Option<u16>, unless: &'a [ExpectedError], authority: Option<Authority> },
    LikeControl { authority: Option<Authority> },
    Answered { is_routed: bool },
}

/// The answer that is expected, and the place that a mismatch is reported at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<'a> {
    kind: Kind<'a>,
    site: &'a str,
    pointer: &'a str,
}

impl<'a> Expected<'a> {
    /// Expects one of `errors`, name and status. `authority` stands behind any 4xx, `code_authority` behind the name.
    #[must_use]
    pub fn rejected(errors: &'a [ExpectedError], authority: Authority, code_authority: Authority) -> Self {
        Self::new(Kind::Rejected { errors, authority, code_authority, is_first: false })
    }

    /// Expects a success, on the authority of the check itself.
    #[must_use]
    pub fn accepted() -> Self {
        Self::new(Kind::Accepted { status: None, unless: &[], authority: None })
    }

    /// Expects what a generator says of its Case.
    #[must_use]
    pub fn of(expectation: &'a Expectation) -> Self {
        match expectation {
            Expectation::Rejected { errors, authority, code_authority } => {
                Self::rejected(errors, *authority, *code_authority)
            }
            Expectation::Accepted { authority, unless } => Self::accepted().because(*authority).or_one_of(unless),
        }
    }

    /// Expects the answer of the control request, whatever it is.
    #[must_use]
    pub fn like_control() -> Self {
        Self::new(Kind::LikeControl { authority: None })
    }

    /// Expects a success or a 4xx that names its error. By a path that may be no operation's, a bare 4xx shows nothing.
    #[must_use]
    pub fn answered(is_routed: bool) -> Self {
        Self::new(Kind::Answered { is_routed })
    }

    fn new(kind: Kind<'a>) -> Self {
        Self { kind, site: "", pointer: "" }
    }

    /// The same, reported at a site and a place of the input.
    #[must_use]
    pub fn at(mut self, site: &'a str, pointer: &'a str) -> Self {
        self.site = site;
        self.pointer = pointer;
        self
    }

    /// The same acceptance, on this authority.
    #[must_use]
    pub fn because(mut self, because: Authority) -> Self {
        if let Kind::Accepted { authority, .. } | Kind::LikeControl { authority } = &mut self.kind {
            *authority = Some(because);
        }
        self
    }

    /// The same acceptance, or one of these errors, which speak of a state that no request can bring about.
    #[must_use]
    pub fn or_one_of(mut self, errors: &'a [ExpectedError]) -> Self {
        if let Kind::Accepted { unless, .. } = &mut self.kind {
            *unless = errors;
        }
        self
    }

    /// The same acceptance, by this status alone.
    #[must_use]
    pub fn with_status(mut self, modeled: u16) -> Self {
        if let Kind::Accepted { status, .. } = &mut self.kind {
            *status = Some(modeled);
        }
        self
    }

    /// The same rejection, where its cause is looked at before anything else of the request.
    #[must_use]
    pub fn before_all_else(mut self) -> Self {
        if let Kind::Rejected { is_first, .. } = &mut self.kind {
            *is_first = true;
        }
        self
    }

    /// Whether the answer refuses the request for its fault, though perhaps by another name.
    ///
    /// Where the fault is looked at before anything else, the refusal that the control gets too is not for the fault.
    #[must_use]
    pub fn is_refused(&self, answer: &Answer, evidence: &Evidence<'_>) -> bool {
        let is_first = matches!(self.kind, Kind::Rejected { is_first: true, .. });
        answer.is_refusal() && !(is_first && evidence.control.answer() == Some(answer))
    }

    /// Evaluates one answer.
    #[must_use]
    pub fn evaluate(&self, answer: &Answer, evidence: &Evidence<'_>) -> Evaluation {
        match self.kind {
            Kind::Rejected { errors, .. } if answer.is_one_of(errors) => evidence.rejection(answer),
            Kind::Rejected { errors, authority, code_authority, is_first } => {
                if let Some(reason) = evidence.excuse_of_refusal(answer, errors, is_first) {
                    return Evaluation::Inconclusive(reason);
                }
                // A rejection by another name departs from the name only.
                let because = if self.is_refused(answer, evidence) { code_authority } else { authority };
                self.mismatch(self.site, listed(errors), answer, Some(because))
            }
            Kind::Accepted { status, unless, authority } => self.accept(answer, evidence, status, unless, authority),
            Kind::LikeControl { authority } => self.compare(answer, evidence, authority),
            Kind::Answered { is_routed } => match answer {
                Answer::None(_) => Evaluation::Inconclusive(answer.to_string()),
                Answer::Success { .. }
                | Answer::Throttled { .. }
                | Answer::Error { status: 400..=499, .. }
                | Answer::Absent { name: Some(_), status: 400..=499 } => evidence.discrimination(),
                Answer::Absent { status: 400..=499, .. } if !is_routed => {
                    Evaluation::Inconclusive(format!("got {answer}, which may come from a gateway"))
                }
                _ if evidence.is_like_base(answer) => Evaluation::Inconclusive(evidence.like_control(answer)),
                _ => {
                    let expected = "success, or a 4xx that names its error".to_owned();
                    self.mismatch(self.site, expected, answer, Some(Authority::Inferred))
                }
            },
        }
    }

    fn accept(
        &self,
        answer: &Answer,
        evidence: &Evidence<'_>,
        modeled: Option<u16>,
        unless: &[ExpectedError],
        authority: Option<Authority>,
    ) -> Evaluation {
        match (answer, modeled) {
            (Answer::Success { status }, Some(modeled)) if *status != modeled => {
                return Evaluation::Mismatch(Mismatch::new(
                    "",
                    format!("status {modeled}"),
                    format!("status {status}"),
                ));
            }
            _ if answer.is_success() || answer.is_one_of(unless) => return evidence.acceptance(answer),
            _ => {}
        }
        if let Some(reason) = evidence.excuse_of_valid(answer) {
            return Evaluation::Inconclusive(reason);
        }
        if evidence.is_like_base(answer) {
            return Evaluation::Inconclusive(evidence.like_control(answer));
        }
        let mut success = modeled.map_or_else(|| "success".to_owned(), |status| status.to_string());
        if evidence.missing == Some(&Missing::Unknown) {
            // A refusal would be right, too: nobody knows whether the names of the input stand for anything.
            success.push_str(" or a 4xx");
        }
        let expected = if unless.is_empty() { success } else { format!("{success} or {}", listed(unless)) };
        self.mismatch(self.site, expected, answer, authority)
    }

    /// Returns the authority by which a valid call is expected to succeed, if it is refused as the usual valid call is.
    ///
    /// Such a refusal is no fault of what the call has of its own. If no valid call succeeds, the operation is at fault.
    pub(crate) fn refused_like_base(&self, answer: &Answer, evidence: &Evidence<'_>) -> Option<Option<Authority>> {
        match self.kind {
            Kind::Accepted { unless, authority, .. }
                if evidence.is_like_base(answer)
                    && !answer.is_one_of(unless)
                    && evidence.excuse_of_valid(answer).is_none() =>
            {
                Some(authority)
            }
            _ => None,
        }
    }

    fn compare(&self, answer: &Answer, evidence: &Evidence<'_>, authority: Option<Authority>) -> Evaluation {
        let (control, name) = match evidence.control {
            ControlEvidence::Answered { answer, name, .. } => (answer, name),
            ControlEvidence::NotSent(reason) => return Evaluation::Inconclusive(reason.to_owned()),
            ControlEvidence::None | ControlEvidence::Implied => {
                return Evaluation::Inconclusive("no control was sent".to_owned());
            }
        };
        // A refused permission is no account error here: the same account's control was not refused.
        let is_full = matches!(answer, Answer::Throttled { .. }) || answer.status() == Some(402);
        match evidence.missing {
            _ if matches!(answer, Answer::None(_)) || is_full => Evaluation::Inconclusive(format!("got {answer}")),
            _ if control.is_inconclusive() => Evaluation::Inconclusive(format!("{name} got {control}")),
            _ if answer == control => evidence.discrimination(),
            Some(missing) => Evaluation::Inconclusive(missing.absence()),
            None => self.mismatch(self.site, format!("{control}, as for {name}"), answer, authority),
        }
    }

    fn mismatch(&self, site: &str, expected: String, answer: &Answer, authority: Option<Authority>) -> Evaluation {
        let mismatch = Mismatch::new(site, expected, answer.to_string()).at(self.pointer);
        Evaluation::Mismatch(Mismatch { authority, ..mismatch })
    }
}

impl<'a> ControlEvidence<'a> {
    fn answer(&self) -> Option<&'a Answer> {
        match self {
            Self::Answered { answer, .. } => Some(answer),
            Self::None | Self::NotSent(_) | Self::Implied => None,
        }
    }
}

impl Evidence<'_> {
    /// What an expected rejection amounts to.
    fn rejection(&self, answer: &Answer) -> Evaluation {
        if let (Some(missing), Answer::Error { status: 404, .. }) = (self.missing, answer) {
            return Evaluation::Inconclusive(missing.absence());
        }
        let inconclusive = match self.control {
            ControlEvidence::Implied => return Evaluation::Match,
            ControlEvidence::None => "no valid control request was sent".to_owned(),
            ControlEvidence::NotSent(reason) => reason.to_owned(),
            ControlEvidence::Answered { answer: control, name, .. } if control == answer => {
                format!("{name} was also rejected with {control}")
            }
            ControlEvidence::Answered { answer: control, role: ControlRole::MustSucceed, .. }
                if control.is_success() =>
            {
                return Evaluation::Match;
            }
            ControlEvidence::Answered { answer: control, role: ControlRole::Valid | ControlRole::MustFail, .. }
                if !control.is_inconclusive() =>
            {
                return Evaluation::Match;
            }
            ControlEvidence::Answered { answer: control, name, .. } => format!("{name} got {control}"),
        };
        Evaluation::Inconclusive(inconclusive)
    }

    /// What an expected acceptance amounts to.
    fn acceptance(&self, answer: &Answer) -> Evaluation {
        let untold = || format!("{answer}, and no control shows that the input is validated");
        let inconclusive = match (&self.echo, self.control) {
            (EchoEvidence::Differs { place, actual }, _) => {
                let mismatch = Mismatch::new(place.clone(), "the value of the input", *actual);
                return Evaluation::Mismatch(mismatch.at(place.clone()));
            }
            (EchoEvidence::Shown, _) | (_, ControlEvidence::Implied) => return Evaluation::Match,
            (_, ControlEvidence::NotSent(reason)) => return Evaluation::Inconclusive(reason.to_owned()),
            (EchoEvidence::NotShown, _) => "the response has no value of the input".to_owned(),
            (_, ControlEvidence::None) => untold(),
            (_, ControlEvidence::Answered { answer: control, role, name }) => {
                let tells = match role {
                    ControlRole::MustFailWith(errors) => control.is_one_of(errors) && control != answer,
                    ControlRole::MustFail => !control.is_success() && !control.is_inconclusive() && control != answer,
                    ControlRole::Valid | ControlRole::MustSucceed => false,
                };
                if tells {
                    return Evaluation::Match;
                }
                match role {
                    ControlRole::MustFailWith(_) | ControlRole::MustFail => format!("{name} got {control}"),
                    ControlRole::Valid | ControlRole::MustSucceed => untold(),
                }
            }
        };
        // Nothing comes back, but the endpoint has shown that it does reject what is invalid.
        if self.is_shown() { Evaluation::Match } else { Evaluation::Inconclusive(inconclusive) }
    }

    /// What an answer amounts to that is right from an endpoint which rejects what it has to.
    fn discrimination(&self) -> Evaluation {
        if self.is_shown() {
            return Evaluation::Match;
        }
        Evaluation::Inconclusive(format!("no request of the operation was rejected for its {}", self.needed))
    }

    /// Why nothing follows from an answer that is not the expected rejection, if so. `is_first` says that the fault of the
    /// request is looked at before anything else.
    fn excuse_of_refusal(&self, answer: &Answer, errors: &[ExpectedError], is_first: bool) -> Option<String> {
        if matches!(answer, Answer::None(_)) {
            return Some(answer.to_string());
        }
        // Where a refused permission is expected, another one is about the request, unless the control gets it too.
        let is_of_access = errors.iter().any(|error| error.status == 403);
        let is_judged = is_of_access && self.control.answer().is_some_and(|control| control != answer);
        if answer.is_account_error() && (!is_judged || matches!(answer, Answer::Throttled { .. })) {
            return Some(format!("got {answer}, which may be about the account"));
        }
        match (self.missing, self.control) {
            // Which of two faults is named first is not settled.
            (Some(missing), _)
                if matches!(answer, Answer::Error { status: 404, .. })
                    || self.well_formed && answer.is_refusal()
                    || *missing == Missing::Unknown && may_tell_of_resources(answer) =>
            {
                Some(missing.absence())
            }
            // An error about resources, which the control gets too, shows that nobody looked at a fault that comes first.
            _ if is_first && matches!(answer, Answer::Error { status: 404 | 409, .. }) => None,
            // Where the request without the fault fares no better, the fault is not to blame.
            (_, ControlEvidence::Answered { answer: control, .. }) if control == answer && !answer.is_success() => {
                Some(self.like_control(answer))
            }
            _ => None,
        }
    }

    /// Why nothing follows from an answer that does not accept a valid input, if so.
    fn excuse_of_valid(&self, answer: &Answer) -> Option<String> {
        if answer.is_account_error() || matches!(answer, Answer::None(_)) {
            return Some(format!("a valid call got {answer}"));
        }
        if !self.externals.is_empty() && answer.status().is_some_and(|status| status < 500) {
            return Some(format!("the input names things outside: {}", self.externals.join(", ")));
        }
        // A failing server does not tell of an absent resource.
        self.missing.filter(|_| answer.is_refusal()).map(Missing::absence)
    }

    /// Whether the usual valid call is refused the same way.
    fn is_like_base(&self, answer: &Answer) -> bool {
        matches!(self.control, ControlEvidence::Answered { answer: control, role: ControlRole::Valid, .. }
            if control == answer && !answer.is_success())
    }

    fn like_control(&self, answer: &Answer) -> String {
        let name = match self.control {
            ControlEvidence::Answered { name, .. } => name,
            ControlEvidence::None | ControlEvidence::NotSent(_) | ControlEvidence::Implied => "the control",
        };
        format!("{name} was also rejected with {answer}")
    }
}

/// Returns a list of errors for a person: `400 ValidationException or 409 ConflictException`.
#[must_use]
pub fn listed(errors: &[ExpectedError]) -> String {
    let texts: Vec<String> = errors.iter().map(|error| format!("{} {}", error.status, error.code)).collect();
    texts.join(" or ")
}

/// Whether an answer may be about what the names of an input stand for, as nobody knows which exist.
fn may_tell_of_resources(answer: &Answer) -> bool {
    const WORDS: [&str; 6] = ["Conflict", "Exists", "InUse", "Limit", "NotFound", "Quota"];
    match answer {
        Answer::Error { name, status } => *status == 409 || WORDS.iter().any(|word| name.contains(word)),
        Answer::Absent { status, .. } => *status == 404,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
