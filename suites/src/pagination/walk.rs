//! The walk: page after page to the end, and what it must have shown.

use std::collections::BTreeSet;

use ivs_judge::{Mismatch, Verdict};
use ivs_runner::{CaseResult, LagWait, SentCall, indeterminate};
use serde_json::{Map, Value};

use super::checks::{PAGE_SIZE, WALK};
use super::page_reader::{Page, PageReader, PageRequest};

/// A list of more pages than this is not walked to its end. It has room for what other runs make at the same time, and for the
/// compositions of a run before, which stay listed when they have stopped.
pub(super) const MOST_PAGES: usize = 400;

/// All pages of one walk.
pub(super) struct Walk {
    pub(super) pages: Vec<Page>,
    /// Whether the last page said that it is the last.
    pub(super) ended: bool,
}

impl Walk {
    pub(super) fn items(&self) -> impl Iterator<Item = &Value> {
        self.pages.iter().flat_map(|page| &page.items)
    }

    pub(super) fn keys(&self, reader: &PageReader<'_>) -> Vec<String> {
        reader.list.operation.keys(self.items())
    }

    /// The last answer: findings of the whole walk point to it.
    pub(super) fn last(&self) -> CaseResult<&SentCall> {
        self.pages.last().map(|page| &page.call).ok_or_else(|| indeterminate("no page came"))
    }
}

impl PageReader<'_> {
    /// Walks to the end, or to the bound. A token that leads to itself and an item that comes again end a walk too: it would go on
    /// for ever.
    pub(super) async fn walk(&self, size: Option<u64>, filter: Option<&Map<String, Value>>) -> CaseResult<Walk> {
        let mut walk = Walk { pages: Vec::new(), ended: false };
        let mut token: Option<String> = None;
        let mut seen = BTreeSet::new();
        while walk.pages.len() < MOST_PAGES {
            let page = self.page(PageRequest { size, token: token.as_deref(), filter }).await?;
            let next = page.next.clone();
            // Events may be equal.
            let comes_again =
                !self.list.operation.is_of_events() && self.keys(&page).into_iter().any(|key| !seen.insert(key));
            walk.pages.push(page);
            walk.ended = next.is_none();
            if walk.ended || next == token || comes_again {
                break;
            }
            token = next;
        }
        Ok(walk)
    }

    /// Waits until the list shows these items, for as long as reads may lag behind writes at the endpoint.
    pub(super) async fn await_listed(&self, keys: &BTreeSet<String>) {
        let limit = self.case_context.under_test.run_context.config.consistency_wait;
        if limit.is_zero() || keys.is_empty() {
            return;
        }
        let mut lag = LagWait::begin(limit);
        loop {
            let walk = self.walk(Some(self.list.operation.max_page_size), None).await;
            let shown: BTreeSet<String> = walk.map(|walk| walk.keys(self).into_iter().collect()).unwrap_or_default();
            if keys.is_subset(&shown) || !lag.again().await {
                return;
            }
        }
    }

    /// Judges a walk: no page too long, no item twice, none of `expected` left out, and an end.
    pub(super) fn judge_walk(
        &self,
        walk: &Walk,
        bound: Option<u64>,
        expected: &BTreeSet<String>,
        site: &str,
    ) -> CaseResult {
        if let Some(bound) = bound {
            self.judge_length(walk, bound, site)?;
        }
        let keys = walk.keys(self);
        let fail = |expected: &str, actual: String| -> CaseResult {
            Err(self.case_context.fail(&WALK, &Mismatch::new(site, expected, actual), walk.last()?))
        };
        let mut seen = BTreeSet::new();
        // Of events, what one page with everything does not show so often.
        let is_more =
            |key: &String| self.list.operation.is_of_events() && !expected.is_empty() && !expected.contains(key);
        let twice = keys.iter().filter(|key| !seen.insert(key.as_str()) || is_more(key)).count();
        if twice > 0 {
            return fail("each item on one page", format!("{} more than once", items(twice)));
        }
        let stuck = walk.pages.windows(2).last().is_some_and(|pages| pages[0].next == pages[1].next);
        if !walk.ended && stuck {
            return fail("an end", "a token that leads to itself".to_owned());
        }
        if !walk.ended {
            return Err(too_many_pages());
        }
        let lost = expected.iter().filter(|key| !seen.contains(key.as_str())).count();
        if lost > 0 {
            return fail("every item that exists", format!("{} on no page", items(lost)));
        }
        if keys.is_empty() {
            return Err(indeterminate("the list is empty, and nothing could be made for it"));
        }
        Ok(())
    }

    /// Judges the length of the pages.
    pub(super) fn judge_length(&self, walk: &Walk, bound: u64, site: &str) -> CaseResult {
        let Some(page) = walk.pages.iter().find(|page| page.items.len() as u64 > bound) else { return Ok(()) };
        let departure = Mismatch::new(site, format!("at most {bound} on a page"), items(page.items.len()));
        let departure = departure.at(format!("/{}", self.list.operation.items));
        Err(self.case_context.fail(&PAGE_SIZE, &departure, &page.call))
    }
}

/// The verdict on a list that is not walked to its end.
pub(super) fn too_many_pages() -> Verdict {
    indeterminate(format!("the list has more than {MOST_PAGES} pages of this size"))
}

/// A number of items as a person writes it.
pub(super) fn items(count: usize) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{count} items") }
}
