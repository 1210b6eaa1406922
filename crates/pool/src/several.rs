//! Several resources of one kind under one lease: for listings, batches, and whatever must not touch a shared resource.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use ivs_generators::{Effects, Placeholder};
use ivs_model::OperationId;
use serde_json::Value;

use crate::error::PoolError;
use crate::external;
use crate::lease::{Lease, Own};
use crate::pool::Pool;
use crate::recipe::Recipe;
use crate::resource::Resource;

/// The least resources that make a list.
const LEAST: usize = 2;
/// The most resources with a public key of their own that one lease has.
const KEYS_AT_ONCE: usize = 4;

impl Pool {
    /// New resources of one kind, one for each overlay, under one lease that clears them away. The members of an overlay
    /// take the place of those in the creating input; `null` changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`]; what was made until then is removed again.
    pub async fn lease_many(&self, kind: &str, overlays: &[Value]) -> Result<(Vec<Resource>, Lease), PoolError> {
        let mut lease = Lease::empty();
        lease.untouched = false;
        lease.permits.extend(self.turns(kind, overlays.len()).await);
        let (first, rest) = overlays.split_at(self.alone(kind, overlays.len()));
        let mut made = Vec::with_capacity(overlays.len());
        for some in [first, rest] {
            let mut refused = None;
            for own in join_all(some.iter().map(|overlay| self.by_overlay(kind, overlay))).await {
                match own {
                    Ok(own) => {
                        lease.tracked.extend(own.all().cloned());
                        made.push(own.resource);
                    }
                    Err(error) => refused = Some(error),
                }
            }
            if let Some(error) = refused {
                self.discard(lease).await;
                return Err(error);
            }
        }
        Ok((made, lease))
    }

    async fn by_overlay(&self, kind: &str, overlay: &Value) -> Result<Own, PoolError> {
        let producer = self.recipes.producer(kind).ok_or_else(|| PoolError::NoRecipe { kind: kind.to_owned() })?;
        let mut recipe = producer.clone();
        if let (Some(input), Some(overlay)) = (recipe.input.as_object_mut(), overlay.as_object()) {
            input.extend(overlay.clone());
        }
        self.create_by(kind, &recipe, self.recipes.is_scarce(kind)).await
    }

