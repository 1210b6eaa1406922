//! The suite `pagination`: walks at several page sizes, tokens, filters, order, and lists that change meanwhile.
//!
//! It runs before all others, list after list where two show the same kind: so nobody else writes what it walks over,
//! and every run makes the same calls.

mod filter;
mod listing;
mod order;
mod page;
mod quiet;
mod stock;
mod token;
mod walk;
mod writing;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::SuiteName;
use crate::judged::{Judged, Scene, undecided};
use crate::rules::{
    BAD_TOKEN, EMPTY_TOKEN, EXCLUSIVE_FILTERS, FILTER, ORDER, PAGE_SIZE, STALE_TOKEN, STEADY_WALK, WALK,
};
use crate::subject::Subject;
pub(crate) use listing::Listing;
use page::{Ask, Lister};
pub(crate) use quiet::run_all;
use stock::Stock;

const SUITE: SuiteName = SuiteName::Pagination;

/// The page sizes of the walks, by the names of their cases.
fn sizes(listing: &Listing) -> [(&'static str, Option<u64>); 4] {
    [("walk-size-1", Some(1)), ("walk-size-2", Some(2)), ("walk-size-max", Some(listing.max)), ("walk-default", None)]
}

/// The pairs of filters that exclude each other.
fn pairs(listing: &Listing) -> impl Iterator<Item = (usize, usize)> {
    let count = listing.exclusive.filter(|known| known.rejection.is_some()).map_or(0, |_| listing.filters.len());
    (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, other)))
}

fn pair_name(listing: &Listing, (one, other): (usize, usize)) -> String {
    format!("filters-{}-and-{}", listing.filters[one].name(), listing.filters[other].name())
}

/// The names of all cases of a list.
pub(crate) fn names(listing: &Listing) -> Vec<String> {
    let mut names: Vec<String> = sizes(listing).iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(listing.default.map(|_| "default-page-size".to_owned()));
    names.push("empty-token".to_owned());
    names.extend(token::SPOILT.map(str::to_owned));
    names.extend(["foreign-token", "changed-page-size"].map(str::to_owned));
    for filter in &listing.filters {
        names.push(format!("filter-{}", filter.name()));
        names.extend(filter.absent.as_ref().map(|_| format!("unmatched-{}", filter.name())));
    }
    names.extend(pairs(listing).map(|pair| pair_name(listing, pair)));
    names.extend((!listing.filters.is_empty()).then(|| "token-across-filters".to_owned()));
    names.extend(listing.order.map(|_| "order".to_owned()));
    if listing.kind.is_some() && !listing.scoped {
        names.extend(["token-after-delete", "walk-while-writing"].map(str::to_owned));
    }
    names
}

/// One run over one list.
struct Run<'a> {
    subject: &'a Subject,
    listing: &'a Listing,
    scope: Value,
}

impl Run<'_> {
    /// Judges one case and hands the verdict to the report.
    async fn case(&self, name: &str, check: &'static str, judge: impl AsyncFnOnce(Lister<'_>) -> Judged) {
        let case = self.subject.case_id(SUITE, name);
        let scene = Scene { subject: self.subject, case: &case };
        let lister = Lister { scene, listing: self.listing, scope: &self.scope };
        let judged = judge(lister).await;
        scene.conclude(check, name, judged);
    }
}

/// The input of a list without page size and token.
fn bare(listing: &Listing, input: &Value) -> Value {
    let mut input = input.clone();
    if let Some(members) = input.as_object_mut() {
        members.shift_remove(&listing.pagination.input_token);
        if let Some(size) = &listing.pagination.page_size {
            members.shift_remove(size);
        }
    }
    input
}

