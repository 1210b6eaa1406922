//! The suite `pagination`: walks at several page sizes, tokens, filters, order, and lists that change meanwhile.
//!
//! It runs before all others, list after list where two show the same kind: so nobody else writes what it walks over,
//! and every run makes the same calls.

mod checks;
mod filter;
mod fixture;
mod narrow;
mod order;
mod page_reader;
mod quiet;
mod token;
mod walk;
mod writing;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_client::BoxFuture;
use ivs_judge::{CheckInfo, Verdict};
use ivs_model::{CaseId, SuiteName};
use ivs_runner::{
    Assignment, CaseContext, CaseResult, CaseSpec, ListUnderTest, OperationUnderTest, Planning, Schedule, Suite,
    SuitePlan, confirmed, indeterminate,
};
use serde_json::{Map, Value, json};

use checks::{BAD_TOKEN, EMPTY_TOKEN, EXCLUSIVE_FILTERS, FILTER, ORDER, PAGE_SIZE, STALE_TOKEN, STEADY_WALK, WALK};
use fixture::{ListFixture, Needs};
use page_reader::{PageReader, PageRequest};
use quiet::run_all;
use token::SpoiltToken;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("pagination");

/// One case of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ListCase {
    /// A walk with this page size.
    Walk(Option<u64>),
    /// The empty token.
    EmptyToken,
    /// A token that is no token of the list.
    Spoilt(SpoiltToken),
    /// Another page size on the way.
    ChangedPageSize,
    /// The filter at this place.
    Filter(usize),
    /// The filter at this place, over several pages.
    FilterPages(usize),
    /// A value of the filter at this place that nothing matches.
    Unmatched(usize),
    /// Two filters that exclude each other.
    Exclusive(usize, usize),
    /// A token of the list without a filter, used with one.
    TokenAcrossFilters,
    /// The documented order.
    Order,
    /// A token whose item is deleted.
    TokenAfterDelete,
    /// A walk while others write.
    WalkWhileWriting,
    /// The documented page size.
    DefaultPageSize,
    /// The token of another list. It runs when all lists were walked.
    ForeignToken,
}

impl ListCase {
    /// Whether the list is left as it is, so that others may read it meanwhile.
    fn only_reads(self) -> bool {
        match self {
            Self::Walk(_)
            | Self::EmptyToken
            | Self::Spoilt(_)
            | Self::ChangedPageSize
            | Self::Filter(_)
            | Self::Unmatched(_)
            | Self::Exclusive(..)
            | Self::TokenAcrossFilters => true,
            Self::FilterPages(_)
            | Self::Order
            | Self::TokenAfterDelete
            | Self::WalkWhileWriting
            | Self::DefaultPageSize
            | Self::ForeignToken => false,
        }
    }

    /// Whether it says the same of a part of the list that a filter lets through.
    fn may_be_narrow(self) -> bool {
        matches!(
            self,
            Self::Walk(_) | Self::ChangedPageSize | Self::Order | Self::TokenAfterDelete | Self::WalkWhileWriting
        )
    }

    /// What it takes to run this case alone.
    fn needs(self) -> Needs {
        match self {
            Self::Walk(_) | Self::ChangedPageSize | Self::Order => Needs::plain(3),
            Self::TokenAfterDelete | Self::WalkWhileWriting => Needs::plain(4),
            Self::EmptyToken | Self::Spoilt(_) | Self::TokenAcrossFilters => Needs::plain(2),
            Self::Filter(at) | Self::FilterPages(at) => {
                Needs { filters: std::iter::once(at).collect(), ..Needs::plain(1) }
            }
            Self::Unmatched(_) | Self::Exclusive(..) | Self::DefaultPageSize | Self::ForeignToken => Needs::plain(1),
        }
    }
}

