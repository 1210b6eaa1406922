//! One region of one account: one store per resource type, live streams and stages, and scheduled changes.

use std::collections::BTreeMap;
use std::time::Duration;

use md5::{Digest, Md5};
use serde_json::Value;

use super::call_rates::CallRateMeters;
use super::recent_writes::RecentWrites;
use super::retained_deletes::RetainedDeletes;
use super::stages::Stages;
use super::store::{Record, Store};
use super::streams::Streams;
use crate::arn::Arn;
use crate::clock::Timestamp;
use crate::contract::{OperationContract, ResourceType};
use crate::document::Document;
use crate::hex;
use crate::ids;
use crate::input::Input;
use crate::service_error::ServiceError;

/// The state of one region of one account. Each operation locks it as a whole.
pub(crate) struct Region {
    account: String,
    region: String,
    /// The label that its host names share (fact `D6`).
    host_label: String,
    stores: [Store; ResourceType::ALL.len()],
    quotas: BTreeMap<usize, u64>,
    /// Quotas for requests with a tag, by resource type, key and value.
    tagged_quotas: BTreeMap<(usize, String, String), u64>,
    scheduled_changes: BTreeMap<Timestamp, Vec<DeferredChange>>,
    meters: CallRateMeters,
    /// The time that a resource stays in each transitional state.
    settling: Duration,
    /// The initial value of the transition time.
    default_settling: Duration,
    /// The time for which a stopped composition is still listed.
    pub(crate) retention: Duration,
    /// The ID of the next resource, if it is given.
    pub(crate) next_id: Option<String>,
    /// The latest time of a call. Calls that wait for each other may have read the clock in another order.
    latest: Timestamp,
    /// True if the region was removed by a reset.
    pub(crate) is_dropped: bool,
    /// Live channels and the sessions of their streams.
    pub(crate) streams: Streams,
    /// The sessions of stages and their participants.
    pub(crate) stages: Stages,
    /// Deleted resources that a planted fault still shows.
    pub(crate) retained_deletes: RetainedDeletes,
    /// Writes that a planted fault remembers.
    pub(crate) recent_writes: RecentWrites,
}

/// A function that changes a region. It gets the time at which the change was due.
type RegionChange = Box<dyn FnOnce(&mut Region, Timestamp) + Send>;

/// A change that takes effect at a later time.
pub(crate) enum DeferredChange {
    /// Sets members of a resource, such as its `state` from CREATING to ACTIVE.
    Set { resource_type: ResourceType, arn: String, members: Document },
    /// Removes a resource.
    Remove { resource_type: ResourceType, arn: String },
    /// Runs a function that inspects the region first. It gets the time at which the change was due.
    Run(RegionChange),
}

impl DeferredChange {
    /// Sets the state of a resource.
    pub(crate) fn state(resource_type: ResourceType, arn: &str, state: &str) -> Self {
        let mut members = Document::new();
        members.insert("state".to_owned(), Value::from(state));
        Self::Set { resource_type, arn: arn.to_owned(), members }
    }

    /// Runs a function that inspects the region first.
    pub(crate) fn run(change: impl FnOnce(&mut Region, Timestamp) + Send + 'static) -> Self {
        Self::Run(Box::new(change))
    }

    /// Applies the change, which was due at a time.
    fn apply(self, region: &mut Region, due: Timestamp) {
        match self {
            Self::Set { resource_type, arn, members } => {
                if let Some(record) = region.store_mut(resource_type).get_mut(&arn) {
                    record.document.extend(members);
                }
            }
            Self::Remove { resource_type, arn } => {
                region.store_mut(resource_type).remove(&arn);
            }
            Self::Run(change) => change(region, due),
        }
    }
}

/// Returns 12 lower-case hexadecimal digits that are the same for an account and region in every emulator.
fn host_label(account: &str, region: &str) -> String {
    let digest = Md5::digest(format!("{account} {region}"));
    hex::encode(&digest[..6])
}