    /// One more resource for a lease of [`Pool::lease_many`] of the same kind.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn another(&self, lease: &mut Lease, kind: &str, overlay: &Value) -> Result<Resource, PoolError> {
        let own = self.by_overlay(kind, overlay).await?;
        lease.tracked.extend(own.all().cloned());
        Ok(own.resource)
    }

    /// Makes, at once, the shared resources that these overlays name and that take their time: each [`Pool::another`] would wait for
    /// its own. What cannot be made is told by the call that needs it.
    pub async fn prepare(&self, overlays: &[&Value]) {
        let named: BTreeSet<Placeholder> = overlays.iter().flat_map(|overlay| Placeholder::all_in(overlay)).collect();
        let slow = named.iter().filter(|placeholder| placeholder.names_resource() && !self.is_quick(&placeholder.kind));
        join_all(slow.map(|placeholder| self.bind(placeholder))).await;
    }

    /// More resources for a lease of [`Pool::lease_many`] of the same kind, made at once; as many as the endpoint makes.
    pub async fn more(&self, lease: &mut Lease, kind: &str, count: usize) -> Vec<Resource> {
        let plain = Value::Object(serde_json::Map::new());
        let mut made = Vec::with_capacity(count);
        let first = self.alone(kind, count);
        for some in [first, count - first] {
            let all = join_all((0..some).map(|_| self.by_overlay(kind, &plain))).await;
            let is_refused = all.iter().any(Result::is_err);
            for own in all.into_iter().flatten() {
                lease.tracked.extend(own.all().cloned());
                made.push(own.resource);
            }
            if is_refused {
                break;
            }
        }
        made
    }

    /// One more resource for each overlay, made at once, as [`Pool::another`] does; those that can be made.
    pub async fn others(&self, lease: &mut Lease, kind: &str, overlays: &[&Value]) -> Vec<Resource> {
        let all = join_all(overlays.iter().map(|overlay| self.by_overlay(kind, overlay))).await;
        let made = all.into_iter().flatten().map(|own| {
            lease.tracked.extend(own.all().cloned());
            own.resource
        });
        made.collect()
    }

    /// How many of so many resources are made before the others: one, so that an endpoint that makes none is asked once. Where
    /// one takes its time, all are made at once.
    fn alone(&self, kind: &str, count: usize) -> usize {
        if self.is_quick(kind) { count.min(1) } else { 0 }
    }

    /// Takes a lease of [`Pool::lease_many`] back. Of a scarce kind, those that take their time to go count against the quota
    /// until they are gone: nobody else gets its turn before.
    pub async fn discard(&self, mut lease: Lease) {
        let gone = std::mem::take(&mut lease.tracked);
        self.remove_each(gone.clone()).await;
        let scarce = gone.iter().filter(|resource| self.is_scarce(&resource.kind));
        join_all(scarce.map(|resource| self.settled(resource))).await;
        self.finish(lease).await;
    }

    /// Resources of its own for everything that these inputs name, to be brought into any state and removed after it.
    /// `calls` are the operations of the service that are called under the lease; leases of one operation wait for each other.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn lease_apart(
        &self,
        operation: OperationId,
        calls: &[&str],
        inputs: &[&Value],
    ) -> Result<Lease, PoolError> {
        let made = calls.iter().filter_map(|call| self.recipes.makes(operation.sibling(call))).flatten().cloned();
        let named = inputs.iter().flat_map(|input| Placeholder::all_in(input));
        let named = named.filter(Placeholder::names_resource).map(|placeholder| placeholder.kind);
        let mutates = named.collect::<BTreeSet<String>>().into_iter().collect();
        let effects = Effects { creates: made.collect(), mutates, ..Effects::default() };
        let mut lease = self.lease_for(operation, &effects, inputs).await?;
        lease.untouched = false;
        Ok(lease)
    }

    /// Removes one resource of a lease before its time.
    pub async fn delete_early(&self, lease: &mut Lease, resource: &Resource) {
        if self.remove_one(resource).await {
            if self.is_scarce(&resource.kind) {
                self.settled(resource).await;
            }
            lease.ended.insert(resource.arn.clone());
            lease.tracked.retain(|tracked| tracked != resource);
        }
    }

    /// Notes that a resource of a lease is gone, so that nobody removes it once more.
    pub fn untrack(&self, lease: &mut Lease, arn: &str) {
        self.registry().gone(arn);
        lease.ended.insert(arn.to_owned());
        lease.tracked.retain(|tracked| self.registry().contains(&tracked.arn));
    }

    /// How many of `wanted` resources of a kind can be had at once without using up a quota, which others
    /// need too, and without importing many keys.
    #[must_use]
    pub fn affordable(&self, kind: &str, wanted: usize) -> usize {
        let Some(recipe) = self.recipes.producer(kind) else { return 0 };
        let quotas = self.config.knowledge.quotas.iter();
        let quotas = quotas.filter(|quota| quota.limits(recipe.operation) && (quota.of.is_none() || quota.adjustable));
        // Two runs at once have room, each with a shared one beside these.
        let share = |limit: usize| (limit / 3).max(LEAST);
        let limit = quotas.filter_map(|quota| usize::try_from(quota.value?).ok()).map(share).min();
        let takes_key = Placeholder::all_in(&recipe.input).iter().any(external::is_key);
        let limit = limit.into_iter().chain(takes_key.then_some(KEYS_AT_ONCE)).min();
        limit.map_or(wanted, |limit| wanted.min(limit))
    }

    /// Whether a resource of the kind can be used as soon as it is made: it has no state to pass through first.
    #[must_use]
    pub fn is_quick(&self, kind: &str) -> bool {
        !self.config.knowledge.passes_through_states(kind)
    }

    /// Whether so many resources of the kind come at the price of one call each: no state to pass through, room in the quota,
    /// no key.
    #[must_use]
    pub fn is_cheap(&self, kind: &str, count: usize) -> bool {
        self.is_quick(kind) && self.affordable(kind, count) == count
    }

    /// How a kind is made.
    #[must_use]
    pub fn producer(&self, kind: &str) -> Option<&Recipe> {
        self.recipes.producer(kind)
    }

    /// Groups services: those of which one names resources of another are in the same group.
    #[must_use]
    pub fn groups_of_services<'a>(&'a self, services: &[&'a str]) -> Vec<BTreeSet<&'a str>> {
        let mut groups: Vec<BTreeSet<&str>> = Vec::new();
        for service in services {
            let mut group: BTreeSet<&str> = self.recipes.services_named_by(service).collect();
            groups.retain(|other| {
                let is_apart = group.is_disjoint(other);
                if !is_apart {
                    group.extend(other);
                }
                is_apart
            });
            groups.push(group);
        }
        groups
    }

    /// How one resource of a kind is looked at: the one placeholder of the input stands for its ARN.
    #[must_use]
    pub fn getter(&self, kind: &str) -> Option<&Recipe> {
        self.recipes.getter(kind)
    }
}
