//! The suite `idempotency`: what happens when a call is made again.

mod checks;
mod later;

use futures_util::future::join_all;
use ivs_client::BoxFuture;
use ivs_generators::{ExpectedError, Placeholder};
use ivs_judge::{CheckInfo, ControlEvidence, Evidence, Expected, Mismatch};
use ivs_model::{Authority, Model, Operation, ShapeId, ShapeKind, SuiteName};
use ivs_pool::Resource;
use ivs_runner::{
    Assignment, CaseContext, CaseResult, CaseSpec, NotSent, OperationUnderTest, Planning, RequestSpec, Schedule,
    SentCall, Suite, SuitePlan, confirmed, declared, indeterminate,
};
use serde_json::{Value, json};

use crate::controls::REPETITION;
use checks::{REPEAT, UPDATE_TIME_MOVES};

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("idempotency");

/// The member that takes tags, wherever there is one.
const TAGS: &str = "tags";

/// What the same call twice is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// The same token gives the same resource.
    Token,
    /// The same token with another input is no repetition.
    OtherInput,
    /// What is removed is gone, and stays gone.
    Removal,
    /// The same change gives the same state.
    Change,
    /// A read changes nothing.
    Read,
    /// Another change some time later is a later one.
    Later,
}

/// The cases: what the same call twice may show.
static CASES: &[CaseSpec<Again>] = &[
    CaseSpec::new("same-token", REPEAT.check, Again::Token),
    CaseSpec::new("same-token-other-input", REPEAT.check, Again::OtherInput),
    CaseSpec::new("removed-again", REPEAT.check, Again::Removal),
    CaseSpec::new("changed-again", REPEAT.check, Again::Change),
    CaseSpec::new("read-again", REPEAT.check, Again::Read),
    CaseSpec::new("changed-later", UPDATE_TIME_MOVES.check, Again::Later),
];

/// What happens when a call is made again.
pub(crate) struct Idempotency;

impl Suite for Idempotency {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "A call that is made again has the same result and no second effect."
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let kinds = kinds(planning);
        let cases = CASES.iter().filter(|spec| kinds.contains(&spec.run)).cloned().collect();
        planning.table(SUITE, cases).waiting(kinds.contains(&Again::Later))
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, cases) in Assignment::with_details::<Vec<CaseSpec<Again>>>(assignments)
            {
                run(under_test, cases).await;
            }
        })
    }
}

/// The member that takes the idempotency token, if there is one.
fn token_member<'m>(model: &'m Model, operation: &Operation) -> Option<&'m str> {
    model.members(operation.input).iter().find(|member| member.idempotency_token).map(|member| member.name.as_str())
}

/// Whether the operation takes tags, which make another valid input of any.
fn takes_tags(model: &Model, operation: &Operation) -> bool {
    let is_map = |shape: ShapeId| matches!(model.shape(shape).kind, ShapeKind::Map { .. });
    model.members(operation.input).iter().any(|member| member.name == TAGS && is_map(member.shape))
}

/// What applies to the operation.
fn kinds(planning: &Planning<'_>) -> Vec<Again> {
    let Planning { model, operation, effects, .. } = *planning;
    if token_member(model, operation).is_some() {
        let other = takes_tags(model, operation).then_some(Again::OtherInput);
        return [Again::Token].into_iter().chain(other).collect();
    }
    let kind = if !effects.consumes.is_empty() {
        Some(Again::Removal)
    } else if !effects.mutates.is_empty() && effects.creates.is_empty() || operation.idempotent {
        Some(Again::Change)
    } else if effects.creates.is_empty() && operation.pagination.is_none() && operation.output.is_some() {
        planning.facts().access.is_read().then_some(Again::Read)
    } else {
        None
    };
    let is_dated = kind == Some(Again::Change) && later::order(planning.knowledge, model, operation).is_some();
    kind.into_iter().chain(is_dated.then_some(Again::Later)).collect()
}

/// Makes the call twice and judges the second answer; cases side by side.
async fn run(under_test: &OperationUnderTest, cases: &[CaseSpec<Again>]) {
    let mut runs = Vec::new();
    for spec in cases.iter().filter(|spec| under_test.is_selected(SUITE, &spec.name)) {
        runs.push(run_case(under_test, spec));
    }
    join_all(runs).await;
}

