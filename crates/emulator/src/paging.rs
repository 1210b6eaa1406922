//! Pages of a list operation.
//!
//! A page token is bound to its operation, account, region and filters: every input member except the token and the
//! page size. It stays valid while others write. It names a position in an order that writes do not change, so that
//! a resource that exists throughout a walk is listed exactly once.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::call::{HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::contract::View;
use crate::document::Document;
use crate::fault::Fault;
use crate::page_token::Cursor;
use crate::service_error::ServiceError;
use crate::state::{Record, Region};
use crate::wire::{self, Members};

/// One item of a list output.
#[derive(Clone, Copy)]
pub(crate) enum ListItem<'d> {
    /// The members that the item structure has.
    View(View<'d>),
    /// All members.
    Whole(&'d Document),
}

impl Serialize for ListItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::View(view) => view.serialize(serializer),
            Self::Whole(document) => document.serialize(serializer),
        }
    }
}

/// One member of a list output.
#[derive(Clone, Copy)]
pub(crate) enum OutputPart<'p> {
    /// The list.
    Items(&'p [ListItem<'p>]),
    /// Another member, such as the token of the next page.
    Other(&'p Value),
}

impl Serialize for OutputPart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Items(items) => items.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

/// One row of a listing: its position, and the document that it shows. Positions rise and never change.
pub(crate) type ListRow<'r> = (u64, &'r Document);

