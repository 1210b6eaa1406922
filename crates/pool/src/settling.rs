//! Waiting for resources to leave a state that passes by itself.

use std::time::Duration;

use ivs_client::{Exchange, is_worth_retrying};
use ivs_model::knowledge::Lifecycle;
use serde_json::Value;
use tokio::time::Instant;

use crate::pool::{Pool, locked};
use crate::resource::Resource;

/// The first wait until a resource is looked at again; it doubles from look to look, up to a share of the time so far.
const FIRST_WAIT: Duration = Duration::from_millis(10);
/// The share: a fourth, or a sixteenth where it is known how long others of the kind took.
const SHARE: u32 = 4;
const SHARE_OF_USUAL: u32 = 16;
/// How long it is looked at.
const LONGEST: Duration = Duration::from_secs(10);

impl Pool {
    /// Looks at a resource until it is in no passing state, or gone. Returns at once where its kind has no states. What never
    /// leaves a passing state is lent all the same: the calls that use it will tell.
    pub async fn settled(&self, resource: &Resource) {
        let lifecycle = self.config.knowledge.lifecycle(&resource.kind);
        let Some((lifecycle, getter)) = lifecycle.zip(self.recipes.getter(&resource.kind)) else { return };
        if locked(&self.unsettled).contains(&resource.kind) {
            return;
        }
        let input = self.about(getter, resource);
        let begin = Instant::now();
        // What is seldom in vain: most of the time that another resource of the kind took.
        let mut usual = locked(&self.settling_times).get(&resource.kind).map(|time| *time * 7 / 8);
        let share = if usual.is_some() { SHARE_OF_USUAL } else { SHARE };
        let mut wait = FIRST_WAIT;
        // The first look is at once: an answer to a creating call may show one state whatever is the case
        // (fact `chat`).
        let mut has_passed = false;
        loop {
            let looked = begin.elapsed();
            match self.call(getter.operation, &input, is_worth_retrying).await {
                Ok(exchange) if is_passing(lifecycle, resource, &exchange) => has_passed = true,
                _ if !has_passed => return,
                _ => {
                    self.note_settling_time(&resource.kind, looked);
                    return;
                }
            }
            if looked >= LONGEST {
                break;
            }
            match usual.take() {
                Some(usual) => tokio::time::sleep(usual).await,
                None => {
                    tokio::time::sleep(wait.min(begin.elapsed() / share).max(FIRST_WAIT)).await;
                    wait = wait.saturating_mul(2);
                }
            }
        }
        // Once is enough to learn that it does not pass here.
        locked(&self.unsettled).insert(resource.kind.clone());
    }

    /// Notes how long a resource of the kind took. The shortest time counts.
    fn note_settling_time(&self, kind: &str, time: Duration) {
        let times = &mut locked(&self.settling_times);
        let known = times.entry(kind.to_owned()).or_insert(time);
        *known = time.min(*known);
    }
}

/// Whether an answer shows the resource in a state that passes by itself.
fn is_passing(lifecycle: &Lifecycle, resource: &Resource, exchange: &Exchange) -> bool {
    state(exchange, resource)
        .is_some_and(|state| lifecycle.passing.contains(&state) && !lifecycle.usable.contains(&state))
}

/// The state that an answer gives for a resource.
fn state(exchange: &Exchange, resource: &Resource) -> Option<String> {
    let answer = exchange.outcome.as_ref().ok()?.json().ok()?;
    let members = answer.as_object().into_iter().flat_map(|object| object.values());
    let object = std::iter::once(&answer)
        .chain(members)
        .find(|value| value.get("arn").and_then(Value::as_str) == Some(resource.arn.as_str()))?;
    object.get("state")?.as_str().map(str::to_owned)
}
