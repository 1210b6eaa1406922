//! Walks while the list changes, and tokens whose item is gone.

use std::collections::BTreeSet;

use ivs_judge::Mismatch;
use ivs_runner::{CaseResult, indeterminate};
use serde_json::json;

use super::checks::{STALE_TOKEN, STEADY_WALK};
use super::fixture::ListFixture;
use super::page_reader::{Page, PageReader, PageRequest};
use super::walk::{MOST_PAGES, items, too_many_pages};

impl PageReader<'_> {
    /// Between any two pages an item is made and another one removed, in a fixed order, so that every run makes the same
    /// calls. An item that was shown already goes too: what comes after it must not move.
    pub(super) async fn judge_while_writing(&self, fixture: &mut ListFixture<'_>) -> CaseResult {
        const SITE: &str = "walk-while-writing";
        fixture.refill().await;
        self.await_listed(&fixture.keys()).await;
        let mut lasting = fixture.keys();
        if lasting.len() < 2 {
            return Err(indeterminate("too few resources could be created to write during a walk"));
        }
        let mut page = self.page(PageRequest { size: Some(1), ..PageRequest::default() }).await?;
        let mut seen = self.keys(&page);
        let mut removed_a_shown_one = false;
        for pages in 0..MOST_PAGES {
            let Some(token) = page.next.clone() else {
                if !removed_a_shown_one {
                    return Err(indeterminate("the whole list fits on one page"));
                }
                return self.judge_once_by(&STEADY_WALK, &seen, &lasting, SITE, &page.call);
            };
            if !removed_a_shown_one && let Some(shown) = seen.iter().find(|key| lasting.contains(*key)).cloned() {
                fixture.remove(&shown).await;
                lasting.remove(&shown);
                removed_a_shown_one = true;
            }
            // Kinds that take their time to come up are written once only.
            if (pages == 0 || fixture.is_quick())
                && let Some(passing) = fixture.add(&json!({})).await
            {
                fixture.remove(&self.list.operation.key_of(&passing.arn)).await;
            }
            let call = self.call(PageRequest { size: Some(1), token: Some(&token), filter: None }).await?;
            let Some(next) = self.follow(call, SITE)? else { return Ok(()) };
            seen.extend(self.keys(&next));
            page = next;
        }
        Err(too_many_pages())
    }

    /// A token outlives the item that it was given with, and the one that it leads to: what comes after is what came after.
    pub(super) async fn judge_after_delete(&self, fixture: &mut ListFixture<'_>) -> CaseResult {
        const SITE: &str = "token-after-delete";
        fixture.refill().await;
        self.await_listed(&fixture.keys()).await;
        let made = fixture.keys().len();
        if made < 2 {
            return Err(indeterminate("too few resources could be created to delete some of them"));
        }
        // With one that stays before those that go, a walk that begins again shows it again.
        let mut staying = usize::from(made > 3);
        let mut before: BTreeSet<String> = BTreeSet::new();
        let mut page = self.page(PageRequest { size: Some(1), ..PageRequest::default() }).await?;
        for _ in 0..MOST_PAGES {
            let Some(token) = page.next.clone() else {
                return Err(indeterminate("the token after the first created item returns no page"));
            };
            before.extend(self.keys(&page));
            let own = self.keys(&page).into_iter().find(|key| fixture.keys().contains(key));
            let ahead = self.page(PageRequest { size: Some(1), token: Some(&token), filter: None }).await?;
            let is_own = own.is_some();
            let Some(own) = own.filter(|_| staying == 0) else {
                staying = staying.saturating_sub(usize::from(is_own));
                page = ahead;
                continue;
            };
            fixture.remove(&own).await;
            for key in self.keys(&ahead) {
                fixture.remove(&key).await;
            }
            let expected: BTreeSet<String> = fixture.keys().difference(&before).cloned().collect();
            let shown: BTreeSet<String> = fixture.keys().intersection(&before).cloned().collect();
            return self.judge_rest(&token, &expected, &shown, SITE).await;
        }
        Err(indeterminate(format!("none of the first {MOST_PAGES} pages shows what was made")))
    }

    /// What a token leads to, to the end.
    async fn judge_rest(
        &self,
        token: &str,
        expected: &BTreeSet<String>,
        shown: &BTreeSet<String>,
        site: &str,
    ) -> CaseResult {
        let mut token = token.to_owned();
        let mut seen = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = self
                .call(PageRequest { size: Some(self.list.operation.max_page_size), token: Some(&token), filter: None })
                .await?;
            let Some(page): Option<Page> = self.follow(call, site)? else { return Ok(()) };
            seen.extend(self.keys(&page));
            match &page.next {
                Some(next) if *next != token => token.clone_from(next),
                _ => {
                    self.judge_once(&seen, expected, site, &page.call)?;
                    let again = seen.iter().filter(|key| shown.contains(*key)).count();
                    if again == 0 {
                        return Ok(());
                    }
                    let actual = format!("{} of an earlier page", items(again));
                    let departure = Mismatch::new(site, "what comes after the token's item", actual);
                    return Err(self.case_context.fail(&STALE_TOKEN, &departure, &page.call));
                }
            }
        }
        Err(indeterminate("the walk does not end"))
    }
}
