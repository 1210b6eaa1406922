//! One region of one account: a store a kind, what is on air, and what is still to happen.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Document, Kind, Record, Store};
use crate::call::Call;
use crate::clock::Timestamp;
use crate::failure::Failure;
use crate::fault::Ghosts;
use crate::ivs::stream::Streams;
use crate::rate::Meters;
use crate::realtime::session::Stages;
use crate::{arn::Arn, ids};

/// Everything in one region of one account. It is locked as a whole for the time of one operation.
pub(crate) struct Region {
    account: String,
    region: String,
    stores: [Store; Kind::ALL.len()],
    quotas: BTreeMap<usize, u64>,
    agenda: BTreeMap<Timestamp, Vec<Change>>,
    meters: Meters,
    /// How long a resource stays in each passing state.
    settling: Duration,
    /// The same as the emulator was started with.
    usual_settling: Duration,
    /// Channels on air and their stream sessions.
    pub(crate) streams: Streams,
    /// Who is on which stage, and their sessions.
    pub(crate) stages: Stages,
    /// What a planted fault does not forget.
    pub(crate) ghosts: Ghosts,
}

/// Something that happens to a resource by itself, at its time.
pub(crate) enum Change {
    /// Members take other values, such as `state` from CREATING to ACTIVE.
    Set { kind: Kind, arn: String, members: Document },
    /// The resource goes away.
    Remove { kind: Kind, arn: String },
    /// What depends on how things stand by then.
    Do(Deed),
}

/// Something that is done to a region at a time.
type Deed = Box<dyn FnOnce(&mut Region, Timestamp) + Send>;

impl Change {
    /// A resource enters a state.
    pub(crate) fn state(kind: Kind, arn: &str, state: &str) -> Self {
        let mut members = Document::new();
        members.insert("state".to_owned(), Value::from(state));
        Self::Set { kind, arn: arn.to_owned(), members }
    }

    /// Something that is decided when its time comes; it is told that time.
    pub(crate) fn decided_then(act: impl FnOnce(&mut Region, Timestamp) + Send + 'static) -> Self {
        Self::Do(Box::new(act))
    }
}

