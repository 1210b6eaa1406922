//! Situations: the steps that lead there are taken, and the call is made.

use ivs_generators::ExpectedError;
use ivs_judge::{Answer, Mismatch, Verdict};
use ivs_model::knowledge::Situation;
use ivs_model::{CaseId, ErrorPair};
use serde_json::Value;

use super::SUITE;
use crate::answer::{is_success, listed, tells_nothing};
use crate::judged::undecided;
use crate::play::{Play, Script, object};
use crate::rejection::{Owed, Weighed};
use crate::rules::DECLARED_ERROR;
use crate::session::Unsent;
use crate::subject::{Attempt, Call, Subject};

/// Runs the situations of an operation, those that need to be alone or the others, one after the other. The answer is
/// that of one in which the call is to succeed.
pub(super) async fn run(subject: &Subject, base: &Value, alone: bool) -> Option<Answer> {
    let mut shown = None;
    let situations = subject.session.knowledge.situations_of(subject.operation.id);
    for situation in situations.filter(|situation| situation.alone == alone) {
        let case = subject.case_id(SUITE, &situation.id);
        if subject.session.is_concluded(&case) {
            continue;
        }
        let scene = Staged { subject, situation, base, case: &case, errors: errors(subject, situation) };
        let (verdict, answer) = scene.judge().await;
        if scene.errors.is_empty() {
            shown = shown.or(answer);
        }
        let tried = vec![(DECLARED_ERROR.check, situation.id.clone())];
        subject.conclude(case.clone(), tried, Vec::new(), verdict);
    }
    shown
}

/// The errors that are owed in the situation; none if the call is to succeed.
fn errors(subject: &Subject, situation: &Situation) -> Vec<ExpectedError> {
    let rejection = subject.session.knowledge.rejection_in(situation, &subject.operation.name);
    rejection
        .map(|rejection| super::trigger::declared_among(subject.model, subject.operation, rejection))
        .unwrap_or_default()
}

/// One situation at one operation.
struct Staged<'a> {
    subject: &'a Subject,
    situation: &'a Situation,
    base: &'a Value,
    case: &'a CaseId,
    errors: Vec<ExpectedError>,
}

impl Staged<'_> {
    async fn judge(&self) -> (Verdict, Option<Answer>) {
        match self.call().await {
            Err(reason) => {
                for error in &self.errors {
                    let pair = ErrorPair::new(self.subject.operation.id, &error.code);
                    self.subject.session.note_unprovoked(pair, &reason);
                }
                (Verdict::Indeterminate(reason), None)
            }
            Ok(call) => {
                let verdict = if self.errors.is_empty() {
                    self.judge_success(&call).await
                } else {
                    self.judge_refusal(&call).await
                };
                (verdict, Some(call.answer))
            }
        }
    }

    /// The minimal valid input with the members of the situation.
    fn input(&self) -> Value {
        let mut input = self.base.clone();
        if let (Some(members), Value::Object(own)) = (input.as_object_mut(), object(&self.situation.input)) {
            members.extend(own);
            members.retain(|_, value| !value.is_null());
        }
        input
    }

    /// Brings the situation about and makes the call.
    async fn call(&self) -> Result<Call, String> {
        let (subject, situation) = (self.subject, self.situation);
        let input = self.input();
        let script = Script { steps: situation.all_steps().collect(), inputs: vec![input.clone()], times: 1 };
        let mut play = Play::begin(subject, self.case, &script).await?;
        let call = match play.take(&situation.steps, None).await {
            Err(reason) => Err(format!("the situation could not be brought about: {reason}")),
            Ok(()) => {
                for error in &self.errors {
                    subject.session.note_provoked(ErrorPair::new(subject.operation.id, &error.code));
                }
                let context = subject.context(self.case).with_input(&input);
                let sent = subject.send(&mut play.loan, Attempt::usual(&input), &context).await;
                sent.map_err(|Unsent(reason)| reason)
            }
        };
        play.end(&situation.ends, 1).await;
        call
    }

    async fn judge_refusal(&self, call: &Call) -> Verdict {
        let (situation, knowledge) = (self.situation, self.subject.session.knowledge);
        let rejection = knowledge.rejection_in(situation, &self.subject.operation.name);
        let owed = Owed {
            errors: &self.errors,
            authority: situation.authority,
            code_authority: rejection.map_or(situation.authority, |rejection| rejection.authority),
            site: &situation.id,
            pointer: "",
        };
        match owed.weigh(&call.answer) {
            Weighed::Right => self.subject.pass_if_twin_differs(self.base, &call.answer).await,
            Weighed::Undecided(reason) => Verdict::Indeterminate(reason),
            Weighed::Departs(mut departure) => {
                departure.expected = format!("{} ({})", listed(&self.errors), situation.id);
                self.fail(departure, call)
            }
        }
    }

    /// A success counts where the same call without the situation is refused, or the endpoint has shown that it refuses what
    /// it should.
    async fn judge_success(&self, call: &Call) -> Verdict {
        if tells_nothing(&call.answer) {
            return undecided(format!("answered by {}", call.answer));
        }
        if !is_success(&call.answer) {
            let departure = Mismatch::new(self.situation.id.clone(), "success", call.answer.to_string());
            return self.fail(departure.because(self.situation.authority), call);
        }
        match self.subject.control(self.base, true).await {
            Ok(twin) if !is_success(&twin.answer) && !tells_nothing(&twin.answer) => Verdict::Pass,
            _ if self.subject.tells_apart() => Verdict::Pass,
            _ => undecided("nothing shows that the endpoint can tell the difference"),
        }
    }

    fn fail(&self, departure: Mismatch, call: &Call) -> Verdict {
        let input = self.input();
        let context = self.subject.context(self.case).with_input(&input);
        let departure = departure.from_source(self.situation.source.clone());
        Verdict::Fail(vec![self.subject.finding(&DECLARED_ERROR, &departure, call, &context)])
    }
}