impl OperationCall<'_> {
    /// Returns the place where the requested page begins. An empty token requests the first page.
    ///
    /// A walk that begins now is bound to `version`; a later page has the version that its walk began with.
    ///
    /// # Errors
    /// ValidationException for a token of another emulator or another listing.
    pub(crate) fn cursor(&self, version: u64) -> Result<Cursor, ServiceError> {
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
        let cursor = self.page_token_key.read(&self.token_binding(), token);
        cursor.ok_or_else(|| ServiceError::invalid("/nextToken", "is not a token of this listing"))
    }

    /// Returns the binding of this call's page tokens.
    fn token_binding(&self) -> Vec<Vec<u8>> {
        let mut binding = vec![self.caller.account.as_bytes().to_vec(), self.caller.region.as_bytes().to_vec()];
        if !self.has_fault(Fault::TokenOfAnotherList) {
            binding.push(self.operation.full_name.as_bytes().to_vec());
        }
        if self.has_fault(Fault::TokenIgnoresFilter) || self.has_fault(Fault::FilterForgottenOnNextPage) {
            return binding;
        }
        let paging = self.operation.model.pagination.as_ref();
        let is_of_paging = |name: &str| {
            paging.is_some_and(|paging| paging.input_token == name || paging.page_size.as_deref() == Some(name))
        };
        let mut filters: Vec<(&String, &Value)> =
            self.input.0.iter().filter(|(name, value)| !is_of_paging(name) && !value.is_null()).collect();
        filters.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in filters {
            binding.push(name.as_bytes().to_vec());
            binding.push(value.to_string().into_bytes());
        }
        binding
    }

    /// Returns the largest number of items on the page.
    fn page_size(&self) -> usize {
        let paging = self.operation.model.pagination.as_ref();
        paging
            .and_then(|paging| self.input.integer(paging.page_size.as_deref()?))
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(self.operation.page_size)
            .max(1)
    }

    /// Returns the page of a listing that begins at a cursor.
    ///
    /// The rows are sorted by position. Rows at or before the cursor are skipped. Items have the members of the model's
    /// item structure.
    pub(crate) fn page<'r>(&self, cursor: Cursor, rows: impl IntoIterator<Item = ListRow<'r>>) -> HandlerResult {
        let paging = self.operation.model.pagination.as_ref();
        let items = paging.and_then(|paging| paging.items.as_deref()).unwrap_or_default();
        let size = self.page_size();
        let mut rows = rows.into_iter().filter(|(position, _)| *position > cursor.after);
        if cursor.after > 0 && self.has_fault(Fault::ListSkipsAfterToken) {
            rows.next();
        }
        let mut shown: Vec<ListItem<'_>> = Vec::new();
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
        let mut members = vec![(items, OutputPart::Items(&shown))];
        let token;
        // Account, region and operation come before the filters.
        let is_filtered = || cursor.after == 0 && self.token_binding().len() > 3;
        if self.has_fault(Fault::ItemOnTwoPages) || self.has_fault(Fault::FilteredItemOnTwoPages) && is_filtered() {
            last = last.saturating_sub(1);
        }
        if (more || self.has_fault(Fault::LastPageHasToken))
            && let Some(paging) = paging
        {
            token = Value::from(self.page_token_key.write(&self.token_binding(), Cursor { after: last, ..cursor }));
            members.push((&*paging.output_token, OutputPart::Other(&token)));
        }
        Ok(HandlerOutput::Json(wire::to_json(&Members(members))))
    }

    /// Returns a page of the resources of a type that match a filter, oldest first.
    pub(crate) fn list_resources(
        &self,
        region: &Region,
        resource_type: ResourceType,
        filter: impl Fn(&Record) -> bool,
    ) -> HandlerResult {
        let store = region.store(resource_type);
        if self.planted.fault().is_some() {
            return self.list_with_fault(region, resource_type, filter);
        }
        let cursor = self.cursor(0)?;
        let rows =
            store.after(cursor.after).filter(|record| filter(record)).map(|record| (record.sequence, &record.document));
        self.page(cursor, rows)
    }

    /// Returns a page with a planted fault, which may number the rows in another way or leave some out.
    fn list_with_fault(
        &self,
        region: &Region,
        resource_type: ResourceType,
        filter: impl Fn(&Record) -> bool,
    ) -> HandlerResult {
        let store = region.store(resource_type);
        let mut cursor = self.cursor(store.version())?;
        let is_gone = cursor.after > 0 && !store.iter().any(|record| record.sequence == cursor.after);
        if is_gone && self.has_fault(Fault::WalkEndsAfterDelete) {
            cursor.after = u64::MAX;
        }
        if is_gone && self.has_fault(Fault::WalkRestartsAfterDelete) {
            cursor.after = 0;
        }
        let newest = store.iter().last().map_or(0, |record| record.sequence);
        let shown =
            |record: &&Record| filter(record) && !(self.has_fault(Fault::NewestUnlisted) && record.sequence == newest);
        let skipped = usize::from(self.has_fault(Fault::ListSkipsWhileWriting) && cursor.version != store.version());
        let size = self.page_size() as u64;
        let position = |index: u64, record: &Record| match self.planted.on(&self.operation.full_name) {
            Some(Fault::TokensAreOffsets) => index + 1,
            Some(Fault::TokensCountPages) => index / size + 1,
            _ => record.sequence,
        };
        let deleted = region.retained_deletes.of(resource_type).filter(|_| self.has_fault(Fault::DeletedIsListed));
        let mut records: Vec<&Record> = store.iter().chain(deleted).filter(shown).collect();
        records.sort_unstable_by_key(|record| record.sequence);
        let rows = (0..).zip(records).map(|(index, record)| (position(index, record), &record.document));
        let rows: Vec<ListRow<'_>> = rows.filter(|(position, _)| *position > cursor.after).skip(skipped).collect();
        self.page(cursor, rows)
    }

    /// Returns a page of the resources of a type whose string member has a value, oldest first.
    pub(crate) fn list_matching(
        &self,
        region: &Region,
        resource_type: ResourceType,
        member: &str,
        text: &str,
    ) -> HandlerResult {
        let cursor = self.cursor(0)?;
        let found = region.store(resource_type).matching(member, text, cursor.after);
        self.page(cursor, found.map(|record| (record.sequence, &record.document)))
    }

    /// Returns one item as the list member shows it.
    pub(crate) fn item<'d>(&self, list: &str, document: &'d Document) -> ListItem<'d> {
        let schema = &self.operation.service().schema;
        let item = self.operation.output_member(list).and_then(|list| schema.item_of(list));
        match item.filter(|_| !self.has_fault(Fault::SummaryShowsAll)) {
            Some(item) => ListItem::View(schema.view(item, document)),
            None => ListItem::Whole(document),
        }
    }
}
