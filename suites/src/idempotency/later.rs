//! The time of the last update moves with an update.

use std::time::Duration;

use ivs_judge::Mismatch;
use ivs_model::knowledge::TimeOrder;
use ivs_model::{Knowledge, Model, Operation, ShapeKind, TimestampFormat};
use ivs_runner::{Bindings, CaseContext, CaseResult, RequestSpec, SentCall, indeterminate};
use serde_json::{Value, json};

use super::checks::UPDATE_TIME_MOVES;

/// The member that an update changes here, wherever there is one.
const NAME: &str = "name";

/// The time before each update after the first. The last one is long enough for endpoints that write whole seconds.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(1100)];

/// Returns what the knowledge says of the times in the output of an operation that updates a name, if it does.
pub(super) fn order<'k>(knowledge: &'k Knowledge, model: &Model, operation: &Operation) -> Option<&'k TimeOrder> {
    let is_text = |shape| model.shape(shape).kind == ShapeKind::String;
    let takes_name = model.members(operation.input).iter().any(|member| member.name == NAME && is_text(member.shape));
    let structure = &model.shape(operation.output.filter(|_| takes_name)?).name;
    knowledge.time_orders.iter().find(|order| order.stays && order.covers(operation.id, structure))
}

/// Updates a resource twice, and once more after a longer pause if the time did not move.
pub(super) async fn judge(case_context: CaseContext<'_>, site: &str) -> CaseResult {
    let under_test = case_context.under_test;
    let order = order(under_test.run_context.knowledge, under_test.model, under_test.operation)
        .ok_or_else(|| indeterminate("no source tells of times in this answer"))?;
    let mut bindings = under_test.bind(&under_test.base).await;
    let judged = judge_times(case_context, &mut bindings, order, site).await;
    under_test.release(bindings).await;
    judged
}

async fn judge_times(
    case_context: CaseContext<'_>,
    bindings: &mut Bindings<'_>,
    order: &TimeOrder,
    site: &str,
) -> CaseResult {
    let mut last = update(case_context, bindings, "contract-before").await?;
    for (pause, name) in PAUSES.into_iter().zip(["contract-after", "contract-later"]) {
        let before = time(case_context, order, &last)?;
        tokio::time::sleep(pause).await;
        last = update(case_context, bindings, name).await?;
        if before < time(case_context, order, &last)? {
            return Ok(());
        }
    }
    let departure = Mismatch::new(site, "a later time than after the update before", "no later time")
        .at(format!("/{}", order.later))
        .because(order.authority)
        .from_source(order.source.clone());
    Err(case_context.fail(&UPDATE_TIME_MOVES, &departure, &last))
}

/// Names the resource anew.
async fn update(case_context: CaseContext<'_>, bindings: &mut Bindings<'_>, name: &str) -> CaseResult<SentCall> {
    let under_test = case_context.under_test;
    let mut input = under_test.base.clone();
    if let Some(members) = input.as_object_mut() {
        members.insert(NAME.to_owned(), json!(name));
    }
    if let Ok(filled) = bindings.fill(&input) {
        under_test.settled(&filled).await;
    }
    let context = under_test.context(case_context.case).with_input(&input);
    Ok(under_test.send(bindings, RequestSpec::valid(&input), &context).await?)
}

/// The time of the last update by an answer, in milliseconds of the epoch.
fn time(case_context: CaseContext<'_>, order: &TimeOrder, call: &SentCall) -> CaseResult<i64> {
    let body = case_context.body(call)?;
    let text = body.get(&order.later).and_then(Value::as_str).unwrap_or_default();
    let millis = TimestampFormat::DateTime.epoch_millis(text);
    millis.ok_or_else(|| indeterminate(format!("the answer has no {} to go by", order.later)))
}
