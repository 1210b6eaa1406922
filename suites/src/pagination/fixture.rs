//! What is made for one list: items of its kind, some of which its filters let through.

use std::collections::BTreeSet;

use ivs_model::knowledge::Filling;
use ivs_pool::{Lease, Resource};
use ivs_runner::{ListUnderTest, OperationUnderTest, Setup, SetupError, SetupPlan, object};
use serde_json::{Value, json};

use super::SUITE;

/// How many items a list is walked over; fewer where a quota is small.
const ENOUGH: usize = 5;

/// What the cases of a list need of a fixture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The number of plain items.
    pub(super) plain: usize,
    /// The filters that some items match, by their place in the list.
    pub(super) filters: BTreeSet<usize>,
}

impl Needs {
    /// So many items that match no filter in particular.
    pub(super) fn plain(plain: usize) -> Self {
        Self { plain, filters: BTreeSet::new() }
    }

    /// The needs of both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.plain = self.plain.max(other.plain);
        self.filters.extend(other.filters);
        self
    }
}

/// A list that was filled by the steps of a setup.
struct Filled<'a> {
    setup: Setup<'a>,
    filling: &'static Filling,
    /// The input of the list.
    scope: Value,
    keys: BTreeSet<String>,
}

/// Resources of the listed kind that nobody else uses.
pub(super) struct ListFixture<'a> {
    under_test: &'a OperationUnderTest,
    list: &'a ListUnderTest,
    lease: Option<Lease>,
    made: Vec<Resource>,
    /// What was brought about where no call makes an item.
    filled: Option<Filled<'a>>,
    /// Why nothing could be made, if so.
    pub(super) reason: Option<String>,
    /// The number of items that a walk while others write needs.
    enough: usize,
}

