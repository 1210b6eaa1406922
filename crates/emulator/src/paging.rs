//! Pages of a listing: opaque, sealed tokens that hold a place, not an item.
//!
//! A token is bound to its operation, account, region and filters (every input member but the token and
//! the page size). It stays good while others write: it names a position in an order that writes do not
//! change, so that what exists throughout a walk is listed exactly once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::Sha256;

use crate::call::{Answer, Call, Reply};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::state::{Document, Kind, Record, Region};
use crate::view::View;
use crate::wire::{self, Members};

/// The key that tokens are sealed with; another emulator's tokens are not taken.
pub(crate) struct Seal {
    mac: Hmac<Sha256>,
}

/// Bytes of a token: position, version, and half a MAC.
const PLACE: usize = 16;
const TAG: usize = 16;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The position of the last item shown; 0 stands before all.
    pub(crate) after: u64,
    /// What the walk as a whole is bound to, such as a store's version; given with the first page.
    pub(crate) version: u64,
}

/// An item of a list, to be written: what its structure shows, or all that there is.
#[derive(Clone, Copy)]
pub(crate) enum Item<'d> {
    View(View<'d>),
    Whole(&'d Document),
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::View(view) => view.serialize(serializer),
            Self::Whole(document) => document.serialize(serializer),
        }
    }
}

/// What a list output is written of: its items, and whatever stands beside them.
#[derive(Clone, Copy)]
pub(crate) enum Part<'p> {
    Items(&'p [Item<'p>]),
    Beside(&'p Value),
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Items(items) => items.serialize(serializer),
            Self::Beside(value) => value.serialize(serializer),
        }
    }
}

/// One item of a listing: its position, which rises through the listing and never changes, and what it shows.
pub(crate) type Row<'r> = (u64, &'r Document);

impl Seal {
    pub(crate) fn new() -> Self {
        let key: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
        Self { mac: Hmac::new_from_slice(&key).expect("HMAC takes a key of any length") }
    }

    fn tag(&self, call: &Call<'_>, place: &[u8]) -> Vec<u8> {
        let mut mac = self.mac.clone();
        let mut part = |bytes: &[u8]| {
            mac.update(&(bytes.len() as u64).to_be_bytes());
            mac.update(bytes);
        };
        if !call.faulty(Fault::TokenOfAnotherList) {
            part(call.operation.full_name.as_bytes());
        }
        part(call.caller.account.as_bytes());
        part(call.caller.region.as_bytes());
        part(place);
        let paging = call.operation.model.pagination.as_ref();
        let own = |name: &str| {
            paging.is_some_and(|paging| paging.input_token == name || paging.page_size.as_deref() == Some(name))
        };
        let mut filters: Vec<(&String, &Value)> =
            call.input.0.iter().filter(|(name, value)| !own(name) && !value.is_null()).collect();
        filters.sort_unstable_by_key(|(name, _)| *name);
        if !call.faulty(Fault::TokenIgnoresFilter) {
            for (name, value) in filters {
                part(name.as_bytes());
                part(value.to_string().as_bytes());
            }
        }
        mac.finalize().into_bytes()[..TAG].to_vec()
    }

