//! Items of a batch: what stands for them, and the lists in which they come back.

use ivs_generators::Placeholder;
use ivs_model::knowledge::Batch;
use serde_json::{Value, json};

/// What an item names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A resource that is there.
    Present,
    /// A resource that is not there.
    Absent,
    /// A well-formed name of another region or account: whether it is an error of its own or of the call is unknown.
    Foreign,
    /// A name that the model does not allow: an error of its own, or of the call.
    Malformed,
}

/// One item of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) value: Value,
    pub(super) named: Named,
}

/// How items of one batch operation look.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) batch: &'static Batch,
    /// An item with a placeholder for its ARN.
    template: Value,
    /// The kind of resource that items name.
    pub(super) kind: String,
}

impl Layout {
    /// The layout, read off a valid input.
    pub(super) fn of(batch: &'static Batch, base: &Value) -> Option<Self> {
        let template = base.get(&batch.items)?.get(0)?.clone();
        let kind = Placeholder::all_in(&template).into_iter().find(|it| it.field == "arn")?.kind;
        Some(Self { batch, template, kind })
    }

    /// The item of that ARN.
    pub(super) fn item(&self, arn: &str, named: Named) -> Item {
        let value = Placeholder::fill(&self.template, &mut |_| Some(arn.to_owned()));
        Item { value: value.unwrap_or(Value::Null), named }
    }

    /// The whole input.
    pub(super) fn input(&self, items: &[Item]) -> Value {
        let values: Vec<&Value> = items.iter().map(|item| &item.value).collect();
        json!({ self.batch.items.as_str(): values })
    }

    /// What names an item of the request.
    pub(super) fn key(&self, item: &Item) -> String {
        key(&item.value, &self.batch.item_keys)
    }

    /// The names in the list of successes; none if the operation has no such list.
    pub(super) fn successes(&self, answer: &Value) -> Option<Vec<String>> {
        let list = answer.get(self.batch.successes.as_deref()?);
        Some(entries(list).map(|entry| key(entry, &self.batch.success_keys)).collect())
    }

    /// The names in the list of errors, each with its entry.
    pub(super) fn errors<'v>(&self, answer: &'v Value) -> Vec<(String, &'v Value)> {
        entries(answer.get(&self.batch.errors)).map(|entry| (key(entry, &self.batch.error_keys), entry)).collect()
    }
}

/// A list that is not there is an empty one.
fn entries(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

fn key(value: &Value, pointers: &[String]) -> String {
    let values: Vec<Option<&Value>> = pointers.iter().map(|pointer| value.pointer(pointer)).collect();
    json!(values).to_string()
}

/// An ARN like this one that names nothing; ids of every kind allow twelve letters and digits.
pub(super) fn absent(arn: &str, number: usize) -> String {
    let start = arn.find('/').map_or(arn.len(), |slash| slash + 1);
    format!("{}Nobody{number:06}", &arn[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh";

    #[test]
    fn an_absent_arn_has_another_id() {
        assert_eq!(absent(ARN, 7), "arn:aws:ivs:us-west-2:123456789012:channel/Nobody000007");
    }
}