impl Region {
    pub(crate) fn new(account: &str, region: &str, settling: Duration) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            stores: Kind::ALL.map(|kind| Store::new(kind.indexed())),
            meters: Meters::default(),
            quotas: BTreeMap::new(),
            agenda: BTreeMap::new(),
            settling,
            usual_settling: settling,
            streams: Streams::default(),
            stages: Stages::default(),
            ghosts: Ghosts::default(),
        }
    }

    /// A fresh ARN for a resource of this region.
    pub(crate) fn new_arn(&self, kind: Kind) -> String {
        format!("arn:aws:{}:{}:{}:{}/{}", kind.namespace(), self.region, self.account, kind.arn_type(), ids::resource())
    }

    /// The name of the region, such as `eu-west-1`.
    pub(crate) fn name(&self) -> &str {
        &self.region
    }

    /// When a state entered at a time has passed.
    pub(crate) fn settled(&self, entered: Timestamp) -> Timestamp {
        entered.plus(self.settling)
    }

    /// The 12 digits of the account.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn store(&self, kind: Kind) -> &Store {
        &self.stores[kind as usize]
    }

    pub(crate) fn store_mut(&mut self, kind: Kind) -> &mut Store {
        &mut self.stores[kind as usize]
    }

    /// The resource, or ResourceNotFoundException. An ARN of another region, account or kind is not found either.
    pub(crate) fn get(&self, kind: Kind, arn: &str) -> Result<&Record, Failure> {
        self.store(kind).get(arn).ok_or_else(|| Failure::not_found(kind, arn))
    }

    /// As [`get`](Self::get), to change it. For a kind listed by update, call [`Store::touch`] too.
    pub(crate) fn get_mut(&mut self, kind: Kind, arn: &str) -> Result<&mut Record, Failure> {
        self.store_mut(kind).get_mut(arn).ok_or_else(|| Failure::not_found(kind, arn))
    }

    /// Takes the resource out, or ResourceNotFoundException.
    pub(crate) fn remove(&mut self, kind: Kind, arn: &str) -> Result<Record, Failure> {
        self.store_mut(kind).remove(arn).ok_or_else(|| Failure::not_found(kind, arn))
    }

    /// Adds a resource under a fresh ARN, which becomes its `arn` member.
    ///
    /// # Errors
    /// ServiceQuotaExceededException when the quota of the kind is used up.
    pub(crate) fn create(&mut self, kind: Kind, mut document: Document) -> Result<&mut Record, Failure> {
        self.check_quota(kind)?;
        let arn = self.new_arn(kind);
        document.insert("arn".to_owned(), Value::from(arn.as_str()));
        Ok(self.store_mut(kind).insert(&arn, document))
    }

    /// ServiceQuotaExceededException when one more of that kind would be too many.
    pub(crate) fn check_quota(&self, kind: Kind) -> Result<(), Failure> {
        // Compositions that have ended stay listed; their handler counts those that run.
        if kind == Kind::Composition {
            return Ok(());
        }
        self.check_count(kind, self.store(kind).len() as u64)
    }

    /// ServiceQuotaExceededException when there are that many of a kind already and one more would be too many.
    pub(crate) fn check_count(&self, kind: Kind, count: u64) -> Result<(), Failure> {
        let limit = self.quotas.get(&(kind as usize)).copied().or_else(|| kind.quota());
        match limit {
            Some(limit) if count >= limit => Err(Failure::quota(kind.arn_type(), limit, kind.arn_type())),
            _ => Ok(()),
        }
    }

    /// Sets the quota of a kind for this region, or the usual one again (control surface).
    pub(crate) fn set_quota(&mut self, kind: Kind, limit: Option<u64>) {
        match limit {
            Some(limit) => self.quotas.insert(kind as usize, limit),
            None => self.quotas.remove(&(kind as usize)),
        };
    }

    /// Sets how long a resource stays in each passing state from now on, or the usual time again (control surface).
    pub(crate) fn set_settling(&mut self, settling: Option<Duration>) {
        self.settling = settling.unwrap_or(self.usual_settling);
    }

    /// The first resource of a kind whose string member holds a text: who refers to an ARN.
    pub(crate) fn referrer(&self, kind: Kind, member: &str, arn: &str) -> Option<&Record> {
        self.store(kind).matching(member, arn, 0).next()
    }

    /// ConflictException while a resource refers to this one in a member.
    pub(crate) fn check_unreferred(&self, kind: Kind, member: &str, arn: &str) -> Result<(), Failure> {
        match self.referrer(kind, member, arn) {
            Some(_) => Err(Failure::conflict(arn, &format!("is attached to a {}", kind.arn_type()))),
            None => Ok(()),
        }
    }

    /// ResourceNotFoundException without that resource, ConflictException while its `state` is a passing one.
    pub(crate) fn check_settled(&self, kind: Kind, arn: &str) -> Result<(), Failure> {
        match self.get(kind, arn)?.text("state") {
            state @ ("CREATING" | "UPDATING" | "DELETING") => {
                Err(Failure::conflict(arn, &format!("is {state}: try again when it has settled")))
            }
            _ => Ok(()),
        }
    }

    /// Counts a call against the rates of its operation: ThrottlingException beyond them.
    pub(crate) fn count_call(&mut self, call: &Call<'_>) -> Result<(), Failure> {
        for limit in &call.operation.rates {
            let resource = limit.resource.and_then(|member| call.input.text(member)).unwrap_or_default();
            self.meters.count(&call.operation.full_name, resource, limit, call.now)?;
        }
        Ok(())
    }

    /// Any taggable resource by its ARN alone, with its kind.
    pub(crate) fn any(&self, arn: &str) -> Option<(Kind, &Record)> {
        let parsed = Arn::parse(arn)?;
        let kind = Kind::of(parsed.namespace, parsed.resource_type)?;
        Some((kind, self.store(kind).get(arn)?))
    }

    /// Lets something happen at a time: it takes effect with the first operation at or after it.
    pub(crate) fn schedule(&mut self, at: Timestamp, change: Change) {
        self.agenda.entry(at).or_default().push(change);
    }

    /// Lets everything happen that is due.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some(entry) = self.agenda.first_entry() {
            let due = *entry.key();
            if due > now {
                return;
            }
            for change in entry.remove() {
                self.apply(change, due);
            }
        }
    }

    fn apply(&mut self, change: Change, due: Timestamp) {
        match change {
            Change::Set { kind, arn, members } => {
                if let Some(record) = self.store_mut(kind).get_mut(&arn) {
                    record.document.extend(members);
                }
            }
            Change::Remove { kind, arn } => {
                self.store_mut(kind).remove(&arn);
            }
            Change::Do(act) => act(self, due),
        }
    }
}
