//! Taking a shot: the call that brings an exchange about, on resources whose making is known.

use std::collections::BTreeSet;

use ivs_generators::{Effects, Placeholder};
use ivs_model::{CaseId, Location};
use ivs_pool::{Lease, Resource};
use serde_json::{Map, Value, json};

use super::shot::{Means, Shot};
use crate::canonical::{Canonical, Normaliser};
use crate::errors::send_trigger;
use crate::judged::{Judged, Scene, undecided, unmade};
use crate::pagination::Listing;
use crate::subject::{Attempt, Call, Subject};

/// The name of every resource that is made for a shot, where its kind takes one.
const NAME: &str = "ivs-contract-snapshot";
/// Its one tag.
const TAG: (&str, &str) = ("contract", "snapshot");
/// All texts that a shot puts into a resource.
pub(crate) const PUT: [&str; 3] = [NAME, TAG.0, TAG.1];
/// How many pages are looked through for a resource of ours.
const PAGES: usize = 50;

/// A shot that was taken.
pub(crate) struct Taken {
    /// Texts of [`PUT`] that are in the resource which the call is about, as the call that made it showed.
    pub(crate) put: Vec<&'static str>,
    /// The call whose answer counts.
    pub(crate) call: Call,
    /// Its exchange in canonical form; none if there was no answer.
    pub(crate) canonical: Option<Canonical>,
}

/// Takes one shot of an operation. `listing` is what is known of it as a list.
pub(crate) async fn take(subject: &Subject, case: &CaseId, shot: &Shot, listing: Option<&Listing>) -> Judged<Taken> {
    let mut own = None;
    let call = match &shot.means {
        Means::Valid { input, .. } => {
            own = Own::make(subject, case, input, listing).await?;
            let input = own.as_ref().map_or_else(|| input.clone(), |own| own.fill(input));
            let call = call_valid(subject, case, &input, listing, own.as_ref()).await;
            if let Some(own) = &mut own
                && let Some(lease) = own.lease.take()
            {
                subject.pool.finish(lease).await;
            }
            call?
        }
        Means::Invalid { input, .. } => {
            let mut context = subject.context(case).with_input(input);
            context.well_formed = false;
            subject.call(Attempt::usual(input), &context).await?
        }
        Means::Triggered(trigger) => send_trigger(subject, &subject.base, trigger, case).await?,
    };
    let session = &subject.session;
    let normaliser = Normaliser::new(subject.model, subject.operation, session.knowledge, &session.config.externals);
    let arn = own.as_ref().map(|own| own.resource.arn.as_str());
    let canonical = normaliser.canonical(&shot.name, &call.exchange, &call.input, &PUT, arn.as_slice());
    let put = own.map(|own| own.put).unwrap_or_default();
    Ok(Taken { put, call, canonical })
}

/// The valid call; of a list, the page that shows the resource of ours, or else the first one.
async fn call_valid(
    subject: &Subject,
    case: &CaseId,
    input: &Value,
    listing: Option<&Listing>,
    own: Option<&Own>,
) -> Judged<Call> {
    let mut input = input.clone();
    if let (Some(listing), Some(members)) = (listing, input.as_object_mut())
        && let Some(size) = &listing.pagination.page_size
    {
        members.insert(size.clone(), json!(listing.max));
    }
    let context = subject.context(case).with_input(&input);
    let mut call = subject.call(Attempt::usual(&input), &context).await?;
    let (Some(listing), Some(own)) = (listing, own) else { return Ok(call) };
    let first = call.input.clone();
    let mut next = input.clone();
    for _ in 0..PAGES {
        let body = call.json();
        let token =
            body.get(&listing.pagination.output_token).and_then(Value::as_str).filter(|token| !token.is_empty());
        let shows = body[listing.items].to_string().contains(&own.resource.arn);
        let (false, Some(token), Some(members)) = (shows, token, next.as_object_mut()) else { break };
        members.insert(listing.pagination.input_token.clone(), json!(token));
        let context = subject.context(case).with_input(&input);
        call = subject.call(Attempt::usual(&next), &context).await?;
    }
    // The token is of this run alone.
    call.input = first;
    Ok(call)
}

/// A resource made for one shot, so that all that it shows was put there.
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
    async fn make(subject: &Subject, case: &CaseId, input: &Value, listing: Option<&Listing>) -> Judged<Option<Self>> {
        let effects = &subject.effects;
        let reads = effects.creates.is_empty() && effects.consumes.is_empty() && effects.mutates.is_empty();
        if !(reads && subject.session.config.writes) {
            return Ok(None);
        }
        let named = Placeholder::all_in(input)
            .into_iter()
            .find(|it| it.field == "arn" && it.number == 1 && subject.pool.producer(&it.kind).is_some());
        let listed = listing.filter(|listing| !listing.scoped).and_then(|listing| listing.kind.as_deref());
        let Some(kind) = named.as_ref().map(|placeholder| placeholder.kind.as_str()).or(listed) else {
            return Ok(None);
        };
        let Some(recipe) = subject.pool.producer(kind) else { return Ok(None) };
        let mut wanted = recipe.input.clone();
        if let (Some(wanted), Value::Object(overlay)) = (wanted.as_object_mut(), overlay(subject, kind)) {
            wanted.extend(overlay);
        }
        let effects = Effects { creates: vec![kind.to_owned()], ..Effects::default() };
        let (pool, operation) = (&subject.pool, recipe.operation);
        let lease = pool.lease_for(operation, &effects, &[&wanted]).await;
        let mut lease = lease.map_err(|error| unmade(&error))?;
        let filled = pool.tagged(operation, lease.fill(&wanted).map_err(|error| unmade(&error))?);
        let made = Scene { subject, case }.ask(operation, &filled).await;
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
                Err(made.map_or_else(|verdict| verdict, |made| undecided(format!("no {kind}: {}", made.answer))))
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
pub(crate) fn overlay(subject: &Subject, kind: &str) -> Value {
    let members = subject.pool.producer(kind).and_then(|recipe| {
        let model = subject.session.models.iter().find(|model| model.service.id == recipe.operation.service())?;
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
