//! The pool: makes resources, lends them to Cases, and keeps account of everything that was made.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use ivs_catalog::{Catalog, is_external_type};
use ivs_client::{Caller, Exchange, RetryPolicy};
use ivs_generators::{Case, Control, Effects, Placeholder};
use ivs_model::{Knowledge, Model, Operation, OperationId};
use serde_json::Value;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::error::PoolError;
use crate::external::{self, Externals};
use crate::lease::{Lease, Leftovers, OperationSlot, Own};
use crate::nonce::RunNonce;
use crate::recipe::Recipes;
use crate::registry::Registry;
use crate::resource::{Resource, absent_arn, absent_name};
use crate::unique_name::UniqueNames;

/// The key of the tag that every created resource carries.
pub const RUN_TAG: &str = "ivs-contract:run";

/// A kind that needs nothing and has no small quota.
const CHANNEL: &str = "channel";

/// The slots of an operation: so many leases of what it changes may be out at once. The number is fixed, so that it does not
/// hang on the concurrency how many resources are made.
const SLOTS: u64 = 8;

/// What a [`Pool`] works with.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// The services.
    pub models: &'static [Model],
    /// What the models do not say.
    pub knowledge: &'static Knowledge,
    /// The region, for ARNs that name nothing.
    pub region: String,
    /// The value of the run tag, such as a date and a random word; at most 256 characters that tags take.
    pub run: String,
    /// The source of what must be new in each run, such as public keys.
    pub nonce: RunNonce,
    /// Buckets, functions and the like that the endpoint really has, by placeholder kind (`s3-bucket`).
    pub externals: BTreeMap<String, String>,
    /// Whether made-up ones will do for the others: so with an emulator.
    pub sample_externals: bool,
    /// Whether anything may be created at all (docs/safety.md#writes).
    pub writes: bool,
    /// How disturbed calls are repeated. Creating calls are repeated only when throttled.
    pub retry: RetryPolicy,
}

/// The slot of one operation, held by one lease at a time.
type SharedSlot = Arc<tokio::sync::Mutex<OperationSlot>>;
/// A shared resource, or why there is none; made once.
pub(crate) type Shared = Arc<OnceCell<Result<Resource, PoolError>>>;

/// Makes, lends and removes resources through one [`Caller`].
pub struct Pool {
    pub(crate) config: PoolConfig,
    pub(crate) caller: Arc<dyn Caller>,
    pub(crate) recipes: Recipes,
    externals: Externals,
    pub(crate) shared: Mutex<HashMap<(String, u64), Shared>>,
    /// How often a shared resource could not be made for a reason that may pass.
    pub(crate) failed: Mutex<HashMap<(String, u64), u32>>,
    slots: Mutex<HashMap<(OperationId, u64), SharedSlot>>,
    /// How often the endpoint has lost what was created.
    generation: AtomicU64,
    /// Kinds that the endpoint refused to make.
    pub(crate) refused: Mutex<HashMap<String, PoolError>>,
    /// By scarce kind: one permit for each lease that may hold some.
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
    /// Scarce kinds of which the endpoint has agreed to have many.
    roomy: Mutex<BTreeSet<String>>,
    /// By such kind: the resource that was deleted last.
    deleted_last: Mutex<HashMap<String, Resource>>,
    pub(crate) registry: Mutex<Registry>,
    /// Kinds that did not leave their passing state in time.
    pub(crate) unsettled: Mutex<BTreeSet<String>>,
    /// By kind: the shortest time in which a resource left its passing state.
    pub(crate) settling_times: Mutex<HashMap<String, Duration>>,
    pub(crate) names: UniqueNames,
    /// The values that name a resource of a pack, by its key.
    pub(crate) named: Mutex<HashMap<String, BTreeMap<String, String>>>,
}

