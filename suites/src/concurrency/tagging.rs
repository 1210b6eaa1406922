//! Tags of one resource, added or removed by several calls at the same time.

use ivs_catalog::TagOperations;
use ivs_judge::Mismatch;
use ivs_model::Authority;
use ivs_model::knowledge::Taggable;
use ivs_runner::{CaseContext, CaseResult, SentCall, at_once, indeterminate, resource_unavailable};
use serde_json::{Map, Value, json};

use super::checks::AT_ONCE;

/// How many calls are under way at the same time.
const CALLS: usize = 4;

/// How often they are made: what is lost now and then may be kept once.
const ROUNDS: usize = 2;

/// The tags of one resource.
struct Tags<'a> {
    case_context: CaseContext<'a>,
    operations: TagOperations<'static>,
    taggable: &'a Taggable,
    arn: &'a str,
    site: &'a str,
}

/// Several calls add a tag each: all are there afterwards.
pub(super) async fn judge_adding(case_context: CaseContext<'_>, taggable: &Taggable, site: &str) -> CaseResult {
    on_resource(case_context, taggable, site, async |tags: &Tags<'_>| {
        for round in 0..ROUNDS {
            let keys: Vec<String> = (0..CALLS).map(|call| format!("contract-{round}-{call}")).collect();
            tags.at_once(&keys, |tags, key| tags.adding(&[key])).await?;
            let (shown, call) = tags.list().await?;
            let Some(lost) = keys.iter().find(|key| !shown.contains_key(*key)) else { continue };
            // The control: by itself the same call is kept.
            tags.call(&tags.adding(&[lost])).await?;
            if !tags.list().await?.0.contains_key(lost) {
                return Err(indeterminate("a single call is not kept either"));
            }
            let count = keys.iter().filter(|key| !shown.contains_key(*key)).count();
            return tags.fail(
                "all tags that were added at the same time",
                format!("{count} of {CALLS} missing"),
                &call,
            );
        }
        Ok(())
    })
    .await
}

/// Several calls remove a tag each: none of these is there afterwards, and the others are.
pub(super) async fn judge_removing(case_context: CaseContext<'_>, taggable: &Taggable, site: &str) -> CaseResult {
    on_resource(case_context, taggable, site, async |tags: &Tags<'_>| {
        let keys: Vec<String> = (0..2 * CALLS).map(|number| format!("contract-{number}")).collect();
        let (removed, kept) = keys.split_at(CALLS);
        let all: Vec<&String> = keys.iter().collect();
        let call = tags.case_context.ask(tags.operations.tagger.id, &tags.adding(&all)).await?;
        tags.case_context.body(&call)?;
        let (before, _) = tags.list().await?;
        if keys.iter().any(|key| !before.contains_key(key)) {
            return Err(indeterminate("the tags do not show as they were set"));
        }
        tags.at_once(removed, |tags, key| tags.operations.remove(tags.arn, &[key])).await?;
        let (shown, call) = tags.list().await?;
        let lost = kept.iter().filter(|key| !shown.contains_key(*key)).count();
        if lost > 0 {
            return tags.fail("the tags that no call removed", format!("{lost} missing"), &call);
        }
        let Some(left) = removed.iter().find(|key| shown.contains_key(*key)) else { return Ok(()) };
        tags.call(&tags.operations.remove(tags.arn, &[left])).await?;
        if tags.list().await?.0.contains_key(left) {
            return Err(indeterminate("a single call removes nothing either"));
        }
        let count = removed.iter().filter(|key| shown.contains_key(*key)).count();
        tags.fail("none of the tags that were removed at the same time", format!("{count} of {CALLS} left"), &call)
    })
    .await
}

/// Makes a resource for a case, and removes it again.
async fn on_resource(
    case_context: CaseContext<'_>,
    taggable: &Taggable,
    site: &str,
    judge: impl AsyncFnOnce(&Tags<'_>) -> CaseResult,
) -> CaseResult {
    let under_test = case_context.under_test;
    let operations =
        TagOperations::of(under_test.model).ok_or_else(|| indeterminate("the service has no tag operations"))?;
    let made = under_test.pool.lease_many(&taggable.resource, &[json!({})]).await;
    let (made, lease) = made.map_err(|error| resource_unavailable(&error))?;
    let tags = Tags { case_context, operations, taggable, arn: &made[0].arn, site };
    let result = judge(&tags).await;
    under_test.pool.discard(lease).await;
    result
}

impl Tags<'_> {
    fn adding(&self, keys: &[&String]) -> Value {
        let tags: Map<String, Value> = keys.iter().map(|key| ((*key).clone(), json!("1"))).collect();
        self.operations.add(self.arn, &tags)
    }

    /// Makes a call for each key, all at the same time, all of which must succeed.
    async fn at_once(&self, keys: &[String], input: impl Fn(&Self, &String) -> Value) -> CaseResult {
        let inputs: Vec<Value> = keys.iter().map(|key| input(self, key)).collect();
        for call in at_once(inputs.iter().map(|input| self.case_context.call(input))).await {
            self.case_context.body(&call?)?;
        }
        Ok(())
    }

    async fn call(&self, input: &Value) -> CaseResult {
        let call = self.case_context.call(input).await?;
        self.case_context.body(&call).map(|_| ())
    }

    async fn list(&self) -> CaseResult<(Map<String, Value>, SentCall)> {
        let call = self.case_context.ask(self.operations.reader.id, &self.operations.list(self.arn)).await?;
        let body = self.case_context.body(&call)?;
        let shown = body.get(self.operations.shown).and_then(Value::as_object).cloned();
        Ok((shown.ok_or_else(|| indeterminate("the answer lists no tags"))?, call))
    }

    fn fail(&self, expected: &str, actual: String, call: &SentCall) -> CaseResult {
        // Weaker where only the model lets us think that the kind takes tags.
        let authority = self.taggable.authority.max(Authority::Observed);
        let departure = Mismatch::new(self.site, expected, actual).because(authority);
        Err(self.case_context.fail(&AT_ONCE, &departure, call))
    }
}
