//! Filters: what they let through, what they exclude, and which of them go together.

use std::collections::BTreeSet;

use ivs_generators::ExpectedError;
use ivs_judge::Mismatch;
use ivs_model::{Authority, ErrorPair};
use serde_json::{Map, Value};

use super::listing::ListFilter;
use super::page::{Ask, Lister};
use super::walk::items;
use crate::answer::{is_success, tells_nothing};
use crate::judged::{Judged, undecided};
use crate::rejection::{Owed, Weighed};
use crate::rules::{EXCLUSIVE_FILTERS, FILTER};

/// More values than this tell no more.
const VALUES: usize = 3;

impl Lister<'_> {
    /// Every value that items show lets through those items, all of them and no others. `mine` are those that exist
    /// throughout.
    pub(super) async fn judge_filter(&self, filter: &ListFilter, mine: &BTreeSet<String>) -> Judged {
        let whole = self.walk(Some(self.listing.max), None).await?;
        if !whole.ended {
            return Err(undecided("the list is too long to tell what matches"));
        }
        let Some(attribute) = filter.known.attribute.as_deref() else {
            return Err(undecided("items do not show what the filter goes by"));
        };
        let mut values: Vec<Value> = filter.all.clone();
        for item in whole.items().filter(|item| mine.is_empty() || mine.contains(&self.listing.key(item))) {
            let shown = shown(item, attribute).into_iter().cloned();
            values.extend(shown.filter(is_telling).take(VALUES));
        }
        values.sort_by_key(ToString::to_string);
        values.dedup();
        let mut told = false;
        for value in values.iter().take(VALUES + filter.all.len()) {
            let input = filter.input(value);
            let filtered = self.walk(Some(self.listing.max), Some(&input)).await?;
            let matching: BTreeSet<String> = whole
                .items()
                .filter(|item| shown(item, attribute).contains(&value))
                .map(|item| self.listing.key(item))
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
            return Err(self.scene.fail(&FILTER, &departure, filtered.last()?));
        }
        if told { Ok(()) } else { Err(undecided("no value of the filter tells the listed items apart")) }
    }

    /// A value that nothing has lets nothing through.
    pub(super) async fn judge_unmatched(&self, filter: &ListFilter) -> Judged {
        let Some(absent) = &filter.absent else { return Err(undecided("no value is known that nothing has")) };
        let input = self.filled(&Value::Object(filter.input(absent))).await?;
        let call = self.call(Ask { size: Some(self.listing.max), token: None, filter: Some(&input) }).await?;
        let whole = self.page(Ask { size: Some(self.listing.max), ..Ask::default() }).await?;
        if whole.items.is_empty() {
            return Err(undecided("the list is empty"));
        }
        if !is_success(&call.answer) {
            let is_absent = matches!(call.answer.status(), Some(404));
            if tells_nothing(&call.answer) {
                return Err(undecided(format!("answered by {}", call.answer)));
            }
            // Whether it matters that the filter names nothing is not said.
            if is_absent {
                return Ok(());
            }
            let departure = self.departure(filter, "an empty list", call.answer.to_string());
            return Err(self.scene.fail(&FILTER, &departure.because(Authority::Inferred), &call));
        }
        let page = self.read(call)?;
        if page.items.is_empty() {
            return Ok(());
        }
        let departure =
            self.departure(filter, "an empty list", format!("{} that do not match", items(page.items.len())));
        Err(self.scene.fail(&FILTER, &departure, &page.call))
    }

    /// Two filters that exclude each other are refused together; each alone is taken.
    pub(super) async fn judge_exclusive(&self, one: &ListFilter, other: &ListFilter) -> Judged {
        let Some((known, rejection)) =
            self.listing.exclusive.and_then(|known| Some((known, known.rejection.as_ref()?)))
        else {
            return Err(undecided("it is not known what answers two filters"));
        };
        let mut both = one.input(&one.sample);
        let alone = self.filled(&Value::Object(both.clone())).await?;
        both.extend(other.input(&other.sample));
        let both = self.filled(&Value::Object(both)).await?;
        let subject = self.scene.subject;
        for error in rejection.errors() {
            subject.session.note_provoked(ErrorPair::new(subject.operation.id, &error.code));
        }
        let call = self.call(Ask { filter: Some(&both), ..Ask::default() }).await?;
        let errors: Vec<ExpectedError> =
            rejection.errors().map(|error| ExpectedError { code: error.code, status: error.status }).collect();
        let site = format!("{}+{}", one.known.member, other.known.member);
        let owed = Owed {
            errors: &errors,
            authority: known.authority,
            code_authority: rejection.authority,
            site: &site,
            pointer: &other.known.member,
        };
        match owed.weigh(&call.answer) {
            Weighed::Right => {
                let twin = self.call(Ask { filter: Some(&alone), ..Ask::default() }).await?;
                if twin.answer == call.answer || tells_nothing(&twin.answer) {
                    return Err(undecided(format!("one filter alone got {}", twin.answer)));
                }
                Ok(())
            }
            Weighed::Undecided(reason) => Err(undecided(reason)),
            Weighed::Departs(departure) => {
                let departure = departure.from_source(self.listing.filter_source());
                Err(self.scene.fail(&EXCLUSIVE_FILTERS, &departure, &call))
            }
        }
    }

    /// An input with its placeholders filled: by resources where there are any, else by names that stand for nothing.
    pub(super) async fn filled(&self, input: &Value) -> Judged<Map<String, Value>> {
        let loan = self.scene.subject.lend(input).await;
        let filled = loan.fill(input).map_err(undecided);
        self.scene.subject.hand_back(loan).await;
        filled.map(|filled| filled.as_object().cloned().unwrap_or_default())
    }

    fn departure(&self, filter: &ListFilter, expected: &str, actual: String) -> Mismatch {
        Mismatch::new(filter.known.member.clone(), expected, actual)
            .at(filter.known.member.clone())
            .because(self.listing.filter_authority())
    }
}

/// What an item shows at a pointer: the value, or all values of a list.
fn shown<'v>(item: &'v Value, attribute: &str) -> Vec<&'v Value> {
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
