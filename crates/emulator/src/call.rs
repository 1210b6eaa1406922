//! One call of an operation, as its handler sees it.

use ivs_model::ShapeId;
use serde_json::{Map, Value};

use crate::auth::Caller;
use crate::clock::Timestamp;
use crate::contract::Operation;
use crate::failure::Failure;
use crate::fault::{Fault, Faults};
use crate::paging::Seal;
use crate::state::{Document, Kind, Region};
use crate::view::View;
use crate::wire::{self, Members};

/// What serves an operation: it has the caller's region to itself and answers by member names.
pub(crate) type Handler = fn(&Call<'_>, &mut Region) -> Answer;

/// The members of the output, or why there is none.
pub(crate) type Answer = Result<Reply, Failure>;

/// The members of an output structure.
pub(crate) enum Reply {
    /// Ready to be written.
    Now(Document),
    /// Written already, as JSON.
    Written(Vec<u8>),
    /// To be finished after the region is unlocked, where that takes long (signing a token).
    Later(Box<dyn FnOnce() -> Document + Send>),
}

impl Reply {
    /// The output of an operation that answers nothing.
    #[allow(clippy::unnecessary_wraps, reason = "it closes a handler, whose answer is a Result")]
    pub(crate) fn empty() -> Answer {
        Ok(Self::Now(Document::new()))
    }
}

impl From<Document> for Reply {
    fn from(members: Document) -> Self {
        Self::Now(members)
    }
}

/// One call: its operation, its caller, its validated input, and the time it is made at.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) caller: &'a Caller<'a>,
    pub(crate) input: Input,
    pub(crate) now: Timestamp,
    /// When a state entered now has passed.
    pub(crate) settled: Timestamp,
    pub(crate) faults: Faults,
    pub(crate) seal: &'a Seal,
}

impl Call<'_> {
    /// Whether that fault is planted and shows on this operation.
    pub(crate) fn faulty(&self, fault: Fault) -> bool {
        self.faults.is_on(fault, &self.operation.full_name)
    }

    /// An output with one member, which shows a document: `{"channel": {…}}`. What the member's
    /// structure does not have stays out.
    pub(crate) fn show(&self, member: &str, document: &Document) -> Document {
        let mut output = Map::new();
        output.insert(member.to_owned(), self.shown(member, document));
        output
    }

    /// As [`show`](Self::show), for the whole answer. It is written as it stands in the region: copying it first would
    /// take most of the time of a call.
    pub(crate) fn answer(&self, member: &str, document: &Document) -> Answer {
        let view = self.view(self.operation.output_member(member), document);
        Ok(Reply::Written(wire::written(&Members([(member, view)]))))
    }

    /// As [`answer`](Self::answer), where the output is flat.
    pub(crate) fn answer_flat(&self, document: &Document) -> Answer {
        Ok(Reply::Written(wire::written(&self.view(self.operation.model.output, document))))
    }

    /// A document as a shape shows it, or nothing where there is no shape.
    fn view<'d>(&self, shape: Option<ShapeId>, document: &'d Document) -> Option<View<'d>> {
        Some(self.operation.service().schema.view(shape?, document))
    }

    /// The resource whose ARN is the input's, as an output member shows it.
    pub(crate) fn resource(&self, region: &Region, kind: Kind, member: &str) -> Answer {
        let arn = self.input.required("arn");
        let ghost = || region.ghosts.of(kind).find(|ghost| *ghost.arn == *arn);
        let record = match region.get(kind, arn) {
            Err(failure) if self.faulty(Fault::GetAfterDelete) => ghost().ok_or(failure)?,
            found => found?,
        };
        self.answer(member, &record.document)
    }

    /// Adds a resource and answers it as an output member shows it.
    pub(crate) fn create(&self, region: &mut Region, kind: Kind, member: &str, document: Document) -> Answer {
        self.answer(member, &region.create(kind, document)?.document)
    }

    /// Deletes the resource whose ARN is the input's, where it is there and a check lets it go.
    pub(crate) fn discard(
        &self,
        region: &mut Region,
        kind: Kind,
        check: impl FnOnce(&Region, &str) -> Result<(), Failure>,
    ) -> Answer {
        let arn = self.input.required("arn");
        region.get(kind, arn)?;
        if !self.faulty(Fault::AttachedDeletable) {
            check(region, arn)?;
        }
        if !self.faulty(Fault::DeleteKeeps) {
            let removed = region.remove(kind, arn)?;
            self.faults.after_removal(region, kind, removed);
        }
        Reply::empty()
    }

    /// A document as an output member shows it.
    pub(crate) fn shown(&self, member: &str, document: &Document) -> Value {
        let view = self.view(self.operation.output_member(member), document);
        view.map_or(Value::Null, |view| Value::Object(view.to_document()))
    }

    /// A document as the output itself, for services whose outputs are flat (chat).
    pub(crate) fn show_flat(&self, document: &Document) -> Document {
        self.view(self.operation.model.output, document).map(View::to_document).unwrap_or_default()
    }

    /// The input members that the resource in that output member has too: the start of a new resource,
    /// or the changes of an update.
    pub(crate) fn draft(&self, member: &str) -> Document {
        match self.shown(member, &self.input.0) {
            Value::Object(document) => document,
            _ => Document::new(),
        }
    }

    /// As [`draft`](Self::draft), where the output is flat.
    pub(crate) fn draft_flat(&self) -> Document {
        self.show_flat(&self.input.0)
    }
}

/// A validated input, by member names. Reading a member of another type, which validation has ruled out,
/// gives the same as an absent one.
#[derive(Debug)]
pub(crate) struct Input(pub(crate) Document);

impl Input {
    pub(crate) fn get(&self, member: &str) -> Option<&Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }

    /// A string member, if present.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.get(member)?.as_str()
    }

    /// A required string member.
    pub(crate) fn required(&self, member: &str) -> &str {
        self.text(member).unwrap_or_default()
    }

    pub(crate) fn integer(&self, member: &str) -> Option<i64> {
        self.get(member)?.as_i64()
    }

    pub(crate) fn flag(&self, member: &str) -> Option<bool> {
        self.get(member)?.as_bool()
    }

    /// The items of a list member; empty if absent.
    pub(crate) fn list(&self, member: &str) -> &[Value] {
        self.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The strings of a list member; empty if absent.
    pub(crate) fn texts(&self, member: &str) -> impl Iterator<Item = &str> {
        self.list(member).iter().filter_map(Value::as_str)
    }

    /// A structure or map member, if present.
    pub(crate) fn object(&self, member: &str) -> Option<&Document> {
        self.get(member)?.as_object()
    }

    /// The members among these that are present and not empty strings: which filters were given.
    pub(crate) fn given<'m>(&self, members: &[&'m str]) -> Vec<&'m str> {
        members.iter().copied().filter(|member| self.get(member).is_some_and(|value| value != "")).collect()
    }
}

/// Filling a document.
pub(crate) trait Fill {
    /// Sets a member.
    fn set(&mut self, member: &str, value: impl Into<Value>);
    /// Sets a member that is absent.
    fn default(&mut self, member: &str, value: impl Into<Value>);
}

impl Fill for Document {
    fn set(&mut self, member: &str, value: impl Into<Value>) {
        self.insert(member.to_owned(), value.into());
    }

    fn default(&mut self, member: &str, value: impl Into<Value>) {
        if !self.contains_key(member) {
            self.insert(member.to_owned(), value.into());
        }
    }
}