impl Region {
    /// Creates an empty region with its durations: settling and retention.
    pub(crate) fn new(account: &str, region: &str, (settling, retention): (Duration, Duration)) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            host_label: host_label(account, region),
            stores: ResourceType::ALL.map(|resource_type| Store::new(resource_type.indexed())),
            meters: CallRateMeters::default(),
            quotas: BTreeMap::new(),
            tagged_quotas: BTreeMap::new(),
            scheduled_changes: BTreeMap::new(),
            settling,
            default_settling: settling,
            retention,
            next_id: None,
            latest: Timestamp(i64::MIN),
            is_dropped: false,
            streams: Streams::default(),
            stages: Stages::default(),
            retained_deletes: RetainedDeletes::default(),
            recent_writes: RecentWrites::new(),
        }
    }

    /// Returns a new ARN for a resource of this region, with the given ID if there is one.
    pub(crate) fn new_arn(&mut self, resource_type: ResourceType) -> String {
        let id = self.next_id.take().unwrap_or_else(ids::resource);
        format!(
            "arn:aws:{}:{}:{}:{}/{}",
            resource_type.namespace(),
            self.region,
            self.account,
            resource_type.arn_type(),
            id
        )
    }

    /// Returns the name of the region, such as `eu-west-1`.
    pub(crate) fn name(&self) -> &str {
        &self.region
    }

    /// Returns the label that the host names of ingest, playback, SRT and WHIP share.
    pub(crate) fn host_label(&self) -> &str {
        &self.host_label
    }

    /// Returns the end of a transitional state that was entered at a time.
    pub(crate) fn transition_end(&self, entered: Timestamp) -> Timestamp {
        entered.plus(self.settling)
    }

    /// Returns the 12 digits of the account ID.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn store(&self, resource_type: ResourceType) -> &Store {
        &self.stores[resource_type as usize]
    }

    pub(crate) fn store_mut(&mut self, resource_type: ResourceType) -> &mut Store {
        &mut self.stores[resource_type as usize]
    }

    /// Returns a resource.
    ///
    /// # Errors
    /// ResourceNotFoundException, also for an ARN of another region, account or resource type.
    pub(crate) fn get(&self, resource_type: ResourceType, arn: &str) -> Result<&Record, ServiceError> {
        self.store(resource_type).get(arn).ok_or_else(|| ServiceError::not_found(resource_type, arn))
    }

    /// Returns a resource, like [`get`](Self::get), to change it. If its list is sorted by update, call
    /// [`Store::touch`] too.
    pub(crate) fn get_mut(&mut self, resource_type: ResourceType, arn: &str) -> Result<&mut Record, ServiceError> {
        self.store_mut(resource_type).get_mut(arn).ok_or_else(|| ServiceError::not_found(resource_type, arn))
    }

    /// Removes a resource.
    ///
    /// # Errors
    /// ResourceNotFoundException if it does not exist.
    pub(crate) fn remove(&mut self, resource_type: ResourceType, arn: &str) -> Result<Record, ServiceError> {
        self.store_mut(resource_type).remove(arn).ok_or_else(|| ServiceError::not_found(resource_type, arn))
    }

    /// Adds a resource under a new ARN, which becomes its `arn` member.
    ///
    /// # Errors
    /// ServiceQuotaExceededException if the quota of the resource type is reached.
    pub(crate) fn create(
        &mut self,
        resource_type: ResourceType,
        mut document: Document,
    ) -> Result<&mut Record, ServiceError> {
        self.check_quota(resource_type, document.get("tags"))?;
        let arn = self.new_arn(resource_type);
        if self.store(resource_type).get(&arn).is_some() {
            return Err(ServiceError::conflict(&arn, "exists already"));
        }
        document.insert("arn".to_owned(), Value::from(arn.as_str()));
        Ok(self.store_mut(resource_type).insert(&arn, document))
    }

    /// Returns ServiceQuotaExceededException if the quota of a resource type is reached for a request with these tags.
    pub(crate) fn check_quota(&self, resource_type: ResourceType, tags: Option<&Value>) -> Result<(), ServiceError> {
        // Stopped compositions remain listed for a while, so their handler counts the running ones.
        if resource_type == ResourceType::Composition {
            return Ok(());
        }
        self.check_count(resource_type, self.store(resource_type).len() as u64, tags)
    }

    /// Returns ServiceQuotaExceededException if that many resources of a type reach its quota.
    pub(crate) fn check_count(
        &self,
        resource_type: ResourceType,
        count: u64,
        tags: Option<&Value>,
    ) -> Result<(), ServiceError> {
        let of_tag = tags.and_then(Value::as_object).into_iter().flatten().find_map(|(key, value)| {
            let key = (resource_type as usize, key.clone(), value.as_str()?.to_owned());
            self.tagged_quotas.get(&key)
        });
        let limit = of_tag.or_else(|| self.quotas.get(&(resource_type as usize))).copied();
        let limit = limit.or_else(|| resource_type.quota());
        match limit {
            Some(limit) if count >= limit => {
                Err(ServiceError::quota(resource_type.arn_type(), limit, resource_type.arn_type()))
            }
            _ => Ok(()),
        }
    }

    /// Sets the quota of a resource type for this region; `None` restores the default (control API).
    pub(crate) fn set_quota(&mut self, resource_type: ResourceType, limit: Option<u64>) {
        match limit {
            Some(limit) => self.quotas.insert(resource_type as usize, limit),
            None => self.quotas.remove(&(resource_type as usize)),
        };
    }

    /// Sets the quota of a resource type for requests with this tag; `None` restores that of all requests (control API).
    pub(crate) fn set_tagged_quota(
        &mut self,
        resource_type: ResourceType,
        (key, value): (String, String),
        limit: Option<u64>,
    ) {
        let key = (resource_type as usize, key, value);
        match limit {
            Some(limit) => self.tagged_quotas.insert(key, limit),
            None => self.tagged_quotas.remove(&key),
        };
    }

    /// Sets the time that a resource stays in each transitional state; `None` restores the default (control API).
    pub(crate) fn set_settling(&mut self, settling: Option<Duration>) {
        self.settling = settling.unwrap_or(self.default_settling);
    }

    /// Returns the first resource of a type whose string member has a value, such as the ARN that it refers to.
    pub(crate) fn referrer(&self, resource_type: ResourceType, member: &str, arn: &str) -> Option<&Record> {
        self.store(resource_type).matching(member, arn, 0).next()
    }

    /// Returns ConflictException while a resource refers to this one in a member.
    pub(crate) fn check_not_referenced(
        &self,
        resource_type: ResourceType,
        member: &str,
        arn: &str,
    ) -> Result<(), ServiceError> {
        match self.referrer(resource_type, member, arn) {
            Some(_) => Err(ServiceError::conflict(arn, &format!("is attached to a {}", resource_type.arn_type()))),
            None => Ok(()),
        }
    }

    /// Returns ResourceNotFoundException if a resource does not exist, ConflictException while its state is
    /// transitional.
    pub(crate) fn check_stable(&self, resource_type: ResourceType, arn: &str) -> Result<(), ServiceError> {
        match self.get(resource_type, arn)?.text("state") {
            state @ ("CREATING" | "UPDATING" | "DELETING") => {
                Err(ServiceError::conflict(arn, &format!("is {state}: try again when it has settled")))
            }
            _ => Ok(()),
        }
    }

    /// Counts a call against the rates of its operation. Returns ThrottlingException if it exceeds one.
    pub(crate) fn count_call(
        &mut self,
        operation: &'static OperationContract,
        input: &Input,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        for rate in &operation.rates {
            let resource = rate.resource.and_then(|member| input.text(member)).unwrap_or_default();
            self.meters.count(&operation.full_name, resource, rate, now)?;
        }
        Ok(())
    }

    /// Finds a resource of any type by its ARN.
    pub(crate) fn find(&self, arn: &str) -> Option<(ResourceType, &Record)> {
        let parsed = Arn::parse(arn)?;
        let resource_type = ResourceType::of(parsed.namespace, parsed.resource_type)?;
        Some((resource_type, self.store(resource_type).get(arn)?))
    }

    /// Schedules a change. It takes effect before the first operation at or after its time.
    pub(crate) fn schedule(&mut self, at: Timestamp, change: DeferredChange) {
        self.scheduled_changes.entry(at).or_default().push(change);
    }

    /// Sets the time that a resource stays in each transitional state, and that for which a stopped composition is listed.
    pub(crate) fn set_durations(&mut self, (settling, retention): (Duration, Duration)) {
        if self.settling == self.default_settling {
            self.settling = settling;
        }
        self.default_settling = settling;
        self.retention = retention;
    }

    /// Returns the number of resources.
    pub(crate) fn resources(&self) -> usize {
        self.stores.iter().map(Store::len).sum()
    }

    /// Applies all changes that are due, and returns the time of the region: now, or that of a call that was faster.
    pub(crate) fn advance_to(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        self.apply_due_changes(self.latest);
        self.latest
    }

    fn apply_due_changes(&mut self, now: Timestamp) {
        while let Some(entry) = self.scheduled_changes.first_entry() {
            let due = *entry.key();
            if due > now {
                return;
            }
            for change in entry.remove() {
                change.apply(self, due);
            }
        }
    }
}