/// The cases of a list, in the order in which they run.
fn cases(list: &ListUnderTest) -> Vec<CaseSpec<ListCase>> {
    use ListCase::{
        ChangedPageSize, DefaultPageSize, EmptyToken, Exclusive, Filter, FilterPages, ForeignToken, Order, Spoilt,
        TokenAcrossFilters, TokenAfterDelete, Unmatched, Walk, WalkWhileWriting,
    };
    let mut cases = vec![
        CaseSpec::new("walk-size-1", WALK.check, Walk(Some(1))),
        CaseSpec::new("walk-size-2", WALK.check, Walk(Some(2))),
        CaseSpec::new("walk-size-max", WALK.check, Walk(Some(list.operation.max_page_size))),
        CaseSpec::new("walk-default", WALK.check, Walk(None)),
        CaseSpec::new("empty-token", EMPTY_TOKEN.check, EmptyToken),
        CaseSpec::new("garbage-token", BAD_TOKEN.check, Spoilt(SpoiltToken::Garbage)),
        CaseSpec::new("tampered-token", BAD_TOKEN.check, Spoilt(SpoiltToken::Tampered)),
        CaseSpec::new("truncated-token", BAD_TOKEN.check, Spoilt(SpoiltToken::Truncated)),
        CaseSpec::new("changed-page-size", STALE_TOKEN.check, ChangedPageSize),
    ];
    for (at, filter) in list.filters.iter().enumerate() {
        cases.push(CaseSpec::computed(format!("filter-{}", filter.name()), FILTER.check, Filter(at)));
        if filter.absent.is_some() {
            cases.push(CaseSpec::computed(format!("unmatched-{}", filter.name()), FILTER.check, Unmatched(at)));
        }
    }
    for (one, other) in pairs(list) {
        let name = format!("filters-{}-and-{}", list.filters[one].name(), list.filters[other].name());
        cases.push(CaseSpec::computed(name, EXCLUSIVE_FILTERS.check, Exclusive(one, other)));
    }
    if !list.filters.is_empty() {
        cases.push(CaseSpec::new("token-across-filters", BAD_TOKEN.check, TokenAcrossFilters));
    }
    if list.operation.order.is_some() {
        cases.push(CaseSpec::new("order", ORDER.check, Order));
    }
    if list.operation.resource_type.is_some() && !list.operation.is_scoped {
        cases.push(CaseSpec::new("token-after-delete", STALE_TOKEN.check, TokenAfterDelete));
        cases.push(CaseSpec::new("walk-while-writing", STEADY_WALK.check, WalkWhileWriting));
    }
    for (at, filter) in list.filters.iter().enumerate() {
        // They make more items, and so they come after what walks item by item.
        cases.push(CaseSpec::computed(format!("filter-pages-{}", filter.name()), FILTER.check, FilterPages(at)));
    }
    if list.operation.default_page_size.is_some() {
        // It fills the list up, and so it comes after all that walk over it.
        cases.push(CaseSpec::new("default-page-size", PAGE_SIZE.check, DefaultPageSize));
    }
    cases.push(CaseSpec::new("foreign-token", BAD_TOKEN.check, ForeignToken));
    cases
}

/// The pairs of filters that exclude each other.
fn pairs(list: &ListUnderTest) -> impl Iterator<Item = (usize, usize)> + use<> {
    let count = list.operation.exclusive().filter(|known| known.rejection.is_some()).map_or(0, |_| list.filters.len());
    (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, other)))
}

/// Lists page by page.
pub(crate) struct Pagination;

/// One list and its cases.
#[derive(Clone)]
struct Plan {
    list: Arc<ListUnderTest>,
    cases: Arc<Vec<CaseSpec<ListCase>>>,
}

impl Suite for Pagination {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Walks show every item once at every page size; tokens, filters and orders do what they should."
    }

    fn schedule(&self) -> &'static [Schedule] {
        &[Schedule::Exclusive]
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let Some(list) = planning.list else { return SuitePlan::none() };
        let cases = cases(list);
        let names: Vec<String> = cases.iter().map(|spec| spec.name.to_string()).collect();
        planning.named(SUITE, names, Plan { list: Arc::clone(list), cases: Arc::new(cases) })
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        let lists = Assignment::with_details::<Plan>(assignments);
        let lists: Vec<_> = lists.map(|(it, plan)| (Arc::clone(&it.under_test), plan.clone())).collect();
        Box::pin(async move { run_all(&lists).await })
    }
}