impl Pool {
    /// A pool that reads off `cases` how each kind is made and removed. Calls nothing yet.
    pub fn new<'a>(config: PoolConfig, caller: Arc<dyn Caller>, cases: impl IntoIterator<Item = &'a Case>) -> Self {
        Self {
            recipes: Recipes::of(cases, &Catalog::new(config.models, config.knowledge), config.knowledge),
            externals: Externals::new(
                config.externals.clone(),
                config.sample_externals,
                config.knowledge,
                config.nonce,
            ),
            config,
            caller,
            shared: Mutex::default(),
            failed: Mutex::default(),
            slots: Mutex::default(),
            generation: AtomicU64::default(),
            refused: Mutex::default(),
            turns: Mutex::default(),
            roomy: Mutex::default(),
            deleted_last: Mutex::default(),
            registry: Mutex::default(),
            unsettled: Mutex::default(),
            settling_times: Mutex::default(),
            names: UniqueNames::default(),
            named: Mutex::default(),
        }
    }

    /// Values for everything that a Case and its control name.
    ///
    /// What the operation changes or ends is made for this lease alone; the rest is shared. Leases of one changing
    /// operation may wait for each other, and so may all that make or end a scarce kind: finish one before you ask for the next.
    ///
    /// # Errors
    ///
    /// [`PoolError`] if a placeholder has no value at this endpoint. The Case cannot be run then.
    pub async fn lease(&self, case: &Case) -> Result<Lease, PoolError> {
        let mut inputs = vec![case.input.value()];
        match &case.control {
            Control::ValidTwin(input) | Control::InvalidTwin { input, .. } => inputs.push(input.value()),
            Control::Echo(_) | Control::Unavailable => {}
        }
        let inputs: Vec<&Value> = inputs.iter().map(|input| &**input).collect();
        self.lease_for(case.operation(), &case.effects, &inputs).await
    }

    /// The same for any inputs of one operation.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn lease_for(
        &self,
        operation: OperationId,
        effects: &Effects,
        inputs: &[&Value],
    ) -> Result<Lease, PoolError> {
        self.lease_of(operation, effects, inputs, "").await
    }

    /// The same for a caller that has a name: callers of different names are less likely to wait for each other.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn lease_of(
        &self,
        operation: OperationId,
        effects: &Effects,
        inputs: &[&Value],
        caller: &str,
    ) -> Result<Lease, PoolError> {
        let placeholders: BTreeSet<Placeholder> = inputs.iter().flat_map(|input| Placeholder::all_in(input)).collect();
        let known = |kinds: Option<&BTreeSet<String>>| kinds.cloned().unwrap_or_default();
        let mut makes = known(self.recipes.makes(operation));
        makes.extend(effects.creates.iter().cloned());
        let mut changes = known(self.recipes.changes(operation));
        changes.extend(effects.consumes.iter().chain(&effects.mutates).cloned());
        let makes_scarce = makes.iter().any(|kind| self.recipes.is_scarce(kind));
        // A quota may count per parent too, and a composition makes its channel live: what makes something scarce gets
        // parents of its own.
        let is_own = |placeholder: &Placeholder| {
            placeholder.names_resource()
                && (changes.contains(&placeholder.kind)
                    || makes_scarce && !self.recipes.is_scarce(&placeholder.kind)
                    || self.is_tight(&placeholder.kind))
        };
        let mut lease = Lease::empty();
        let own: Vec<&Placeholder> = placeholders.iter().filter(|placeholder| is_own(placeholder)).collect();
        let mut scarce: BTreeSet<&String> =
            makes.iter().chain(own.iter().map(|placeholder| &placeholder.kind)).collect();
        scarce.retain(|kind| self.is_scarce(kind));
        if own.iter().any(|placeholder| !self.is_made_apart(&placeholder.kind)) {
            let slots = scarce.iter().map(|kind| self.recipes.at_once(kind) as u64).min().unwrap_or(SLOTS);
            let mut slot = self.slot(operation, fingerprint(caller, inputs) % slots).lock_owned().await;
            let generation = self.generation.load(Ordering::SeqCst);
            if slot.generation != generation {
                slot.generation = generation;
                lease.tracked.extend(slot.take_spares());
            }
            lease.slot = Some(slot);
        }
        // In the order of their names, so that two leases never wait for each other.
        for kind in scarce {
            lease.permits.extend(self.turns(kind, 1).await);
        }
        for placeholder in &placeholders {
            let value = if external::is_key(placeholder) {
                self.externals.key()
            } else if is_own(placeholder) {
                // Several values may name one resource together.
                let whole = placeholder.of_resource();
                if !lease.own.contains_key(&whole) {
                    let bare = self.recipes.is_once_per_parent(operation);
                    let own = self.own(&mut lease, &whole, if bare { Some(&makes) } else { None }).await?;
                    lease.own.insert(whole.clone(), own);
                }
                self.value_of(&lease.own[&whole].resource, placeholder)?
            } else {
                self.bind(placeholder).await?
            };
            lease.values.insert(placeholder.clone(), value);
        }
        Ok(lease)
    }

    /// A lease of nothing but public keys, for a call whose resources cannot be had. What the call makes all the same is
    /// removed with it.
    pub fn lease_nothing(&self, inputs: &[&Value]) -> Lease {
        let mut lease = Lease::empty();
        let placeholders = inputs.iter().flat_map(|input| Placeholder::all_in(input));
        let bound = placeholders.filter_map(|placeholder| {
            let value = if external::is_key(&placeholder) { Some(self.key()) } else { self.chosen(&placeholder) };
            Some((placeholder, value?))
        });
        lease.values = bound.collect();
        lease
    }

    /// A resource for this lease alone: the spare one of its slot, or a new one. `without` names by-products to
    /// clear away, where a parent may have only one.
    async fn own(
        &self,
        lease: &mut Lease,
        placeholder: &Placeholder,
        without: Option<&BTreeSet<String>>,
    ) -> Result<Own, PoolError> {
        if let Some(spare) = lease.slot.as_mut().and_then(|slot| slot.spare.remove(placeholder)) {
            return Ok(spare);
        }
        let own_parents = self.recipes.is_scarce(&placeholder.kind) || self.recipes.is_tight(&placeholder.kind);
        let mut own = self.create_unless_refused(&placeholder.kind, own_parents).await?;
        if let Some(kinds) = without {
            let (gone, kept) = own.by_products.into_iter().partition(|resource| kinds.contains(&resource.kind));
            own.by_products = kept;
            self.remove_each(gone).await;
        }
        Ok(own)
    }

    /// A shared resource of that kind, for as long as the pool stands. It must not be changed.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn lend_kind(&self, kind: &str) -> Result<Resource, PoolError> {
        self.shared(kind, 1).await
    }

    /// Any resource of the run, to tell of which account and region it is; a shared one of that kind if there is none.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn any(&self, kind: &str) -> Result<Resource, PoolError> {
        let known = locked(&self.registry).all().into_iter().next();
        match known {
            Some(resource) => Ok(resource),
            None => self.shared(kind, 1).await,
        }
    }

    /// A shared resource of a service that takes one call to make, to tell of which account and region it is; none if it cannot be
    /// made.
    pub async fn any_of(&self, service: &str) -> Option<Resource> {
        let of_service = self.recipes.kinds().filter(|kind| {
            let producer = self.recipes.producer(kind).filter(|producer| producer.operation.service() == service);
            producer.is_some_and(|producer| Placeholder::all_in(&producer.input).is_empty())
        });
        let kind = of_service.filter(|kind| self.is_cheap(kind, 1) && !self.recipes.is_scarce(kind)).min()?;
        self.shared(kind, 1).await.ok()
    }

    /// A new resource of that kind, to be changed or ended at will, under a lease that clears it away.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn disposable(&self, kind: &str) -> Result<(Resource, Lease), PoolError> {
        let mut lease = Lease::empty();
        lease.permits.extend(self.turns(kind, 1).await);
        let own = self.create(kind, self.recipes.is_scarce(kind)).await?;
        let resource = own.resource.clone();
        let placeholder = Placeholder { kind: kind.to_owned(), field: "arn".to_owned(), number: 1 };
        lease.values.insert(placeholder.clone(), resource.arn.clone());
        lease.own.insert(placeholder, own);
        // It is asked for to be changed; nobody else gets it after this lease.
        lease.untouched = false;
        Ok((resource, lease))
    }

    /// Lends nothing any more that was made until now: the endpoint may have lost it. It stays on the account.
    pub fn renew(&self) {
        // What leases hand back later is of the former generation.
        self.generation.fetch_add(1, Ordering::SeqCst);
        locked(&self.shared).clear();
        locked(&self.roomy).clear();
    }

    /// The kinds of which the operation makes, changes or ends some, and of which leases would need many at once: their quota is
    /// small, or they take their time to be made.
    pub fn crowded_kinds(&self, operation: OperationId) -> impl Iterator<Item = &String> {
        let (makes, changes) = (self.recipes.makes(operation), self.recipes.changes(operation));
        let kinds = makes.into_iter().chain(changes).flatten();
        kinds.filter(|kind| self.recipes.is_scarce(kind) || !self.is_quick(kind))
    }

    /// Whether each lease has a resource of the kind made for itself, and waits for no other lease: it takes its time to be made, and
    /// there is [room](Self::make_room) for many.
    #[must_use]
    pub fn is_made_apart(&self, kind: &str) -> bool {
        !self.is_quick(kind) && locked(&self.roomy).contains(kind)
    }

    /// Says that there is room for many resources of these kinds, whatever their quotas: they are no longer scarce.
    pub fn make_room(&self, kinds: impl IntoIterator<Item = String>) {
        locked(&self.roomy).extend(kinds);
    }

    /// Says that the quotas hold again. What takes its time to be deleted fills them until then, and so it is waited for.
    pub async fn end_room(&self) {
        locked(&self.roomy).clear();
        let deleted_last: Vec<Resource> = locked(&self.deleted_last).drain().map(|(_, resource)| resource).collect();
        join_all(deleted_last.iter().map(|resource| self.settled(resource))).await;
    }

    /// Notes that a resource was deleted.
    pub(crate) fn note_deleted(&self, resource: &Resource) {
        if locked(&self.roomy).contains(&resource.kind) {
            locked(&self.deleted_last).insert(resource.kind.clone(), resource.clone());
        }
    }

    /// Whether so few resources of the kind can be had that none is kept to be shared.
    fn is_tight(&self, kind: &str) -> bool {
        self.is_passing(kind) || self.recipes.is_tight(kind) && !locked(&self.roomy).contains(kind)
    }

    /// Whether an account has very few of the kind, and they end by themselves, as compositions do: one that is kept would change
    /// under its readers.
    fn is_passing(&self, kind: &str) -> bool {
        let lifecycle = self.config.knowledge.lifecycle(kind);
        self.recipes.is_tight(kind) && lifecycle.is_some_and(|lifecycle| !lifecycle.final_states.is_empty())
    }

    /// The value of a placeholder that others may hold too.
    pub(crate) async fn bind(&self, placeholder: &Placeholder) -> Result<String, PoolError> {
        let kind = &placeholder.kind;
        if is_external_type(kind) {
            let value = self.externals.value(placeholder);
            return value.ok_or_else(|| PoolError::NoExternal { kind: kind.clone() });
        }
        let unknown = || PoolError::Unknown { placeholder: placeholder.to_string() };
        if placeholder.is_chosen() {
            return self.chosen(placeholder).ok_or_else(unknown);
        }
        if let Some(field) = placeholder.absent_field().filter(|_| self.is_described(kind)) {
            let lent = Placeholder { field: field.to_owned(), number: 1, kind: kind.clone() };
            let resource = self.shared(kind, 1).await?;
            return Ok(absent_name(&self.value_of(&resource, &lent)?, placeholder.number));
        }
        if placeholder.names_resource() {
            let resource = self.shared(kind, placeholder.number).await?;
            return self.value_of(&resource, placeholder);
        }
        match placeholder.field.as_str() {
            "absent" if self.is_tight(kind) => {
                // None of them is kept for that: any resource tells account and region as well.
                let known = self.any(CHANNEL).await.ok();
                let place = known.as_ref().and_then(|resource| resource.place());
                self.placeholder_value(placeholder, place)
            }
            "absent" => match self.shared(kind, 1).await {
                // Account and region as the endpoint writes them: another account's ARN may be refused for that alone.
                Ok(resource) => Ok(resource.absent(placeholder.number)),
                Err(_) => self.placeholder_value(placeholder, None),
            },
            _ => Err(unknown()),
        }
    }

    /// An ARN that names nothing, where no resource of the kind is there to go by; in that region and account, if they are known.
    fn placeholder_value(&self, placeholder: &Placeholder, place: Option<(&str, &str)>) -> Result<String, PoolError> {
        let kind = &placeholder.kind;
        let of_kind = format!(":{kind}/");
        let patterns =
            self.config.models.iter().flat_map(|model| &model.shapes).filter_map(|shape| shape.pattern.as_ref());
        let namespace = patterns
            .map(ivs_model::Pattern::as_str)
            .filter(|pattern| pattern.contains(&of_kind))
            .find_map(|pattern| pattern.split("arn:aws:").nth(1)?.split(':').next());
        let unknown = || PoolError::Unknown { placeholder: placeholder.to_string() };
        let namespace = namespace.ok_or_else(unknown)?;
        let (region, account) = place.unwrap_or((&self.config.region, "123456789012"));
        let start = format!("arn:aws:{namespace}:{region}:{account}:{kind}/");
        Ok(absent_arn(&start, placeholder.number))
    }

    /// Notes what a call under this lease has made or ended, wanted or not.
    pub fn track(&self, lease: &mut Lease, exchange: &Exchange) {
        let rejected = exchange.status().is_some_and(|status| (400..500).contains(&status));
        lease.untouched &= rejected;
        lease.tracked.extend(self.register(exchange));
        let succeeded = exchange.outcome.as_ref().is_ok_and(ivs_client::Response::is_success);
        let ends = self.recipes.ends(exchange.operation).filter(|_| succeeded);
        if let Some(kinds) = ends {
            let ended = lease.own.values().map(|own| &own.resource).filter(|resource| kinds.contains(&resource.kind));
            for resource in ended {
                self.note_deleted(resource);
                lease.ended.insert(resource.arn.clone());
                locked(&self.registry).gone(&resource.arn);
            }
        }
    }

    /// Takes a lease back: removes what it made and had for itself, unless that was left alone and the next Case can have it.
    /// What cannot be removed now stays on the account for [`Pool::remove_all`].
    pub async fn finish(&self, lease: Lease) {
        self.clear(self.release(lease)).await;
    }

    /// Takes a lease back: the next lease of the operation need not wait any more. What is to be removed is left for
    /// [`Pool::clear`], which nobody needs to wait for.
    pub fn release(&self, mut lease: Lease) -> Leftovers {
        let mut resources = std::mem::take(&mut lease.tracked);
        for (placeholder, own) in std::mem::take(&mut lease.own) {
            let is_kept = !own.all().any(|resource| self.is_scarce(&resource.kind) || self.is_passing(&resource.kind));
            match &mut lease.slot {
                // The quota of a scarce kind is too small to keep one back.
                Some(slot)
                    if lease.untouched && is_kept && slot.generation == self.generation.load(Ordering::SeqCst) =>
                {
                    slot.spare.insert(placeholder, own);
                }
                _ => resources.extend(own.all().filter(|resource| !lease.ended.contains(&resource.arn)).cloned()),
            }
        }
        Leftovers { resources, permits: std::mem::take(&mut lease.permits) }
    }

    /// Removes what a lease has left. Only then can others have the room that it takes in a small quota.
    pub async fn clear(&self, leftovers: Leftovers) {
        let Leftovers { resources, permits } = leftovers;
        self.remove_each(resources).await;
        drop(permits);
    }

    /// Removes what is kept for further leases of any operation. None may be out.
    pub async fn clear_spares(&self) {
        let slots: Vec<SharedSlot> = locked(&self.slots).values().cloned().collect();
        let mut spares = Vec::new();
        for slot in slots {
            spares.extend(slot.lock().await.take_spares());
        }
        self.remove_each(spares).await;
    }

    /// The operation as its model describes it, with the model.
    pub(crate) fn described(&self, operation: OperationId) -> Option<(&'static Model, &'static Operation)> {
        let model = self.config.models.iter().find(|model| model.service.id == operation.service())?;
        Some((model, model.operation(operation.name())?))
    }

    /// A public key that nothing has used yet.
    pub(crate) fn key(&self) -> String {
        self.externals.key()
    }

    fn slot(&self, operation: OperationId, number: u64) -> SharedSlot {
        Arc::clone(locked(&self.slots).entry((operation, number)).or_default())
    }

    /// The slots of an operation.
    pub(crate) fn slots_of(&self, operation: OperationId) -> Vec<SharedSlot> {
        let slots = locked(&self.slots);
        slots.iter().filter(|((of, _), _)| *of == operation).map(|(_, slot)| Arc::clone(slot)).collect()
    }

    /// Waits for room for so many resources of a scarce kind, or for all the room that there is.
    pub(crate) async fn turns(&self, kind: &str, wanted: usize) -> Option<OwnedSemaphorePermit> {
        if !self.is_scarce(kind) {
            return None;
        }
        let at_once = self.recipes.at_once(kind);
        let turns = {
            let turns = &mut locked(&self.turns);
            Arc::clone(turns.entry(kind.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(at_once))))
        };
        let wanted = u32::try_from(wanted.min(at_once)).unwrap_or(u32::MAX);
        turns.acquire_many_owned(wanted).await.ok()
    }

    /// Whether an account has few of the kind, so that leases take turns unless there is [room](Self::make_room).
    #[must_use]
    pub fn takes_turns(&self, kind: &str) -> bool {
        self.recipes.is_scarce(kind)
    }

    /// Whether there is room for few resources of the kind at once, so that they are lent one after the other.
    #[must_use]
    pub fn is_scarce(&self, kind: &str) -> bool {
        self.recipes.is_scarce(kind) && !locked(&self.roomy).contains(kind)
    }

    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        locked(&self.registry)
    }
}

/// A number for a caller and its inputs, the same in every run.
fn fingerprint(caller: &str, inputs: &[&Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    caller.hash(&mut hasher);
    inputs.iter().for_each(|input| input.to_string().hash(&mut hasher));
    hasher.finish()
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that holds one of these locks panics half-way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("run", &self.config.run).finish_non_exhaustive()
    }
}
