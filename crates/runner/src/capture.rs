//! Capturing a canonical call: its exchange, on a resource whose creation is known.

use std::collections::BTreeSet;

use ivs_canonical::{CanonicalExchange, Difference, Normalizer};
use ivs_generators::{Effects, Placeholder};
use ivs_model::knowledge::Lifecycle;
use ivs_model::{CaseId, Location};
use ivs_pool::{Lease, Resource};
use serde_json::{Map, Value, json};

use crate::canonical_call::{CallKind, CanonicalCall};
use crate::case_context::{CaseContext, CaseResult, indeterminate, resource_unavailable};
use crate::lag_wait::LagWait;
use crate::list_under_test::ListUnderTest;
use crate::operation_under_test::{OperationUnderTest, RequestSpec, SentCall};
use crate::trigger::send_trigger;

/// The name of every resource that is created for a canonical call, where its kind takes one.
const NAME: &str = "ivs-contract-snapshot";
/// Its one tag.
const TAG: (&str, &str) = ("contract", "snapshot");
/// All texts that a canonical call puts into a resource.
pub const PUT: [&str; 3] = [NAME, TAG.0, TAG.1];
/// How many pages are looked through for a resource of ours.
const PAGES: usize = 50;

/// A captured canonical call.
pub struct Captured {
    /// Texts of [`PUT`] that are in the resource which the call is about, as the call that made it showed.
    pub put: Vec<&'static str>,
    /// The call whose answer counts.
    pub call: SentCall,
    /// Its exchange in canonical form; none if there was no answer.
    pub canonical: Option<CanonicalExchange>,
}

/// Captures one canonical call of an operation; `list` describes the operation as a list, if it pages.
pub async fn capture(
    under_test: &OperationUnderTest,
    case: &CaseId,
    canonical_call: &CanonicalCall,
    list: Option<&ListUnderTest>,
) -> CaseResult<Captured> {
    let mut own = None;
    let call = match &canonical_call.kind {
        CallKind::Valid { input, .. } => {
            own = Own::make(under_test, case, input, list).await?;
            let input = own.as_ref().map_or_else(|| input.clone(), |own| own.fill(input));
            let call = call_valid(under_test, case, &input, list, own.as_ref()).await;
            if let Some(own) = &mut own
                && let Some(lease) = own.lease.take()
            {
                under_test.pool.finish(lease).await;
            }
            call?
        }
        CallKind::Invalid { input, .. } => {
            let mut context = under_test.context(case).with_input(input);
            context.well_formed = false;
            under_test.call(RequestSpec::valid(input), &context).await?
        }
        CallKind::Triggered(trigger) => send_trigger(under_test, &under_test.base, trigger, case).await?,
    };
    let run_context = &under_test.run_context;
    let normalizer =
        Normalizer::new(under_test.model, under_test.operation, run_context.knowledge, &run_context.config.externals);
    let arn = own.as_ref().map(|own| own.resource.arn.as_str());
    let canonical = normalizer.canonical(&canonical_call.name, &call.exchange, &call.input, &PUT, arn.as_slice());
    let put = own.map(|own| own.put).unwrap_or_default();
    Ok(Captured { put, call, canonical })
}

/// The valid call; of a list, the page that shows the resource of ours, as soon as reads follow writes at the endpoint.
async fn call_valid(
    under_test: &OperationUnderTest,
    case: &CaseId,
    input: &Value,
    list: Option<&ListUnderTest>,
    own: Option<&Own>,
) -> CaseResult<SentCall> {
    let mut input = input.clone();
    if let (Some(list), Some(members)) = (list, input.as_object_mut())
        && let Some(size) = &list.operation.pagination.page_size
    {
        members.insert(size.clone(), json!(list.operation.max_page_size));
    }
    let mut lag = LagWait::begin(under_test.run_context.config.consistency_wait);
    loop {
        let (call, shows) = first_showing(under_test, case, &input, list, own).await?;
        if shows || !lag.again().await {
            return Ok(call);
        }
    }
}

/// The valid call; of a list, the first page that shows the resource of ours, or else the last one. Whether it shows it.
async fn first_showing(
    under_test: &OperationUnderTest,
    case: &CaseId,
    input: &Value,
    list: Option<&ListUnderTest>,
    own: Option<&Own>,
) -> CaseResult<(SentCall, bool)> {
    let context = under_test.context(case).with_input(input);
    let mut call = under_test.call(RequestSpec::valid(input), &context).await?;
    let Some(own) = own else { return Ok((call, true)) };
    let Some(list) = list else {
        let is_there = call.answer.status() != Some(404);
        return Ok((call, is_there));
    };
    let first = call.input.clone();
    let mut next = input.clone();
    let mut shows = false;
    for _ in 0..PAGES {
        let body = call.json();
        let token =
            body.get(&list.operation.pagination.output_token).and_then(Value::as_str).filter(|token| !token.is_empty());
        shows = body[list.operation.items].to_string().contains(&own.resource.arn);
        let (false, Some(token), Some(members)) = (shows, token, next.as_object_mut()) else { break };
        members.insert(list.operation.pagination.input_token.clone(), json!(token));
        let context = under_test.context(case).with_input(input);
        call = under_test.call(RequestSpec::valid(&next), &context).await?;
    }
    // The token is of this run alone.
    call.input = first;
    Ok((call, shows))
}

