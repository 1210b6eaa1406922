//! Several resources of one kind under one lease: for listings, batches, and whatever must not touch a shared resource.

use ivs_generators::Placeholder;
use serde_json::Value;

use crate::external;
use crate::lease::Lease;
use crate::pool::{Pool, PoolError};
use crate::recipe::Recipe;
use crate::resource::Resource;

impl Pool {
    /// New resources of one kind, one for each overlay, under one lease that clears them away. The members of an overlay
    /// take the place of those in the creating input; `null` changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`]; what was made until then is removed again.
    pub async fn several(&self, kind: &str, overlays: &[Value]) -> Result<(Vec<Resource>, Lease), PoolError> {
        let mut lease = Lease::empty();
        lease.untouched = false;
        if self.recipes.is_scarce(kind) {
            lease.permits.extend(self.turn(kind).acquire_owned().await.ok());
        }
        let mut made = Vec::with_capacity(overlays.len());
        for overlay in overlays {
            match self.another(&mut lease, kind, overlay).await {
                Ok(resource) => made.push(resource),
                Err(error) => {
                    self.finish(lease).await;
                    return Err(error);
                }
            }
        }
        Ok((made, lease))
    }

    /// One more resource for a lease of [`Pool::several`] of the same kind.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn another(&self, lease: &mut Lease, kind: &str, overlay: &Value) -> Result<Resource, PoolError> {
        let producer = self.recipes.producer(kind).ok_or_else(|| PoolError::NoRecipe { kind: kind.to_owned() })?;
        let mut recipe = producer.clone();
        if let (Some(input), Some(overlay)) = (recipe.input.as_object_mut(), overlay.as_object()) {
            input.extend(overlay.clone());
        }
        let own = self.create_by(kind, &recipe, self.recipes.is_scarce(kind)).await?;
        lease.adopted.extend(own.all().cloned());
        Ok(own.resource)
    }

    /// Removes one resource of a lease before its time.
    pub async fn discard(&self, lease: &mut Lease, resource: &Resource) {
        if self.remove_one(resource).await {
            lease.ended.insert(resource.arn.clone());
            lease.adopted.retain(|adopted| adopted != resource);
        }
    }

    /// How many of `wanted` resources of a kind can be had at once without using up a quota or the keys: others need
    /// some too.
    #[must_use]
    pub fn affordable(&self, kind: &str, wanted: usize) -> usize {
        let Some(recipe) = self.recipes.producer(kind) else { return 0 };
        let quotas = self.config.knowledge.quotas.iter().filter(|quota| {
            quota.service == recipe.service && quota.operation == recipe.operation && quota.of.is_none()
        });
        let half = |limit: usize| limit.div_ceil(2);
        let limit = quotas.filter_map(|quota| usize::try_from(quota.value?).ok()).map(half).min();
        let keys = Placeholder::all_in(&recipe.input).iter().filter(|placeholder| external::is_key(placeholder)).count();
        let limit = if keys == 0 { limit } else { Some(limit.unwrap_or(usize::MAX).min(half(self.keys_in_all() / keys))) };
        limit.map_or(wanted, |limit| wanted.min(limit))
    }

    /// Whether resources of the kind come at the price of one call: no state to pass through, no quota, no key.
    #[must_use]
    pub fn is_cheap(&self, kind: &str) -> bool {
        let passes = self.config.knowledge.lifecycles.iter().any(|lifecycle| lifecycle.resource == kind);
        !passes && self.affordable(kind, usize::MAX) == usize::MAX
    }

    /// How a kind is made.
    #[must_use]
    pub fn producer(&self, kind: &str) -> Option<&Recipe> {
        self.recipes.producer(kind)
    }

    /// How one resource of a kind is looked at: the one placeholder of the input stands for its ARN.
    #[must_use]
    pub fn getter(&self, kind: &str) -> Option<&Recipe> {
        self.recipes.getter(kind)
    }
}
