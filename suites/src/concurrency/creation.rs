//! Resources that are created at the same time by equal calls.

use std::collections::BTreeSet;

use ivs_judge::Mismatch;
use ivs_model::Authority;
use ivs_pool::{Lease, Resource};
use ivs_runner::{Bindings, CaseContext, CaseResult, Planning, at_once, indeterminate, resource_unavailable};

use super::checks::AT_ONCE;

/// How many resources are created.
const CREATIONS: usize = 4;

/// The type that the operation creates, if it is the operation to create one and another shows it.
pub(super) fn created(planning: &Planning<'_>) -> Option<String> {
    let is_own = |it: &&ivs_catalog::ResourceType| {
        it.creates.first() == Some(&planning.operation.id) && !it.gets.is_empty() && !it.deletes.is_empty()
    };
    planning.catalog.resource_types().iter().find(is_own).map(|it| it.name.clone())
}

/// Creations at the same time make a resource each, and each can be looked at.
pub(super) async fn judge(case_context: CaseContext<'_>, kind: &str) -> CaseResult {
    let pool = &case_context.under_test.pool;
    if pool.producer(kind).is_none_or(|it| it.operation != case_context.under_test.operation.id) {
        return Err(indeterminate("another operation creates such resources"));
    }
    if pool.affordable(kind, CREATIONS) < CREATIONS {
        return Err(indeterminate("the quota allows only a few of them at once"));
    }
    let under_test = case_context.under_test;
    let mut bindings = under_test.bind(&under_test.base).await;
    let result = match &mut bindings {
        Bindings::Leased(lease) => create(case_context, kind, lease).await,
        Bindings::Sampled { reason, .. } => Err(indeterminate(reason.clone())),
    };
    let result = match result {
        Ok(made) => judge_made(case_context, kind, &made).await,
        Err(verdict) => Err(verdict),
    };
    under_test.release(bindings).await;
    result
}

/// Makes equal calls at the same time, all of which must succeed.
async fn create(case_context: CaseContext<'_>, kind: &str, lease: &mut Lease) -> CaseResult<Vec<Resource>> {
    let under_test = case_context.under_test;
    let input = lease.fill(&under_test.base).map_err(|error| resource_unavailable(&error))?;
    let input = under_test.pool.tagged(under_test.operation.id, input);
    let calls = at_once((0..CREATIONS).map(|_| case_context.call(&input))).await;
    // Whatever comes of the case, all of them are removed again.
    calls.iter().flatten().for_each(|call| under_test.pool.track(lease, &call.exchange));
    let made = calls.into_iter().map(|call| {
        let body = case_context.body(&call?)?;
        let resource = Resource::all_in(&body).into_iter().find(|resource| resource.kind == kind);
        resource.ok_or_else(|| indeterminate("the answer names nothing that was made"))
    });
    made.collect()
}

async fn judge_made(case_context: CaseContext<'_>, kind: &str, made: &[Resource]) -> CaseResult {
    let departure = |actual: String| {
        let expected = format!("{} resources for as many creations at the same time", made.len());
        Mismatch::new("creations", expected, actual)
    };
    let arns: BTreeSet<&str> = made.iter().map(|resource| resource.arn.as_str()).collect();
    if arns.len() < made.len() {
        let call = case_context.look_at(kind, &made[0].arn).await?;
        return Err(case_context.fail(&AT_ONCE, &departure(format!("{} resources", arns.len())), &call));
    }
    let mut found = 0;
    let mut missing = None;
    // In the order of creation: ARNs differ in each run.
    for resource in made {
        let call = case_context.look_at(kind, &resource.arn).await?;
        match call.answer.is_success() {
            true => found += 1,
            false if call.answer.status() == Some(404) && !call.answer.is_absent() => missing = Some(call),
            false => return Err(indeterminate(format!("a created resource cannot be read: {}", call.answer))),
        }
    }
    match missing {
        // None is there: that is no matter of creations at the same time.
        Some(_) if found == 0 => Err(indeterminate("none of the created resources can be read")),
        // A read may lag behind the creation.
        Some(call) => {
            let departure = departure(format!("{found} that can be read")).because(Authority::Inferred);
            Err(case_context.fail(&AT_ONCE, &departure, &call))
        }
        None => Ok(()),
    }
}