/// Runs all cases of one list but that of the foreign token; the answer is a token of the list, if it gave one.
async fn run(subject: &Subject, listing: &Listing) -> Option<String> {
    let loan = subject.lend(&subject.base).await;
    let scope = loan.fill(&bare(listing, &subject.base)).unwrap_or_else(|_| json!({}));
    let mut stock = Stock::make(subject, listing).await;
    let scope = stock.scope().cloned().unwrap_or(scope);
    let run = Run { subject, listing, scope };
    let reason = stock.reason.clone();
    let explain = |judged: Judged| match (&reason, judged) {
        (Some(reason), Err(ivs_judge::Verdict::Indeterminate(what))) => Err(undecided(format!("{what}: {reason}"))),
        (_, judged) => judged,
    };

    let mut token = None;
    for (name, size) in sizes(listing) {
        let mine = stock.keys();
        run.case(name, WALK.check, async |lister| {
            let expected = if listing.scoped && mine.is_empty() { lister.all_keys().await? } else { mine };
            let walk = lister.walk(size, None).await?;
            token = token.take().or_else(|| walk.pages.iter().find_map(|page| page.next.clone()));
            let bound = size.or(listing.default.map(|default| default.value));
            explain(lister.judge_walk(&walk, bound, &expected, name))
        })
        .await;
    }
    run.case("empty-token", EMPTY_TOKEN.check, async |lister| explain(lister.judge_empty_token().await)).await;
    for way in token::SPOILT {
        run.case(way, BAD_TOKEN.check, async |lister| lister.judge_spoilt_token(way).await).await;
    }
    let mine = stock.keys();
    run.case("changed-page-size", STALE_TOKEN.check, async |lister| lister.judge_size_change(&mine).await).await;
    filters(&run, &mine).await;
    if let Some(order) = listing.order {
        run.case("order", ORDER.check, async |lister| lister.judge_order(order, &stock).await).await;
    }
    if listing.kind.is_some() && !listing.scoped {
        let check = STALE_TOKEN.check;
        run.case("token-after-delete", check, async |lister| explain(lister.judge_after_delete(&mut stock).await))
            .await;
        let check = STEADY_WALK.check;
        run.case("walk-while-writing", check, async |lister| explain(lister.judge_while_writing(&mut stock).await))
            .await;
    }
    if let Some(default) = listing.default {
        run.case("default-page-size", PAGE_SIZE.check, async |lister| {
            fill_up(&mut stock, subject, default.value).await;
            let walk = lister.walk(None, None).await?;
            lister.judge_length(&walk, default.value, "default-page-size")?;
            let all = walk.items().count() as u64;
            if all > default.value {
                return Ok(());
            }
            Err(undecided(format!("there are not more than the {} items of a default page", default.value)))
        })
        .await;
    }
    stock.clear().await;
    subject.hand_back(loan).await;
    token
}

async fn filters(run: &Run<'_>, mine: &BTreeSet<String>) {
    let listing = run.listing;
    for filter in &listing.filters {
        let name = format!("filter-{}", filter.name());
        run.case(&name, FILTER.check, async |lister| lister.judge_filter(filter, mine).await).await;
        if filter.absent.is_some() {
            let name = format!("unmatched-{}", filter.name());
            run.case(&name, FILTER.check, async |lister| lister.judge_unmatched(filter).await).await;
        }
    }
    for pair in pairs(listing) {
        let (one, other) = (&listing.filters[pair.0], &listing.filters[pair.1]);
        let name = pair_name(listing, pair);
        run.case(&name, EXCLUSIVE_FILTERS.check, async |lister| lister.judge_exclusive(one, other).await).await;
    }
    if let Some(filter) = listing.filters.first() {
        run.case("token-across-filters", BAD_TOKEN.check, async |lister| {
            let to = lister.filled(&Value::Object(filter.input(&filter.sample))).await?;
            lister.judge_filter_change(&Map::new(), &to).await
        })
        .await;
    }
}

/// The case of the foreign token, which needs another list to have given one.
async fn run_foreign(subject: &Subject, listing: &Listing, token: Option<&str>) {
    let loan = subject.lend(&subject.base).await;
    let scope = loan.fill(&bare(listing, &subject.base)).unwrap_or_else(|_| json!({}));
    let run = Run { subject, listing, scope };
    run.case("foreign-token", BAD_TOKEN.check, async |lister| {
        let token = token.ok_or_else(|| undecided("no other list of the service gave a token"))?;
        lister.judge_foreign_token(token).await
    })
    .await;
    subject.hand_back(loan).await;
}

/// Makes more items than a default page holds, where that costs little: not on a real account.
async fn fill_up(stock: &mut Stock<'_>, subject: &Subject, size: u64) {
    let config = &subject.session.config;
    let cheap = stock.kind().is_some_and(|kind| subject.pool.is_cheap(kind));
    if config.regional || !config.writes || !cheap {
        return;
    }
    while (stock.made().len() as u64) <= size && stock.add(&json!({})).await.is_some() {}
}

impl Lister<'_> {
    /// The keys of everything that the list shows: what its walks are held against where nothing can be made for it.
    async fn all_keys(&self) -> Judged<BTreeSet<String>> {
        let page = self.page(Ask { size: Some(self.listing.max), ..Ask::default() }).await?;
        Ok(self.keys(&page).into_iter().collect())
    }
}
