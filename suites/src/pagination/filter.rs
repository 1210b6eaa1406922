//! Filters: what they let through, what they exclude, and which of them go together.

use std::collections::{BTreeMap, BTreeSet};

use ivs_generators::ExpectedError;
use ivs_judge::{ControlEvidence, ControlRole, Evidence, Expected, Mismatch};
use ivs_model::{Authority, ErrorPair};
use ivs_runner::{CaseResult, ListFilter, indeterminate};
use serde_json::{Map, Value};

use super::checks::{EXCLUSIVE_FILTERS, FILTER};
use super::fixture::ListFixture;
use super::page_reader::{PageReader, PageRequest};
use super::walk::items;

/// More values than this tell no more.
const VALUES: usize = 3;

/// More items than this are not made to find two that match.
const MOST_MADE: usize = 20;

impl PageReader<'_> {
    /// Every value that items show lets through those items, all of them and no others. `mine` are those that exist
    /// throughout.
    pub(super) async fn judge_filter(&self, filter: &ListFilter, mine: &BTreeSet<String>) -> CaseResult {
        let whole = self.walk(Some(self.list.operation.max_page_size), None).await?;
        if !whole.ended {
            return Err(indeterminate("the list is too long to count the matches"));
        }
        let Some(attribute) = filter.known.attribute.as_deref() else {
            return Err(indeterminate("items do not have the member that the filter compares"));
        };
        let mut values: Vec<Value> = filter.all.clone();
        for item in whole.items().filter(|item| mine.is_empty() || mine.contains(&self.list.operation.key(item))) {
            let shown = shown(item, attribute).into_iter().cloned();
            values.extend(shown.filter(is_telling).take(VALUES));
        }
        values.sort_by_key(ToString::to_string);
        values.dedup();
        let mut told = false;
        for value in values.iter().take(VALUES + filter.all.len()) {
            let input = filter.input(value);
            let filtered = self.walk(Some(self.list.operation.max_page_size), Some(&input)).await?;
            let matching: BTreeSet<String> = whole
                .items()
                .filter(|item| shown(item, attribute).contains(&value))
                .map(|item| self.list.operation.key(item))
                .collect();
            let stray = filtered.items().filter(|item| !shown(item, attribute).contains(&value)).count();
            let keys: BTreeSet<String> = filtered.keys(self).into_iter().collect();
            let lost =
                matching.iter().filter(|key| mine.is_empty() || mine.contains(*key)).filter(|key| !keys.contains(*key));
            let lost = lost.count();
            let actual = match (stray, lost) {
                (0, 0) => {
                    told |= !matching.is_empty() && matching.len() < whole.items().count();
                    continue;
                }
                (0, lost) => format!("{} that match left out", items(lost)),
                (stray, _) => format!("{} that do not match", items(stray)),
            };
            let departure = self.departure(filter, "the items that match, and no others", actual);
            return Err(self.case_context.fail(&FILTER, &departure, filtered.last()?));
        }
        if told { Ok(()) } else { Err(indeterminate("no filter value separates the listed items")) }
    }

    /// Over several pages a filter lets through what matches, all of it once and nothing else: the token knows the filter.
    pub(super) async fn judge_filter_pages(&self, filter: &ListFilter, fixture: &mut ListFixture<'_>) -> CaseResult {
        let Some(attribute) = filter.known.attribute.as_deref() else {
            return Err(indeterminate("items do not have the member that the filter compares"));
        };
        let (value, matching) = loop {
            let whole = self.walk(Some(self.list.operation.max_page_size), None).await?;
            if !whole.ended {
                return Err(indeterminate("the list is too long to count the matches"));
            }
            let mut keys: BTreeMap<String, (Value, BTreeSet<String>)> = BTreeMap::new();
            let mine = fixture.keys();
            for item in whole.items() {
                let key = self.list.operation.key(item);
                for value in shown(item, attribute).into_iter().filter(|value| is_telling(value) && mine.contains(&key))
                {
                    let entry = keys.entry(value.to_string()).or_insert_with(|| (value.clone(), BTreeSet::new()));
                    entry.1.insert(key.clone());
                }
            }
            if let Some(found) =
                keys.into_values().max_by_key(|(_, keys)| keys.len()).filter(|(_, keys)| keys.len() > 1)
            {
                break found;
            }
            // At most one try for each item that a second page takes.
            let overlay = filter.overlay.as_ref().filter(|_| fixture.made().len() < MOST_MADE);
            let added = match overlay {
                Some(overlay) => fixture.add(overlay).await,
                None => None,
            };
            if added.is_none() {
                return Err(indeterminate("no two items that match the filter could be created"));
            }
        };
        let input = filter.input(&value);
        let filtered = self.walk(Some(1), Some(&input)).await?;
        let stray = filtered.items().filter(|item| !shown(item, attribute).contains(&&value)).count();
        let keys = filtered.keys(self);
        let times = |key: &String| keys.iter().filter(|other| *other == key).count();
        let lost = matching.iter().filter(|key| times(key) == 0).count();
        let twice = matching.iter().filter(|key| times(key) > 1).count();
        let actual = match (stray, lost, twice) {
            (0, 0, 0) if filtered.pages.len() > 1 => return Ok(()),
            (0, 0, 0) => return Err(indeterminate("all matching items came on one page")),
            (0, lost, _) if lost > 0 && filtered.ended => format!("{} that match left out", items(lost)),
            (0, _, twice) if twice > 0 => format!("{} more than once", items(twice)),
            (0, ..) => return Err(indeterminate("the filtered list has too many pages")),
            (stray, ..) => format!("{} that do not match", items(stray)),
        };
        let mut departure = self.departure(filter, "each item that matches once, over several pages", actual);
        departure.site = format!("{}/pages", filter.known.member);
        Err(self.case_context.fail(&FILTER, &departure, filtered.last()?))
    }

    /// A value that nothing has lets nothing through.
    pub(super) async fn judge_unmatched(&self, filter: &ListFilter) -> CaseResult {
        let Some(absent) = &filter.absent else {
            return Err(indeterminate("no filter value is known that matches nothing"));
        };
        let input = self.filled(&Value::Object(filter.input(absent))).await?;
        let call = self
            .call(PageRequest { size: Some(self.list.operation.max_page_size), token: None, filter: Some(&input) })
            .await?;
        let whole =
            self.page(PageRequest { size: Some(self.list.operation.max_page_size), ..PageRequest::default() }).await?;
        if whole.items.is_empty() {
            return Err(indeterminate("the list is empty"));
        }
        // Whether it matters that the filter names nothing is not said.
        if matches!(call.answer.status(), Some(404)) {
            return Ok(());
        }
        let expected = Expected::accepted().because(Authority::Inferred).at(&filter.known.member, &filter.known.member);
        expected.evaluate(&call.answer, &Evidence::implied()).result(|mut departure| {
            departure.expected = "an empty list".to_owned();
            self.case_context.fail(&FILTER, &departure, &call)
        })?;
        let page = self.read(call)?;
        if page.items.is_empty() {
            return Ok(());
        }
        let departure =
            self.departure(filter, "an empty list", format!("{} that do not match", items(page.items.len())));
        Err(self.case_context.fail(&FILTER, &departure, &page.call))
    }

    /// Two filters that exclude each other are refused together; each alone is taken.
    pub(super) async fn judge_exclusive(&self, one: &ListFilter, other: &ListFilter) -> CaseResult {
        let Some((known, rejection)) =
            self.list.operation.exclusive().and_then(|known| Some((known, known.rejection.as_ref()?)))
        else {
            return Err(indeterminate("the response to two filters is unknown"));
        };
        let mut both = one.input(&one.sample);
        let alone = self.filled(&Value::Object(both.clone())).await?;
        both.extend(other.input(&other.sample));
        let both = self.filled(&Value::Object(both)).await?;
        let under_test = self.case_context.under_test;
        for error in rejection.errors() {
            under_test.run_context.errors.note_triggered(ErrorPair::new(under_test.operation.id, &error.code));
        }
        let call = self.call(PageRequest { filter: Some(&both), ..PageRequest::default() }).await?;
        let errors: Vec<ExpectedError> =
            rejection.errors().map(|error| ExpectedError { code: error.code, status: error.status }).collect();
        let site = format!("{}+{}", one.known.member, other.known.member);
        let twin = self.call(PageRequest { filter: Some(&alone), ..PageRequest::default() }).await?;
        let control =
            ControlEvidence::Answered { answer: &twin.answer, role: ControlRole::Valid, name: "one filter alone" };
        let expected = Expected::rejected(&errors, known.authority, rejection.authority).at(&site, &other.known.member);
        expected.evaluate(&call.answer, &Evidence::default().with_control(control)).result(|departure| {
            let departure = departure.from_source(self.list.operation.filter_source());
            self.case_context.fail(&EXCLUSIVE_FILTERS, &departure, &call)
        })
    }

    /// An input with its placeholders filled: by resources where there are any, else by names that stand for nothing.
    pub(super) async fn filled(&self, input: &Value) -> CaseResult<Map<String, Value>> {
        let bindings = self.case_context.under_test.bind(input).await;
        let filled = bindings.fill(input).map_err(|error| indeterminate(error.to_string()));
        self.case_context.under_test.release(bindings).await;
        filled.map(|filled| filled.as_object().cloned().unwrap_or_default())
    }

    fn departure(&self, filter: &ListFilter, expected: &str, actual: String) -> Mismatch {
        Mismatch::new(filter.known.member.clone(), expected, actual)
            .at(filter.known.member.clone())
            .because(self.list.filter_authority())
    }
}

/// What an item shows at a pointer: the value, or all values of a list.
pub(super) fn shown<'v>(item: &'v Value, attribute: &str) -> Vec<&'v Value> {
    match item.pointer(attribute) {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    }
}

/// Whether a filter can ask for the value: nothing asks for what is not set.
fn is_telling(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Bool(set) => *set,
        _ => false,
    }
}