    fn write(&self, call: &Call<'_>, cursor: Cursor) -> String {
        let mut bytes = Vec::with_capacity(PLACE + TAG);
        bytes.extend(cursor.after.to_be_bytes());
        bytes.extend(cursor.version.to_be_bytes());
        let tag = self.tag(call, &bytes);
        bytes.extend(tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(&self, call: &Call<'_>, token: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (place, tag) = bytes.split_at_checked(PLACE)?;
        if tag.len() != TAG || tag != self.tag(call, place) {
            return None;
        }
        let (after, version) = place.split_at(8);
        Some(Cursor {
            after: u64::from_be_bytes(after.try_into().ok()?),
            version: u64::from_be_bytes(version.try_into().ok()?),
        })
    }
}

impl Call<'_> {
    /// Where the page asked for begins. `version` binds a walk that begins now; a later page has the one
    /// it began with. An empty token asks for the first page.
    ///
    /// # Errors
    /// ValidationException for a token that is not ours, or belongs to another listing.
    pub(crate) fn cursor(&self, version: u64) -> Result<Cursor, Failure> {
        let token = self
            .operation
            .model
            .pagination
            .as_ref()
            .and_then(|paging| self.input.text(&paging.input_token))
            .unwrap_or_default();
        if token.is_empty() {
            return Ok(Cursor { after: 0, version });
        }
        match self.seal.read(self, token) {
            Some(cursor) => Ok(cursor),
            None if self.faulty(Fault::AnyTokenTaken) => Ok(Cursor { after: 0, version }),
            None => Err(Failure::invalid("/nextToken", "is not a token of this listing")),
        }
    }

    /// How many items the page may have.
    fn page_size(&self) -> usize {
        let paging = self.operation.model.pagination.as_ref();
        paging
            .and_then(|paging| self.input.integer(paging.page_size.as_deref()?))
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(self.operation.page_size)
            .max(1)
    }

    /// The page of a listing that begins at a cursor. The rows rise in position; those at or before the
    /// cursor are passed over. Items are shown as the model's item structure has them.
    pub(crate) fn page<'r>(&self, cursor: Cursor, rows: impl IntoIterator<Item = Row<'r>>) -> Answer {
        let paging = self.operation.model.pagination.as_ref();
        let items = paging.and_then(|paging| paging.items.as_deref()).unwrap_or_default();
        let size = self.page_size();
        let mut rows = rows.into_iter().filter(|(position, _)| *position > cursor.after);
        if cursor.after > 0 && self.faulty(Fault::ListSkipsAfterToken) {
            rows.next();
        }
        let mut shown = Vec::new();
        let mut last = cursor.after;
        let mut more = false;
        for (position, document) in rows {
            if shown.len() == size {
                more = true;
                break;
            }
            last = position;
            shown.push(self.item(items, document));
        }
        let mut members = vec![(items, Part::Items(&shown))];
        let token;
        if self.faulty(Fault::ItemOnTwoPages) {
            last = last.saturating_sub(1);
        }
        if (more || self.faulty(Fault::LastPageHasToken))
            && let Some(paging) = paging
        {
            token = Value::from(self.seal.write(self, Cursor { after: last, ..cursor }));
            members.push((&*paging.output_token, Part::Beside(&token)));
        }
        Ok(Reply::Written(wire::written(&Members(members))))
    }

    /// A page over all resources of a kind that a filter lets through, oldest first.
    pub(crate) fn page_of(&self, region: &Region, kind: Kind, filter: impl Fn(&Record) -> bool) -> Answer {
        let store = region.store(kind);
        if self.faults.0.is_some() {
            return self.faulty_page_of(region, kind, filter);
        }
        let cursor = self.cursor(0)?;
        let rows =
            store.after(cursor.after).filter(|record| filter(record)).map(|record| (record.sequence, &record.document));
        self.page(cursor, rows)
    }

    /// The same where a fault may number the rows in another way, or leave some out.
    fn faulty_page_of(&self, region: &Region, kind: Kind, filter: impl Fn(&Record) -> bool) -> Answer {
        let store = region.store(kind);
        let cursor = self.cursor(store.version())?;
        let newest = store.iter().last().map_or(0, |record| record.sequence);
        let shown =
            |record: &&Record| filter(record) && !(self.faulty(Fault::NewestUnlisted) && record.sequence == newest);
        let skipped = usize::from(self.faulty(Fault::ListSkipsWhileWriting) && cursor.version != store.version());
        let size = self.page_size() as u64;
        let position = |index: u64, record: &Record| match self.faults.0 {
            Some(Fault::TokensAreOffsets) if self.faulty(Fault::TokensAreOffsets) => index + 1,
            Some(Fault::TokensCountPages) if self.faulty(Fault::TokensCountPages) => index / size + 1,
            _ => record.sequence,
        };
        let ghosts = region.ghosts.of(kind).filter(|_| self.faulty(Fault::DeletedIsListed));
        let mut records: Vec<&Record> = store.iter().chain(ghosts).filter(shown).collect();
        records.sort_unstable_by_key(|record| record.sequence);
        let rows = (0..).zip(records).map(|(index, record)| (position(index, record), &record.document));
        let rows: Vec<Row<'_>> = rows.filter(|(position, _)| *position > cursor.after).skip(skipped).collect();
        self.page(cursor, rows)
    }

    /// A page over the resources of a kind whose string member holds a text, oldest first.
    pub(crate) fn page_where(&self, region: &Region, kind: Kind, member: &str, text: &str) -> Answer {
        let cursor = self.cursor(0)?;
        let found = region.store(kind).matching(member, text, cursor.after);
        self.page(cursor, found.map(|record| (record.sequence, &record.document)))
    }

    /// One item as the list member shows it.
    pub(crate) fn item<'d>(&self, list: &str, document: &'d Document) -> Item<'d> {
        let schema = &self.operation.service().schema;
        let item = self.operation.output_member(list).and_then(|list| schema.item_of(list));
        match item.filter(|_| !self.faulty(Fault::SummaryShowsAll)) {
            Some(item) => Item::View(schema.view(item, document)),
            None => Item::Whole(document),
        }
    }
}