/// One run over one list.
struct Run<'a> {
    under_test: &'a OperationUnderTest,
    list: &'a ListUnderTest,
    scope: Value,
    /// The scope with a filter that lets through what was made for the list, where the list is long.
    narrow: Option<Value>,
}

impl<'a> Run<'a> {
    /// Reads pages for one case.
    fn reader(&'a self, case: &'a CaseId) -> PageReader<'a> {
        let case_context = CaseContext { under_test: self.under_test, case };
        PageReader { case_context, list: self.list, scope: &self.scope }
    }

    /// The same for a case that may look at a part of a long list.
    fn reader_of(&'a self, case: &'a CaseId, list_case: ListCase) -> PageReader<'a> {
        let narrow = self.narrow.as_ref().filter(|_| list_case.may_be_narrow());
        PageReader { scope: narrow.unwrap_or(&self.scope), ..self.reader(case) }
    }
}

/// The input of a list without page size and token.
fn bare(list: &ListUnderTest, input: &Value) -> Value {
    let mut input = input.clone();
    if let Some(members) = input.as_object_mut() {
        members.shift_remove(&list.operation.pagination.input_token);
        if let Some(size) = &list.operation.pagination.page_size {
            members.shift_remove(size);
        }
    }
    input
}

/// Runs the selected cases of one list but that of the foreign token; the answer is a token of the list, if it gave one.
async fn run(under_test: &OperationUnderTest, Plan { list, cases }: &Plan) -> Option<String> {
    let is_selected = |name: &str| under_test.is_selected(SUITE, name);
    let selected: Vec<&CaseSpec<ListCase>> = cases.iter().filter(|spec| is_selected(&spec.name)).collect();
    let gives_token = selected.is_empty();
    if !gives_token && selected.iter().all(|spec| spec.run == ListCase::ForeignToken) {
        return None;
    }
    let bindings = under_test.bind(&under_test.base).await;
    let scope = bindings.fill(&bare(list, &under_test.base)).unwrap_or_else(|_| json!({}));
    // A case that runs alone makes do with what it needs.
    let alone = || selected.iter().map(|spec| spec.run.needs()).reduce(Needs::and).unwrap_or_else(|| Needs::plain(2));
    let needs = under_test.runs_single_cases().then(alone);
    let mut fixture = ListFixture::make(under_test, list, needs.as_ref()).await;
    let scope = fixture.scope().cloned().unwrap_or(scope);
    let mut run = Run { under_test, list, scope, narrow: None };
    run.narrow = narrow::narrowed(&run, &fixture.keys()).await;
    let mut token = None;
    let is_wanted = |spec: &&CaseSpec<ListCase>| {
        // A list that was not asked for is walked for its token alone.
        let is_evidence = gives_token && spec.run == ListCase::Walk(Some(1));
        spec.run != ListCase::ForeignToken && (is_evidence || under_test.is_selected(SUITE, &spec.name))
    };
    let wanted: Vec<&CaseSpec<ListCase>> = cases.iter().filter(is_wanted).collect();
    let left = run_reading(&run, &wanted, &fixture, &mut token).await;
    for spec in left {
        let case = under_test.case_id(SUITE, &spec.name);
        let reader = run.reader_of(&case, spec.run);
        let result = confirmed!(under_test, judge_held(reader, spec, &mut fixture, &mut token));
        reader.case_context.conclude(spec.check, &spec.name, result);
    }
    fixture.clear().await;
    under_test.release(bindings).await;
    token
}