impl<'a> ListFixture<'a> {
    /// Makes what can be made, or only what is needed. Lists of one parent show what is with the parent.
    pub(super) async fn make(
        under_test: &'a OperationUnderTest,
        list: &'a ListUnderTest,
        needs: Option<&Needs>,
    ) -> ListFixture<'a> {
        let (lease, made, filled, reason) = (None, Vec::new(), None, None);
        let enough = needs.map_or(ENOUGH, |needs| needs.plain);
        let mut fixture = ListFixture { under_test, list, lease, made, filled, reason, enough };
        if let Some(filling) = list.filling {
            match fixture.fill(filling).await {
                Ok(filled) => fixture.filled = Some(filled),
                Err(error) => fixture.reason = Some(error.to_string()),
            }
            return fixture;
        }
        let Some(kind) = fixture.kind() else {
            fixture.reason = Some("no call makes an item for the list".to_owned());
            return fixture;
        };
        let count = under_test.pool.affordable(kind, ENOUGH);
        let is_needed = |at: &usize| needs.is_none_or(|needs| needs.filters.contains(at));
        let filters = || list.filters.iter().enumerate().filter(|(at, _)| is_needed(at)).map(|(_, filter)| filter);
        let overlays = filters().filter_map(|filter| filter.overlay.as_ref()).take(ENOUGH);
        let overlays: Vec<&Value> = overlays.chain(filters().flat_map(|filter| &filter.near)).collect();
        let plain = count.saturating_sub(overlays.len()).max(2.min(count));
        let plain = needs.map_or(plain, |needs| needs.plain.min(count));
        match under_test.pool.lease_many(kind, &vec![json!({}); plain]).await {
            Ok((made, lease)) => {
                fixture.made = made;
                fixture.lease = Some(lease);
            }
            Err(error) => {
                fixture.reason = Some(error.to_string());
                return fixture;
            }
        }
        // What an endpoint lacks to filter by leaves that one filter undecided. One after the other where that takes no time: an
        // endpoint lists items by age or by id, and the cases that delete items take the next in the list.
        let is_slow = fixture.kind().is_some_and(|kind| !under_test.pool.is_quick(kind));
        if is_slow && count == ENOUGH {
            fixture.add_all(&overlays).await;
        } else {
            if count == ENOUGH {
                under_test.pool.prepare(&overlays).await;
            }
            for overlay in overlays {
                if fixture.made.len() >= count.max(plain + 1) && count < ENOUGH {
                    break;
                }
                fixture.add(overlay).await;
            }
        }
        fixture
    }

    /// Brings about what the list shows.
    async fn fill(&self, filling: &'static Filling) -> Result<Filled<'a>, SetupError> {
        let input = object(&filling.input);
        let steps = filling.all_steps().collect();
        let setup_plan = SetupPlan { steps, inputs: vec![input.clone(), object(&filling.item)], times: filling.times };
        let mut setup = Setup::begin(self.under_test, self.under_test.case_id(SUITE, "filling"), &setup_plan).await?;
        let (item, mut keys) = (object(&filling.item), BTreeSet::new());
        let played = async {
            setup.run_steps(&filling.steps, None).await?;
            let note = |setup: &Setup<'_>, iteration| {
                if !filling.item.is_empty() {
                    keys.extend(setup.fill(&item, Some(iteration)).ok().map(|item| self.list.operation.key(&item)));
                }
            };
            setup.run_each(&filling.each, filling.times, note).await?;
            setup.fill(&input, None)
        };
        match played.await {
            Ok(scope) => Ok(Filled { setup, filling, scope, keys }),
            Err(reason) => {
                setup.tear_down(&filling.ends, filling.times).await;
                Err(reason)
            }
        }
    }

    /// The input of the list, where it was filled for one.
    pub(super) fn scope(&self) -> Option<&Value> {
        self.filled.as_ref().map(|filled| &filled.scope)
    }

    /// The kind to make, if items can be made for the list.
    pub(super) fn kind(&self) -> Option<&'a str> {
        self.list.operation.resource_type.as_deref().filter(|_| !self.list.operation.is_scoped)
    }

    /// One more item; none if it cannot be made.
    pub(super) async fn add(&mut self, overlay: &Value) -> Option<Resource> {
        let (kind, lease) = (self.kind()?, self.lease.as_mut()?);
        let resource = self.under_test.pool.another(lease, kind, overlay).await.ok()?;
        self.made.push(resource.clone());
        Some(resource)
    }

    /// One more item for each overlay, made at once, as far as they can be made.
    async fn add_all(&mut self, overlays: &[&Value]) {
        if let (Some(kind), Some(lease)) = (self.kind(), self.lease.as_mut()) {
            self.made.extend(self.under_test.pool.others(lease, kind, overlays).await);
        }
    }

    /// Plain items until there are as many as a walk needs.
    pub(super) async fn refill(&mut self) {
        let wanted = self.kind().map_or(0, |kind| self.under_test.pool.affordable(kind, self.enough));
        self.fill_to(wanted).await;
    }

    /// Plain items until there are that many.
    pub(super) async fn fill_to(&mut self, wanted: usize) {
        let missing = wanted.saturating_sub(self.made.len());
        if let (Some(kind), Some(lease)) = (self.kind(), self.lease.as_mut()) {
            self.made.extend(self.under_test.pool.more(lease, kind, missing).await);
        }
    }

    /// Drops the items that the endpoint has lost, as after a restart; whether there were any.
    ///
    /// It loses the oldest items: if the first few are there, so are the others.
    pub(super) async fn forget_lost(&mut self) -> bool {
        let pool = &self.under_test.pool;
        let (mut kept, mut has_lost) = (Vec::new(), false);
        for (index, item) in self.made.iter().enumerate() {
            if (index < ENOUGH || has_lost) && pool.is_gone(item).await {
                has_lost = true;
                if let Some(lease) = &mut self.lease {
                    pool.untrack(lease, &item.arn);
                }
            } else {
                kept.push(item.clone());
            }
        }
        self.made = kept;
        has_lost
    }

    /// Whether an item is there as soon as it is made.
    pub(super) fn is_quick(&self) -> bool {
        self.kind().is_some_and(|kind| self.under_test.pool.is_quick(kind))
    }

    /// Takes the item of that key away; none if it is not one of these.
    pub(super) async fn remove(&mut self, key: &str) -> Option<Resource> {
        let position = self.made.iter().position(|made| self.list.operation.key_of(&made.arn) == key)?;
        let resource = self.made.remove(position);
        self.under_test.pool.delete_early(self.lease.as_mut()?, &resource).await;
        Some(resource)
    }

    /// The keys of all items.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        let filled = self.filled.iter().flat_map(|filled| filled.keys.iter().cloned());
        self.made.iter().map(|made| self.list.operation.key_of(&made.arn)).chain(filled).collect()
    }

    pub(super) fn made(&self) -> &[Resource] {
        &self.made
    }

    /// Removes everything.
    pub(super) async fn clear(self) {
        if let Some(lease) = self.lease {
            self.under_test.pool.discard(lease).await;
        }
        if let Some(Filled { setup, filling, .. }) = self.filled {
            setup.tear_down(&filling.ends, filling.times).await;
        }
    }
}
