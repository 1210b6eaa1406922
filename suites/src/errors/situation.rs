//! Situations: the steps that lead there are taken, and the call is made.

use ivs_generators::ExpectedError;
use ivs_judge::{Answer, ControlRole, Expected, Mismatch, Property, Verdict, listed};
use ivs_model::knowledge::Situation;
use ivs_model::{CaseId, ErrorPair};
use ivs_runner::{
    OperationUnderTest, RequestSpec, SentCall, Setup, SetupError, SetupPlan, confirmed, control_evidence, object,
};
use serde_json::Value;

use super::SUITE;
use super::checks::DECLARED_ERROR;
use crate::controls::SITUATION;

/// Runs the situations of an operation, those that need to be alone or the others, one after the other. The answer is
/// that of one in which the call is to succeed.
pub(super) async fn run(under_test: &OperationUnderTest, base: &Value, alone: bool) -> Option<Answer> {
    let mut shown = None;
    let situations = under_test.run_context.knowledge.situations_of(under_test.operation.id);
    for situation in situations.filter(|situation| situation.alone == alone) {
        let case = under_test.case_id(SUITE, &situation.id);
        if under_test.run_context.is_concluded(&case) || !under_test.is_selected(SUITE, &situation.id) {
            continue;
        }
        let situation_run =
            SituationRun { under_test, situation, base, case: &case, errors: errors(under_test, situation) };
        let mut answer = None;
        let verdict = confirmed!(under_test, async {
            let (verdict, last) = situation_run.judge().await;
            answer = last;
            verdict
        });
        if situation_run.errors.is_empty() {
            shown = shown.or(answer);
        }
        let tried = vec![(DECLARED_ERROR.check, situation.id.clone())];
        under_test.conclude(case.clone(), tried, Vec::new(), verdict);
    }
    shown
}

/// The errors that are expected in the situation; none if the call is to succeed.
fn errors(under_test: &OperationUnderTest, situation: &Situation) -> Vec<ExpectedError> {
    let rejection = under_test.run_context.knowledge.rejection_in(situation, &under_test.operation.name);
    rejection
        .map(|rejection| ivs_runner::declared_among(under_test.model, under_test.operation, rejection))
        .unwrap_or_default()
}

/// One situation at one operation.
struct SituationRun<'a> {
    under_test: &'a OperationUnderTest,
    situation: &'a Situation,
    base: &'a Value,
    case: &'a CaseId,
    errors: Vec<ExpectedError>,
}

impl SituationRun<'_> {
    async fn judge(&self) -> (Verdict, Option<Answer>) {
        match self.call().await {
            Err(error) => {
                let reason = error.to_string();
                for error in &self.errors {
                    let pair = ErrorPair::new(self.under_test.operation.id, &error.code);
                    self.under_test.run_context.errors.note_not_triggered(pair, &reason);
                }
                (Verdict::Indeterminate(reason), None)
            }
            Ok(call) => {
                let _shared = self.under_test.run_context.settings.read().await;
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
    async fn call(&self) -> Result<SentCall, SetupError> {
        let (under_test, situation) = (self.under_test, self.situation);
        let input = self.input();
        let setup_plan = SetupPlan { steps: situation.all_steps().collect(), inputs: vec![input.clone()], times: 1 };
        let settings = &under_test.run_context.settings;
        let shared = settings.read().await;
        let mut setup = Setup::begin(under_test, self.case.clone(), &setup_plan).await?;
        drop(shared);
        let held = if situation.alone { Some(settings.write().await) } else { None };
        let call = match setup.run_steps(&situation.steps, None).await {
            Err(error) => Err(SetupError::NotBroughtAbout(Box::new(error))),
            Ok(()) => {
                for error in &self.errors {
                    under_test.run_context.errors.note_triggered(ErrorPair::new(under_test.operation.id, &error.code));
                }
                let context = under_test.context(self.case).with_input(&input);
                let sent = under_test.send(&mut setup.bindings, RequestSpec::valid(&input), &context).await;
                sent.map_err(SetupError::from)
            }
        };
        setup.tear_down(&situation.ends, 1).await;
        drop(held);
        call
    }

    async fn judge_refusal(&self, call: &SentCall) -> Verdict {
        let (situation, knowledge) = (self.situation, self.under_test.run_context.knowledge);
        let rejection = knowledge.rejection_in(situation, &self.under_test.operation.name);
        let code_authority = rejection.map_or(situation.authority, |rejection| rejection.authority);
        let expected = Expected::rejected(&self.errors, situation.authority, code_authority).at(&situation.id, "");
        let evaluation =
            self.under_test.evaluate_rejection(&expected, call, true, self.base, Property::Resources).await;
        evaluation.verdict(|mut departure| {
            departure.expected = format!("{} ({})", listed(&self.errors), situation.id);
            self.fail(departure, call)
        })
    }

    /// A success counts where the same call without the situation is refused, or the endpoint has shown that it refuses what
    /// it should.
    async fn judge_success(&self, call: &SentCall) -> Verdict {
        let control = self.under_test.control(self.base, true).await;
        let control = control_evidence(&control, ControlRole::MustFail, "the call without the situation");
        let expected = Expected::accepted().because(self.situation.authority).at(&self.situation.id, "");
        let evaluation = expected.evaluate(&call.answer, &self.under_test.evidence(call, control, SITUATION));
        evaluation.verdict(|departure| self.fail(departure, call))
    }

    fn fail(&self, departure: Mismatch, call: &SentCall) -> Verdict {
        let input = self.input();
        let context = self.under_test.context(self.case).with_input(&input);
        let departure = departure.from_source(self.situation.source.clone());
        Verdict::Fail(vec![self.under_test.finding(&DECLARED_ERROR, &departure, call, &context)])
    }
}