/// Runs the cases that only read, side by side, and gives back the others: those that write, and those that failed, which are run
/// again.
async fn run_reading<'s>(
    run: &Run<'_>,
    cases: &[&'s CaseSpec<ListCase>],
    fixture: &ListFixture<'_>,
    token: &mut Option<String>,
) -> Vec<&'s CaseSpec<ListCase>> {
    let mine = fixture.keys();
    let mut runs = Vec::new();
    for spec in cases.iter().filter(|spec| spec.run.only_reads()) {
        runs.push(run_reading_case(run, spec, &mine, fixture.reason.as_deref()));
    }
    let mut is_left: BTreeSet<&str> = BTreeSet::new();
    for (name, is_concluded, given) in join_all(runs).await {
        // The first one in their order, whichever came first.
        *token = token.take().or(given);
        if !is_concluded {
            is_left.insert(name);
        }
    }
    cases.iter().copied().filter(|spec| !spec.run.only_reads() || is_left.contains(&*spec.name)).collect()
}

/// Runs a case that only reads; its name, whether it has a verdict now, and the first token that came along.
async fn run_reading_case<'s>(
    run: &Run<'_>,
    spec: &'s CaseSpec<ListCase>,
    mine: &BTreeSet<String>,
    reason: Option<&str>,
) -> (&'s str, bool, Option<String>) {
    let case = run.under_test.case_id(SUITE, &spec.name);
    let reader = run.reader_of(&case, spec.run);
    let mut token = None;
    let result = judge_reading(reader, spec, mine, reason, &mut token).await;
    let is_over = !matches!(result, Err(Verdict::Fail(_)));
    if is_over {
        reader.case_context.conclude(spec.check, &spec.name, result);
    }
    (&spec.name, is_over, token)
}

/// Judges one case of a list. If it fails at an endpoint that has lost what was made for the list, it is judged once more with
/// what is made anew.
async fn judge_held(
    reader: PageReader<'_>,
    spec: &CaseSpec<ListCase>,
    fixture: &mut ListFixture<'_>,
    token: &mut Option<String>,
) -> CaseResult {
    let result = judge(reader, spec, fixture, token).await;
    // A single case is run with as few requests as it takes.
    let may_repeat = matches!(result, Err(Verdict::Fail(_))) && !reader.case_context.under_test.runs_single_cases();
    if !may_repeat || !fixture.forget_lost().await {
        return result;
    }
    fixture.refill().await;
    judge(reader, spec, fixture, token).await
}

/// Judges one case of a list. The first token that comes along is kept.
async fn judge(
    reader: PageReader<'_>,
    spec: &CaseSpec<ListCase>,
    fixture: &mut ListFixture<'_>,
    token: &mut Option<String>,
) -> CaseResult {
    let (list, site) = (reader.list, &*spec.name);
    let reason = fixture.reason.clone();
    if spec.run.only_reads() {
        return judge_reading(reader, spec, &fixture.keys(), reason.as_deref(), token).await;
    }
    reader.await_listed(&fixture.keys()).await;
    match spec.run {
        ListCase::FilterPages(at) => reader.judge_filter_pages(&list.filters[at], fixture).await,
        ListCase::Order => {
            let Some(order) = list.operation.order else { return Ok(()) };
            reader.judge_order(order, fixture).await
        }
        ListCase::TokenAfterDelete => explain(reason.as_deref(), reader.judge_after_delete(fixture).await),
        ListCase::WalkWhileWriting => explain(reason.as_deref(), reader.judge_while_writing(fixture).await),
        ListCase::DefaultPageSize => {
            let Some(default) = list.operation.default_page_size else { return Ok(()) };
            fill_up(fixture, reader.case_context.under_test, default.value).await;
            reader.await_listed(&fixture.keys()).await;
            let walk = reader.walk(None, None).await?;
            // Where the list is empty for lack of items, there is nothing beyond a page either.
            reader.judge_walk(&walk, Some(default.value), &fixture.keys(), site)?;
            if walk.items().count() as u64 > default.value {
                return Ok(());
            }
            Err(indeterminate(format!("there are at most {} items, which fit on a default page", default.value)))
        }
        _ => judge_foreign(reader, token.as_deref()).await,
    }
}