/// A resource created for one canonical call, so that all that it shows was put there.
struct Own {
    /// Stands for it in the input; none in a list of its kind.
    placeholder: Option<Placeholder>,
    resource: Resource,
    /// What the call that made it showed of [`PUT`]: where that was lost there, nobody else is to blame.
    put: Vec<&'static str>,
    lease: Option<Lease>,
}

impl Own {
    /// Makes what a reading call is to show: what it names, or what it lists. Calls that change something have resources
    /// of their own anyway.
    async fn make(
        under_test: &OperationUnderTest,
        case: &CaseId,
        input: &Value,
        list: Option<&ListUnderTest>,
    ) -> CaseResult<Option<Self>> {
        let effects = &under_test.effects;
        let reads = effects.creates.is_empty() && effects.consumes.is_empty() && effects.mutates.is_empty();
        if !(reads && under_test.run_context.config.allow_writes) {
            return Ok(None);
        }
        let named = Placeholder::all_in(input)
            .into_iter()
            .find(|it| it.field == "arn" && it.number == 1 && under_test.pool.producer(&it.kind).is_some());
        let listed =
            list.filter(|list| !list.operation.is_scoped).and_then(|list| list.operation.resource_type.as_deref());
        let Some(kind) = named.as_ref().map(|placeholder| placeholder.kind.as_str()).or(listed) else {
            return Ok(None);
        };
        let Some(recipe) = under_test.pool.producer(kind) else { return Ok(None) };
        let mut wanted = recipe.input.clone();
        if let (Some(wanted), Value::Object(overlay)) = (wanted.as_object_mut(), overlay(under_test, kind)) {
            wanted.extend(overlay);
        }
        let effects = Effects { creates: vec![kind.to_owned()], ..Effects::default() };
        let (pool, operation) = (&under_test.pool, recipe.operation);
        let lease = pool.lease_for(operation, &effects, &[&wanted]).await;
        let mut lease = lease.map_err(|error| resource_unavailable(&error))?;
        let filled = pool.tagged(operation, lease.fill(&wanted).map_err(|error| resource_unavailable(&error))?);
        let made = CaseContext { under_test, case }.ask(operation, &filled).await;
        if let Ok(made) = &made {
            pool.track(&mut lease, &made.exchange);
        }
        let resource = lease.tracked().iter().find(|resource| resource.kind == kind).cloned();
        match (made, resource) {
            (Ok(made), Some(resource)) => {
                let shown = made.json().to_string();
                let put = PUT.into_iter().filter(|text| shown.contains(text)).collect();
                Ok(Some(Self { placeholder: named, resource, put, lease: Some(lease) }))
            }
            (made, _) => {
                pool.finish(lease).await;
                Err(made.map_or_else(|verdict| verdict, |made| indeterminate(format!("no {kind}: {}", made.answer))))
            }
        }
    }

    /// The input with the resource in its place.
    fn fill(&self, input: &Value) -> Value {
        let fill = &mut |placeholder: &Placeholder| {
            let is_own = self.placeholder.as_ref() == Some(placeholder);
            Some(if is_own { self.resource.arn.clone() } else { placeholder.to_string() })
        };
        Placeholder::fill(input, fill).unwrap_or_else(|| input.clone())
    }
}

/// Name and tag, as far as the creating call takes them.
pub fn overlay(under_test: &OperationUnderTest, kind: &str) -> Value {
    let members = under_test.pool.producer(kind).and_then(|recipe| {
        let model =
            under_test.run_context.models.iter().find(|model| model.service.id == recipe.operation.service())?;
        Some(model.members(model.operation(recipe.operation.name())?.input))
    });
    let takes: BTreeSet<&str> = members
        .into_iter()
        .flatten()
        .filter(|member| member.location == Location::Body)
        .map(|member| member.name.as_str())
        .collect();
    let mut overlay = Map::new();
    if takes.contains("name") {
        overlay.insert("name".to_owned(), json!(NAME));
    }
    if takes.contains("tags") {
        overlay.insert("tags".to_owned(), json!({ TAG.0: TAG.1 }));
    }
    Value::Object(overlay)
}

/// Whether the difference is one of states that pass by themselves: how soon they do is up to the endpoint.
pub fn is_early_state(under_test: &OperationUnderTest, difference: &Difference) -> bool {
    let early = |lifecycle: &Lifecycle, shown: &str| {
        let states = lifecycle.initial.iter().chain(&lifecycle.passing).chain(&lifecycle.usable);
        states.into_iter().any(|state| format!("\"{state}\"") == shown)
    };
    let Difference { site, expected, actual, .. } = difference;
    site.ends_with("/state")
        && under_test.run_context.knowledge.lifecycles.iter().any(|lifecycle| {
            lifecycle.service == under_test.service() && early(lifecycle, expected) && early(lifecycle, actual)
        })
}