async fn run_case(under_test: &OperationUnderTest, spec: &CaseSpec<Again>) {
    let case = under_test.case_id(SUITE, &spec.name);
    let case_context = CaseContext { under_test, case: &case };
    let result = confirmed!(under_test, judge(case_context, spec));
    case_context.conclude(spec.check, &spec.name, result);
}

async fn judge(case_context: CaseContext<'_>, spec: &CaseSpec<Again>) -> CaseResult {
    let again = spec.run;
    if again == Again::Later {
        return later::judge(case_context, &spec.name).await;
    }
    let under_test = case_context.under_test;
    let mut input = under_test.base.clone();
    if let (Some(member), Some(members)) = (token_member(under_test.model, under_test.operation), input.as_object_mut())
    {
        members.insert(member.to_owned(), json!(format!("ivs-contract-{}", spec.name)));
    }
    let mut repeated = input.clone();
    if let (Again::OtherInput, Some(members)) = (again, repeated.as_object_mut()) {
        members.insert(TAGS.to_owned(), json!({ "contract-other": "1" }));
    }
    let context = under_test.context(case_context.case).with_input(&input);
    let mut bindings = under_test.bind(&input).await;
    let filled = bindings.fill(&input).map_err(|error| indeterminate(error.to_string()));
    let first = under_test.send(&mut bindings, RequestSpec::valid(&input), &context).await;
    let (second, left) = match &first {
        Ok(first) if first.answer.is_success() => {
            let left = if again == Again::Removal { is_left(case_context, &input, &filled).await } else { Ok(true) };
            if let (Again::Change, Ok(filled)) = (again, &filled) {
                under_test.settled(filled).await;
            }
            (under_test.send(&mut bindings, RequestSpec::valid(&repeated), &context).await, left)
        }
        _ => (Err(NotSent("the first call did not succeed".into())), Ok(true)),
    };
    under_test.release(bindings).await;
    let first = first?;
    if !first.answer.is_success() {
        return Err(indeterminate(format!("the first call got {}", first.answer)));
    }
    let second = second?;
    match again {
        Again::Removal => judge_removal(case_context, spec, &second, left?),
        Again::Token => judge_token(case_context, spec, &first, &second),
        Again::OtherInput => judge_other_input(case_context, spec, &second),
        Again::Change | Again::Read | Again::Later => judge_same(case_context, spec, &first, &second),
    }
}

/// Whether the resource can still be looked at after it was removed: some are only ended, some take their time.
async fn is_left(case_context: CaseContext<'_>, input: &Value, filled: &CaseResult<Value>) -> CaseResult<bool> {
    let Ok(filled) = filled else { return Err(indeterminate("the input cannot be filled in")) };
    let kind = Placeholder::all_in(input)
        .into_iter()
        .find(|placeholder| case_context.under_test.effects.consumes.contains(&placeholder.kind));
    let getter = kind.as_ref().and_then(|placeholder| case_context.under_test.pool.getter(&placeholder.kind));
    let (Some(placeholder), Some(getter)) = (kind, getter) else { return Ok(true) };
    let wanted = placeholder.to_string();
    let named = input.as_object().into_iter().flatten().find(|(_, value)| value.as_str() == Some(wanted.as_str()));
    let arn = named.and_then(|(member, _)| filled.get(member)?.as_str());
    let Some(arn) = arn else { return Ok(true) };
    let look = getter.about(arn);
    let call = case_context.ask(getter.operation, &look).await?;
    Ok(!matches!(call.answer.status(), Some(404)) || call.answer.is_absent())
}

fn judge_removal(case_context: CaseContext<'_>, spec: &CaseSpec<Again>, second: &SentCall, left: bool) -> CaseResult {
    let operation = case_context.under_test.operation;
    let model = case_context.under_test.model;
    let mut errors: Vec<_> = declared(model, operation, 404, "ResourceNotFoundException").into_iter().collect();
    if left {
        errors.extend(declared(model, operation, 409, "ConflictException"));
    }
    let under_test = case_context.under_test;
    if second.answer.is_success() && (left || operation.idempotent || errors.is_empty()) {
        // Two successes on what can still be seen tell of an endpoint that takes anything as much as of a lasting end.
        let evidence = under_test.evidence(second, ControlEvidence::None, REPETITION);
        let evaluation = Expected::accepted().evaluate(&second.answer, &evidence);
        return evaluation.result(|departure| case_context.fail(&REPEAT, &departure, second));
    }
    if errors.is_empty() {
        return Err(indeterminate("no error is declared for a deleted resource"));
    }
    let authority = if left { Authority::Inferred } else { Authority::Observed };
    let expected = Expected::rejected(&errors, authority, authority).at(&spec.name, "");
    expected.evaluate(&second.answer, &Evidence::implied()).result(|departure| {
        let departure =
            departure.from_source("facts: C06, delete-twice; a second delete gives ResourceNotFoundException");
        case_context.fail(&REPEAT, &departure, second)
    })
}