/// Judges one case of a list that only reads it. `mine` are the items that were made for the list, `reason` is why there are none.
async fn judge_reading(
    reader: PageReader<'_>,
    spec: &CaseSpec<ListCase>,
    mine: &BTreeSet<String>,
    reason: Option<&str>,
    token: &mut Option<String>,
) -> CaseResult {
    let (list, site) = (reader.list, &*spec.name);
    reader.await_listed(mine).await;
    match spec.run {
        ListCase::Walk(size) => {
            let all = if list.operation.is_scoped && mine.is_empty() { Some(reader.all_keys().await?) } else { None };
            let expected = all.as_ref().unwrap_or(mine);
            let walk = reader.walk(size, None).await?;
            *token = token.take().or_else(|| walk.pages.iter().find_map(|page| page.next.clone()));
            let bound = size.or(list.operation.default_page_size.map(|default| default.value));
            explain(reason, reader.judge_walk(&walk, bound, expected, site))
        }
        ListCase::EmptyToken => explain(reason, reader.judge_empty_token().await),
        ListCase::Spoilt(way) => reader.judge_spoilt_token(site, way).await,
        ListCase::ChangedPageSize => reader.judge_size_change(mine).await,
        ListCase::Filter(at) => reader.judge_filter(&list.filters[at], mine).await,
        ListCase::Unmatched(at) => reader.judge_unmatched(&list.filters[at]).await,
        ListCase::Exclusive(one, other) => reader.judge_exclusive(&list.filters[one], &list.filters[other]).await,
        ListCase::TokenAcrossFilters => {
            let Some(filter) = list.filters.first() else { return Ok(()) };
            let to = reader.filled(&Value::Object(filter.input(&filter.sample))).await?;
            reader.judge_filter_change(&Map::new(), &to).await
        }
        _ => judge_foreign(reader, token.as_deref()).await,
    }
}

/// The result with the reason why nothing could be made for the list, where nothing can be decided for it.
fn explain(reason: Option<&str>, result: CaseResult) -> CaseResult {
    match (reason, result) {
        (Some(reason), Err(Verdict::Indeterminate(what))) => Err(indeterminate(format!("{what}: {reason}"))),
        (_, result) => result,
    }
}

async fn judge_foreign(reader: PageReader<'_>, token: Option<&str>) -> CaseResult {
    let token = token.ok_or_else(|| indeterminate("no other list of the service gave a token"))?;
    reader.judge_foreign_token(token).await
}

/// Runs the case of the foreign token, which needs another list to have given one.
async fn run_foreign(under_test: &OperationUnderTest, Plan { list, cases }: &Plan, token: Option<&str>) {
    let bindings = under_test.bind(&under_test.base).await;
    let scope = bindings.fill(&bare(list, &under_test.base)).unwrap_or_else(|_| json!({}));
    let run = Run { under_test, list, scope, narrow: None };
    let is_foreign = |spec: &&CaseSpec<ListCase>| spec.run == ListCase::ForeignToken;
    let selected = cases.iter().filter(is_foreign).filter(|spec| under_test.is_selected(SUITE, &spec.name));
    for spec in selected.collect::<Vec<_>>() {
        let case = under_test.case_id(SUITE, &spec.name);
        let reader = run.reader(&case);
        let result = confirmed!(under_test, judge_foreign(reader, token));
        reader.case_context.conclude(spec.check, &spec.name, result);
    }
    under_test.release(bindings).await;
}

/// Makes more items than a default page holds, where that costs one call each and takes but a share of the quota: not on a real
/// account.
async fn fill_up(fixture: &mut ListFixture<'_>, under_test: &OperationUnderTest, size: u64) {
    let config = &under_test.run_context.config;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let cheap = fixture.kind().is_some_and(|kind| under_test.pool.is_cheap(kind, wanted));
    if !config.is_single_region && config.allow_writes && cheap {
        fixture.fill_to(wanted).await;
    }
}

impl PageReader<'_> {
    /// The keys of everything that the list shows: what its walks are held against where nothing can be made for it.
    async fn all_keys(&self) -> CaseResult<BTreeSet<String>> {
        let page =
            self.page(PageRequest { size: Some(self.list.operation.max_page_size), ..PageRequest::default() }).await?;
        Ok(self.keys(&page).into_iter().collect())
    }
}
