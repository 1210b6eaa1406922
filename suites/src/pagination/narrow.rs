//! Long lists: what others have made, and stopped compositions of earlier runs, can be too much to walk item by item.

use std::collections::BTreeSet;

use serde_json::Value;

use super::filter::shown;
use super::{Run, SUITE};

/// A list of more items is long.
const MANY: usize = 40;

/// The scope of a long list with a filter that lets through what was made for it, and few others; none if the list is short, or
/// there is no such filter.
pub(super) async fn narrowed(run: &Run<'_>, mine: &BTreeSet<String>) -> Option<Value> {
    let (list, under_test) = (run.list, run.under_test);
    if mine.is_empty() || list.filters.is_empty() || list.operation.is_scoped || under_test.runs_single_cases() {
        return None;
    }
    let case = under_test.case_id(SUITE, "filling");
    let whole = run.reader(&case).walk(Some(list.operation.max_page_size), None).await.ok()?;
    if whole.items().count() <= MANY {
        return None;
    }
    let is_own = |item: &&Value| mine.contains(&list.operation.key(item));
    list.filters.iter().find_map(|filter| {
        let attribute = filter.known.attribute.as_deref()?;
        let first = whole.items().find(is_own)?;
        let values = shown(first, attribute).into_iter().filter(|value| value.is_string());
        let of_own = |value: &&Value| whole.items().filter(is_own).all(|item| shown(item, attribute).contains(value));
        let few = |value: &&Value| whole.items().filter(|item| shown(item, attribute).contains(value)).count() <= MANY;
        let value = values.filter(of_own).find(few)?;
        let mut scope = run.scope.clone();
        scope.as_object_mut()?.extend(filter.input(value));
        Some(scope)
    })
}
