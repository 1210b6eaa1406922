//! The calls of a trigger: those that bring its error about, and the one whose answer counts.

use ivs_judge::Verdict;
use ivs_model::{CaseId, ErrorPair};
use serde_json::Value;

use super::{Trigger, TriggerKind};
use crate::case_context::indeterminate;
use crate::not_sent::NotSent;
use crate::operation_under_test::{OperationUnderTest, RequestSpec, SentCall};
use crate::quota_room::{CONTROL, input};
use crate::setup_error::SetupError;

/// Makes the call whose answer counts.
pub async fn send_trigger(
    under_test: &OperationUnderTest,
    base: &Value,
    trigger: &Trigger,
    case: &CaseId,
) -> Result<SentCall, Verdict> {
    let not_sent = |NotSent(reason)| Verdict::Indeterminate(reason);
    let input = trigger.input(base);
    let context = under_test.context(case).with_input(input);
    match &trigger.kind {
        TriggerKind::Input(_) | TriggerKind::Lacking => {
            note_triggered(under_test, trigger);
            under_test.call(RequestSpec::valid(input), &context).await.map_err(not_sent)
        }
        TriggerKind::Quota(times) => {
            note_triggered(under_test, trigger);
            let mut bindings = under_test.bind(input).await;
            let mut call = under_test.send(&mut bindings, RequestSpec::valid(input), &context).await;
            for _ in 0..*times {
                if call.as_ref().is_ok_and(|call| call.answer.is_success()) {
                    call = under_test.send(&mut bindings, RequestSpec::valid(input), &context).await;
                }
            }
            under_test.release(bindings).await;
            call.map_err(not_sent)
        }
        TriggerKind::Limit(kind) => {
            // Made first, so that nothing that the call needs falls under the limit.
            let settings = &under_test.run_context.settings;
            let shared = settings.read().await;
            let mut bindings = under_test.bind(input).await;
            drop(shared);
            let held = settings.write().await;
            let call = async {
                limit(under_test, kind, Some(0)).await?;
                note_triggered(under_test, trigger);
                under_test.run_context.expect_full_quota(under_test.operation.id, true);
                let sent = under_test.send(&mut bindings, RequestSpec::valid(input), &context).await;
                sent.map_err(SetupError::from)
            };
            let call = call.await.map_err(|error| error.to_string());
            under_test.run_context.expect_full_quota(under_test.operation.id, false);
            let restored = limit(under_test, kind, None).await;
            drop(held);
            under_test.release(bindings).await;
            if let Err(reason) = &call {
                note_not_triggered(under_test, trigger, reason);
            }
            let call = call.map_err(Verdict::Indeterminate)?;
            restored.map_err(|reason| indeterminate(format!("the quota could not be set back: {reason}")))?;
            Ok(call)
        }
    }
}

/// Sets the quota of a kind where the endpoint offers that; none sets the usual one again.
async fn limit(under_test: &OperationUnderTest, kind: &str, limit: Option<u64>) -> Result<(), SetupError> {
    let controls = under_test.run_context.controls(under_test.service()).await;
    if !controls.offers(CONTROL) {
        return Err(SetupError::NoQuotaControl(CONTROL));
    }
    // Some resource tells of which account and region the endpoint takes the caller to be.
    let some = under_test.pool.any(kind).await?;
    controls.act(CONTROL, &input(&under_test.run_context, kind, &some, limit)).await?;
    Ok(())
}

fn note_triggered(under_test: &OperationUnderTest, trigger: &Trigger) {
    for error in &trigger.errors {
        under_test.run_context.errors.note_triggered(ErrorPair::new(under_test.operation.id, &error.code));
    }
}

fn note_not_triggered(under_test: &OperationUnderTest, trigger: &Trigger, reason: &str) {
    for error in &trigger.errors {
        under_test.run_context.errors.note_not_triggered(ErrorPair::new(under_test.operation.id, &error.code), reason);
    }
}