fn judge_token(
    case_context: CaseContext<'_>,
    spec: &CaseSpec<Again>,
    first: &SentCall,
    second: &SentCall,
) -> CaseResult {
    let made = |call: &SentCall| Resource::all_in(&call.json());
    if made(first).is_empty() {
        return Err(indeterminate("the answer names nothing that was made"));
    }
    let expected = "the resource that the first call made";
    let fail = |departure: Mismatch| {
        let departure = departure.from_source("facts: composition-idempotency, R06; what an idempotency token is for");
        case_context.fail(&REPEAT, &departure, second)
    };
    let evaluation = Expected::accepted().at(&spec.name, "").evaluate(&second.answer, &Evidence::implied());
    evaluation.result(|departure| fail(Mismatch { expected: expected.to_owned(), ..departure }))?;
    if made(first) == made(second) {
        return Ok(());
    }
    Err(fail(Mismatch::new(&*spec.name, expected, "another resource")))
}

/// Whether the service refuses the other input, or looks at the token alone, is not said.
fn judge_other_input(case_context: CaseContext<'_>, spec: &CaseSpec<Again>, second: &SentCall) -> CaseResult {
    let declared = case_context.under_test.operation.errors.iter().map(|id| case_context.under_test.model.shape(*id));
    let refusals = declared.filter(|shape| matches!(shape.error_status, Some(400 | 409)));
    let errors: Vec<ExpectedError> = refusals
        .filter_map(|shape| Some(ExpectedError { code: shape.name.clone(), status: shape.error_status? }))
        .collect();
    let expected = Expected::rejected(&errors, Authority::Inferred, Authority::Inferred).at(&spec.name, "");
    expected.evaluate(&second.answer, &Evidence::implied()).result(|departure| {
        let departure = departure.from_source(
            "facts: composition-idempotency; what an idempotency token is for; unknown `idempotency-token-with-other-input`",
        );
        case_context.fail(&REPEAT, &departure, second)
    })
}

fn judge_same(
    case_context: CaseContext<'_>,
    spec: &CaseSpec<Again>,
    first: &SentCall,
    second: &SentCall,
) -> CaseResult {
    let authority = if case_context.under_test.operation.idempotent { Authority::Model } else { Authority::Inferred };
    let expected = "what the first call answered";
    // A change may leave a passing state, in which no other is taken (fact `H05`).
    if spec.run == Again::Change && second.answer.status() == Some(409) {
        return Err(indeterminate("the first change takes time to apply"));
    }
    let accepted = Expected::accepted().because(authority).at(&spec.name, "");
    accepted.evaluate(&second.answer, &Evidence::implied()).result(|departure| {
        case_context.fail(&REPEAT, &Mismatch { expected: expected.to_owned(), ..departure }, second)
    })?;
    if timeless(&first.json()) != timeless(&second.json()) {
        let departure = Mismatch::new(&*spec.name, expected, "another body").because(authority);
        return Err(case_context.fail(&REPEAT, &departure, second));
    }
    if first.json().as_object().is_none_or(serde_json::Map::is_empty) && !case_context.under_test.has_shown(REPETITION)
    {
        return Err(indeterminate("the answer is empty"));
    }
    Ok(())
}

/// The value without times and states, which pass by themselves.
fn timeless(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "state")
            .map(|(name, value)| (name.clone(), timeless(value)))
            .collect(),
        Value::Array(items) => items.iter().map(timeless).collect(),
        Value::String(text) if is_time(text) => Value::Null,
        other => other.clone(),
    }
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T' && bytes[13] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_states_do_not_tell_answers_apart() {
        let one = json!({"a": [{"updateTime": "2026-11-22T06:00:00.001Z", "state": "CREATING", "name": "n"}]});
        let other = json!({"a": [{"updateTime": "2026-11-22T06:00:01Z", "state": "ACTIVE", "name": "n"}]});
        assert_eq!(timeless(&one), timeless(&other));
        assert_ne!(timeless(&one), timeless(&json!({"a": [{"name": "m"}]})));
    }
}
