//! A channel's life: create, get, update, get, delete, and get in vain.

use std::borrow::Cow;
use std::sync::Arc;

use ivs_generators::{Authority, ExpectedError};
use serde::Deserialize;
use serde_json::json;

use super::{Call, Desk, Reply, Scenario, body, missing, step};
use crate::LoadError;
use crate::answer::Answer;
use crate::inspection::{Breach, Expect};
use crate::template::{Catalogue, Template};

/// The steps of a channel's life.
pub(crate) struct Steps {
    create: Arc<Template>,
    get: Arc<Template>,
    update: Arc<Template>,
    get_updated: Arc<Template>,
    delete: Arc<Template>,
    get_deleted: Arc<Template>,
    gone: Expect,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        let gone: Arc<[ExpectedError]> =
            Arc::new([ExpectedError { code: "ResourceNotFoundException".to_owned(), status: 404 }]);
        Ok(Arc::new(Self {
            create: step(catalogue, "ivs", "CreateChannel", "")?,
            get: step(catalogue, "ivs", "GetChannel", "")?,
            update: step(catalogue, "ivs", "UpdateChannel", "")?,
            get_updated: step(catalogue, "ivs", "GetChannel", "updated")?,
            delete: step(catalogue, "ivs", "DeleteChannel", "")?,
            get_deleted: step(catalogue, "ivs", "GetChannel", "deleted")?,
            gone: Expect::Rejection(gone, Authority::Model),
        }))
    }
}

/// The output of operations that answer with one channel, as far as the checks need it.
#[derive(Deserialize)]
pub(super) struct ChannelOutput<'a> {
    #[serde(borrow)]
    pub(super) channel: Channel<'a>,
}

/// A channel, as far as the checks need it.
#[derive(Deserialize)]
pub(super) struct Channel<'a> {
    #[serde(borrow)]
    pub(super) arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) name: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Create,
    Get,
    Update,
    GetUpdated,
    Delete,
    GetDeleted,
}

/// One user's channel.
pub(super) struct Lifecycle {
    steps: Arc<Steps>,
    stage: Stage,
    arn: String,
    name: String,
    /// Counts the names given, so that each write can be told from the last.
    writes: u64,
}

impl Lifecycle {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps, stage: Stage::Create, arn: String::new(), name: String::new(), writes: 0 }
    }

    fn by_arn(&self, template: &Arc<Template>) -> Call {
        Call::valid(template, body(&json!({ "arn": self.arn })))
    }

    fn new_name(&mut self, desk: &Desk) {
        self.writes += 1;
        self.name = format!("load-{}-{}", desk.number, self.writes);
    }

    /// Whether the answer shows the last write.
    fn shows_write(&self, answer: &Answer) -> Option<Breach> {
        let Ok(output) = serde_json::from_slice::<ChannelOutput<'_>>(&answer.body) else {
            return Some(missing("/channel"));
        };
        let name = output.channel.name.unwrap_or_default();
        (name != self.name).then(|| Breach {
            check: "lost-write",
            authority: Authority::Model,
            pointer: "/channel/name",
            expected: self.name.clone(),
            actual: name.into_owned(),
            rule: "a write that was acknowledged is read back",
        })
    }
}

impl Scenario for Lifecycle {
    fn next(&mut self, desk: &mut Desk) -> Call {
        let steps = Arc::clone(&self.steps);
        match self.stage {
            Stage::Create => {
                self.new_name(desk);
                Call::valid(&steps.create, body(&json!({ "name": self.name, "tags": desk.world.tags() })))
            }
            Stage::Get => self.by_arn(&steps.get),
            Stage::Update => {
                self.new_name(desk);
                Call::valid(&steps.update, body(&json!({ "arn": self.arn, "name": self.name })))
            }
            Stage::GetUpdated => self.by_arn(&steps.get_updated),
            Stage::Delete => self.by_arn(&steps.delete),
            Stage::GetDeleted => self.by_arn(&steps.get_deleted).expecting(steps.gone.clone()),
        }
    }

    fn take(&mut self, _: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let Some(answer) = reply.wanted() else {
            // A failed create leaves nothing behind; after any other failure the channel is deleted next. A failed
            // delete is tried again.
            self.stage = match self.stage {
                Stage::Create | Stage::GetDeleted => Stage::Create,
                _ => Stage::Delete,
            };
            return None;
        };
        let (next, breach) = match self.stage {
            Stage::Create => {
                let output = serde_json::from_slice::<ChannelOutput<'_>>(&answer.body).ok();
                match output.and_then(|output| output.channel.arn) {
                    Some(arn) => {
                        self.arn = arn.into_owned();
                        (Stage::Get, self.shows_write(answer))
                    }
                    None => (Stage::Create, Some(missing("/channel/arn"))),
                }
            }
            Stage::Get => (Stage::Update, self.shows_write(answer)),
            Stage::Update => (Stage::GetUpdated, self.shows_write(answer)),
            Stage::GetUpdated => (Stage::Delete, self.shows_write(answer)),
            Stage::Delete => (Stage::GetDeleted, None),
            Stage::GetDeleted => {
                self.arn.clear();
                (Stage::Create, None)
            }
        };
        self.stage = next;
        breach
    }

    fn is_at_rest(&self) -> bool {
        self.stage == Stage::Create
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        let owed = matches!(self.stage, Stage::Get | Stage::Update | Stage::GetUpdated | Stage::Delete);
        self.stage = Stage::Create;
        owed.then(|| (self.by_arn(&self.steps.delete).expecting(Expect::Anything), std::mem::take(&mut self.arn)))
    }
}
