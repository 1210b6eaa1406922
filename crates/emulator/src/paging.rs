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
use crate::fault::{Fault, faults};
use crate::page_token::Cursor;
use crate::service_error::ServiceError;
use crate::state::{Record, Region};
use crate::wire::{self, Members};

faults! {
    SUMMARY_SHOWS_ALL "summary-shows-all" Schema "pagination" "unmodeled-member" ["ivs.ListChannels"]
        "Summaries have all members of the resource."
        why "The listing drops the other members before a layer sees the response.";

    ITEM_ON_TWO_PAGES "item-on-two-pages" Pagination "pagination" "walk-is-whole" ["ivs.ListRecordingConfigurations"]
        "Each page begins with the last item of the page before."
        why "The token is written where the page ends, before a layer sees the response.";
    LAST_PAGE_HAS_TOKEN "last-page-has-token" Pagination "pagination" "walk-is-whole" ["ivs.ListAdConfigurations"]
        "The last page also has a `nextToken`."
        why "Only the listing can write a token for the place where its page ends.";
    LIST_SKIPS_AFTER_TOKEN "list-skips-after-token" Pagination "pagination" "walk-is-whole" ["ivs.ListChannels"]
        "Each page after the first leaves out its first item."
        why "A page is filled up after the skipped item; a layer would leave it short.";
    LIST_SKIPS_WHILE_WRITING "list-skips-while-writing" Pagination "pagination" "walk-while-writing"
        ["ivs-realtime.ListStages"]
        "A page leaves out its first item if a resource was created since the walk began."
        why "The listing alone knows the version of the store that its token holds.";
    NEWEST_UNLISTED "newest-unlisted" Pagination "pagination" "walk-is-whole" ["ivs-realtime.ListIngestConfigurations"]
        "The newest item is not listed."
        why "A page is filled up after the hidden item; a layer would leave it short.";
    TOKEN_IGNORES_FILTER "token-ignores-filter" Pagination "pagination" "bad-token" ["ivs.ListChannels"]
        "A page token is still accepted after the filter has changed."
        why "The listing computes what its tokens are bound to.";
    TOKEN_OF_ANOTHER_LIST "token-of-another-list" Pagination "pagination" "bad-token"
        ["ivschat.ListLoggingConfigurations", "ivschat.ListRooms"]
        "The token of one list operation is accepted by another."
        why "The listing computes what its tokens are bound to.";
    TOKENS_ARE_OFFSETS "tokens-are-offsets" Pagination "pagination" "stale-token" ["ivs-realtime.ListStages"]
        "A token holds the number of items already shown, even if some are deleted meanwhile."
        why "The listing numbers its rows before it writes a token.";
    TOKENS_COUNT_PAGES "tokens-count-pages" Pagination "pagination" "stale-token" ["ivs-realtime.ListPublicKeys"]
        "A token holds the number of pages already shown, whatever their size."
        why "The listing numbers its rows before it writes a token.";
    FILTER_FORGOTTEN_ON_NEXT_PAGE "filter-forgotten-on-next-page" Pagination "pagination" "filter-is-exact"
        ["ivs.ListChannels"]
        "The filter applies to the first page only."
        why "The token of a filtered page is bound to no filter, and the listing computes that.";
    FILTERED_ITEM_ON_TWO_PAGES "filtered-item-on-two-pages" Pagination "pagination" "filter-is-exact" ["ivschat.ListRooms"]
        "The second page of a filtered list begins with the last item of the first."
        why "The token is written where the page ends, before a layer sees the response.";
    WALK_ENDS_AFTER_DELETE "walk-ends-after-delete" Pagination "pagination" "stale-token"
        ["ivs-realtime.ListEncoderConfigurations"]
        "A page token leads to an empty page if its item was deleted."
        why "The listing reads the place in the token, and knows whether its item is still there.";
    WALK_RESTARTS_AFTER_DELETE "walk-restarts-after-delete" Pagination "pagination" "stale-token"
        ["ivs-realtime.ListStages"]
        "A page token leads to the first page if its item was deleted."
        why "The listing reads the place in the token, and knows whether its item is still there.";

    DELETED_IS_LISTED "deleted-is-listed" State "lifecycle" "deleted-is-unlisted"
        ["ivs-realtime.ListStorageConfigurations"]
        "A deleted storage configuration is still listed."
        why "The deleted resource takes its old place in the order of the pages.";
}

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
        if !self.has_fault(Fault::TOKEN_OF_ANOTHER_LIST) {
            binding.push(self.operation.full_name.as_bytes().to_vec());
        }
        if self.has_fault(Fault::TOKEN_IGNORES_FILTER) || self.has_fault(Fault::FILTER_FORGOTTEN_ON_NEXT_PAGE) {
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
        if cursor.after > 0 && self.has_fault(Fault::LIST_SKIPS_AFTER_TOKEN) {
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
        if self.has_fault(Fault::ITEM_ON_TWO_PAGES)
            || self.has_fault(Fault::FILTERED_ITEM_ON_TWO_PAGES) && is_filtered()
        {
            last = last.saturating_sub(1);
        }
        if (more || self.has_fault(Fault::LAST_PAGE_HAS_TOKEN))
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
        if is_gone && self.has_fault(Fault::WALK_ENDS_AFTER_DELETE) {
            cursor.after = u64::MAX;
        }
        if is_gone && self.has_fault(Fault::WALK_RESTARTS_AFTER_DELETE) {
            cursor.after = 0;
        }
        let newest = store.iter().last().map_or(0, |record| record.sequence);
        let shown =
            |record: &&Record| filter(record) && !(self.has_fault(Fault::NEWEST_UNLISTED) && record.sequence == newest);
        let skipped = usize::from(self.has_fault(Fault::LIST_SKIPS_WHILE_WRITING) && cursor.version != store.version());
        let size = self.page_size() as u64;
        let position = |index: u64, record: &Record| match self.planted.on(&self.operation.full_name) {
            Some(Fault::TOKENS_ARE_OFFSETS) => index + 1,
            Some(Fault::TOKENS_COUNT_PAGES) => index / size + 1,
            _ => record.sequence,
        };
        let deleted = region.retained_deletes.of(resource_type).filter(|_| self.has_fault(Fault::DELETED_IS_LISTED));
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
        match item.filter(|_| !self.has_fault(Fault::SUMMARY_SHOWS_ALL)) {
            Some(item) => ListItem::View(schema.view(item, document)),
            None => ListItem::Whole(document),
        }
    }
}
