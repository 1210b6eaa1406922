//! A resource as an answer shows it, held against what was written to it.

use ivs_generators::{Authority, Placeholder};
use ivs_judge::{CheckInfo, Mismatch, is_unset, same};
use ivs_model::{OperationId, pointer};
use ivs_pool::RUN_TAG;
use ivs_runner::CaseResult;
use serde_json::{Map, Value};

use super::checks::{ATTACHES, DEFAULTS, DETACHES, LIST_AGREES, READS_BACK, STAYS, TAGS_READ_BACK, UPDATE_KEEPS};
use super::sequence_run::SequenceRun;
use super::step::referred;

/// What the last call was to change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'a> {
    /// The operation.
    pub(super) operation: OperationId,
    /// The members that it wrote.
    pub(super) members: &'a Map<String, Value>,
    /// The rule that a member written otherwise breaks, where it is not the usual one.
    pub(super) rule: Option<(&'a CheckInfo, Authority)>,
    /// Whether it has made the resource.
    pub(super) makes: bool,
}

impl SequenceRun<'_> {
    /// The first member in which the resource is not as it should be.
    pub(super) fn departure(
        &self,
        slot: usize,
        document: &Value,
        writing: Option<Writing<'_>>,
    ) -> CaseResult<Option<(CheckInfo, Mismatch)>> {
        let kind = self.context.kind;
        let (known, thing) = (&self.state.slots[slot], &self.resources[slot]);
        for name in &kind.members {
            let came = document.get(name).unwrap_or(&Value::Null);
            let written = writing.is_some_and(|writing| writing.members.contains_key(name));
            let site = format!("/{name}");
            if let Some(sent) = known.written.get(name) {
                let filled = self.fill(sent)?;
                if agree(&filled, came) {
                    continue;
                }
                let (rule, authority, source) = self.rule(name, sent, written, writing);
                let mut departure =
                    Mismatch::new(&site, filled.to_string(), describe(came)).at(site.as_str()).because(authority);
                if let Some(source) = source {
                    departure = departure.from_source(source);
                }
                return Ok(Some((rule, departure)));
            } else if let Some(observed) = thing.observed.get(name)
                && !(agree(observed, came) && agree(came, observed))
            {
                let (rule, authority, source) = self.rule(name, &Value::Null, false, writing);
                let mut departure =
                    Mismatch::new(&site, format!("{} as before", describe(observed)), describe(came)).at(site.as_str());
                departure = departure.because(authority);
                if let Some(source) = source {
                    departure = departure.from_source(source);
                }
                return Ok(Some((rule, departure)));
            }
        }
        if writing.is_some_and(|writing| writing.makes) {
            let input = Value::Object(known.written.clone());
            for default in kind.defaults(&input) {
                let Some(came) = document.pointer(&default.member) else { continue };
                if !agree(&default.value, came) {
                    let departure = Mismatch::new(&default.member, default.value.to_string(), describe(came))
                        .at(default.member.as_str())
                        .because(default.authority)
                        .from_source(default.source.as_str());
                    return Ok(Some((DEFAULTS, departure)));
                }
            }
        }
        Ok(self.tags_departure(slot, document.get("tags")))
    }

    /// Whether the tags shown are those written.
    pub(super) fn tags_departure(&self, slot: usize, came: Option<&Value>) -> Option<(CheckInfo, Mismatch)> {
        let taggable = self.context.kind.tagging.as_ref()?;
        let wanted = &self.state.slots[slot].tags;
        let mut came = came.and_then(Value::as_object).cloned().unwrap_or_default();
        came.retain(|key, _| key != RUN_TAG);
        let is_same = came.len() == wanted.len() && wanted.iter().all(|(key, value)| came.get(key) == Some(value));
        let authority = self
            .context
            .kind
            .knowledge
            .taggables
            .iter()
            .find(|it| it.service == taggable.service && it.resource == self.context.kind.name);
        (!is_same).then(|| {
            let site = format!("{}/tags", self.context.kind.name);
            let wanted = Value::Object(wanted.clone()).to_string();
            let departure = Mismatch::new(site, wanted, Value::Object(came).to_string()).at("/tags");
            (TAGS_READ_BACK, departure.because(authority.map_or(Authority::Inferred, |it| it.authority)))
        })
    }

    /// The first member of a list's item that is not as it should be; members that it leaves out do not count.
    pub(super) fn item_departure(&self, slot: usize, item: &Value) -> CaseResult<Option<(CheckInfo, Mismatch)>> {
        let (known, thing) = (&self.state.slots[slot], &self.resources[slot]);
        for name in &self.context.kind.members {
            let Some(came) = item.get(name) else { continue };
            let wanted = match (known.written.get(name), thing.observed.get(name)) {
                (Some(sent), _) => self.fill(sent)?,
                (None, Some(observed)) => observed.clone(),
                (None, None) => continue,
            };
            if !agree(&wanted, came) {
                let site = format!("/{name}");
                return Ok(Some((LIST_AGREES, Mismatch::new(&site, wanted.to_string(), describe(came)).at(&site))));
            }
        }
        let tags = item.get("tags").and_then(|tags| self.tags_departure(slot, Some(tags)));
        Ok(tags.map(|(_, departure)| (LIST_AGREES, departure)))
    }

    /// Remembers what nobody wrote, from an answer that was found right.
    pub(super) fn learn(&mut self, slot: usize, document: &Value) {
        let kind = self.context.kind;
        let written = &self.state.slots[slot].written;
        let observed = &mut self.resources[slot].observed;
        for name in kind.members.iter().filter(|name| !written.contains_key(*name)) {
            observed.insert(name.clone(), document.get(name).cloned().unwrap_or(Value::Null));
        }
    }

    /// The rule that a wrong member breaks, on whose word, and where that stands.
    fn rule(
        &self,
        name: &str,
        sent: &Value,
        written: bool,
        writing: Option<Writing<'_>>,
    ) -> (CheckInfo, Authority, Option<String>) {
        let kind = self.context.kind;
        match writing {
            None => (STAYS, STAYS.authority, None),
            Some(Writing { rule: Some((rule, authority)), .. }) if written => (*rule, authority, None),
            Some(_) if !written => match kind.update() {
                Some(update) => (UPDATE_KEEPS, update.authority, Some(update.source.clone())),
                None => (UPDATE_KEEPS, UPDATE_KEEPS.authority, None),
            },
            Some(_) => {
                let whole = Value::Object(Map::from_iter([(name.to_owned(), sent.clone())]));
                let detach = kind.detaches.iter().find(|detach| {
                    pointer::resolve(&whole, &detach.member).iter().any(|(_, value)| **value == detach.value)
                });
                match detach {
                    Some(detach) => (DETACHES, detach.authority, Some(detach.source.clone())),
                    None if referred(sent).is_empty() => (READS_BACK, READS_BACK.authority, None),
                    None => (ATTACHES, ATTACHES.authority, None),
                }
            }
        }
    }
}

/// Whether what came is what was sent; what is unset shows in several ways.
fn agree(sent: &Value, came: &Value) -> bool {
    same(sent, came) || is_nothing(sent) && is_nothing(came)
}

/// Whether the value shows nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    is_unset(value) || value.as_object().is_some_and(|members| members.values().all(is_nothing))
}

fn describe(value: &Value) -> String {
    if value.is_null() { "no such member".to_owned() } else { value.to_string() }
}

/// The parent that a text names.
pub(super) fn parent(text: &str) -> Option<Placeholder> {
    text.parse().ok()
}
