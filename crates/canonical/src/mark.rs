//! References that replace server-generated values and keep identity: `<channel-arn:1>` is the same value everywhere.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The delimiter of a mark. No value of an input or a response begins with it.
const SIGN: char = '\u{1}';

/// Creates the mark that replaces a value until it gets its number.
pub(crate) fn mark(label: &str, value: &str) -> String {
    format!("{SIGN}{label}{SIGN}{value}")
}

fn parts(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(SIGN)?.split_once(SIGN)
}

/// The assigned numbers, by label and value.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    given: BTreeMap<(String, String), usize>,
    counts: BTreeMap<String, usize>,
}

impl Numbers {
    /// Replaces each mark by a reference, numbered in order of appearance.
    pub(crate) fn settle(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.reference(text)),
            Value::Array(items) => items.into_iter().map(|item| self.settle(item)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, member)| (self.reference(name), self.settle(member))).collect()
            }
            other => other,
        }
    }

    fn reference(&mut self, text: String) -> String {
        let Some((label, value)) = parts(&text) else { return text };
        let counts = &mut self.counts;
        let number = self.given.entry((label.to_owned(), value.to_owned())).or_insert_with(|| {
            let count = counts.entry(label.to_owned()).or_default();
            *count += 1;
            *count
        });
        format!("<{label}:{number}>")
    }

    /// Sorts every list in an order that does not depend on the values of a single run. Only numbers that are already
    /// assigned affect the order.
    pub(crate) fn sorted(&self, value: Value) -> Value {
        match value {
            Value::Array(items) => {
                let mut items: Vec<Value> = items.into_iter().map(|item| self.sorted(item)).collect();
                items.sort_by_cached_key(|item| self.faceless(item).to_string());
                Value::Array(items)
            }
            Value::Object(members) => {
                let mut members: Vec<(String, Value)> =
                    members.into_iter().map(|(name, member)| (name, self.sorted(member))).collect();
                members.sort_by_cached_key(|(name, _)| self.face(name));
                Value::Object(members.into_iter().collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn faceless(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.face(text)),
            Value::Array(items) => items.iter().map(|item| self.faceless(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| (self.face(name), self.faceless(member))).collect()
            }
            other => other.clone(),
        }
    }

    fn face(&self, text: &str) -> String {
        let Some((label, value)) = parts(text) else { return text.to_owned() };
        match self.given.get(&(label.to_owned(), value.to_owned())) {
            Some(number) => format!("<{label}:{number}>"),
            None => format!("<{label}>"),
        }
    }
}

/// The label of a reference `<label:number>`.
pub(crate) fn label(text: &str) -> Option<&str> {
    let (label, number) = text.strip_prefix('<')?.strip_suffix('>')?.rsplit_once(':')?;
    number.parse::<usize>().is_ok().then_some(label)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_share_a_reference_and_others_do_not() {
        let mut numbers = Numbers::default();
        let first = numbers.settle(json!({"arn": mark("channel-arn", "a")}));
        assert_eq!(first, json!({"arn": "<channel-arn:1>"}));
        let second = numbers.settle(json!([mark("channel-arn", "b"), mark("channel-arn", "a"), "a"]));
        assert_eq!(second, json!(["<channel-arn:2>", "<channel-arn:1>", "a"]));
        assert_eq!((label("<channel-arn:2>"), label("<secret>")), (Some("channel-arn"), None));
    }

    #[test]
    fn the_order_of_a_list_does_not_depend_on_generated_values() {
        let sorted = |values: [&str; 2]| {
            let mut numbers = Numbers::default();
            let _ = numbers.settle(json!([mark("arn", "asked")]));
            let items: Vec<Value> =
                values.iter().map(|value| json!({"arn": mark("arn", value), "name": value.len()})).collect();
            let sorted = numbers.sorted(Value::Array(items));
            numbers.settle(sorted)
        };
        assert_eq!(sorted(["x", "asked"]), sorted(["asked", "y"]));
    }
}
