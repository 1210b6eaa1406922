//! The format `text`: scalars of an object sorted by key, on one line, separated by tabs; nested values after it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::scalar;

pub(super) fn render(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, None, &mut out);
    out
}

fn write(value: &Value, identifier: Option<&str>, keys: Option<&BTreeSet<&str>>, out: &mut String) {
    match value {
        Value::Object(object) => write_object(object, identifier, keys, out),
        Value::Array(items) => write_list(items, identifier, out),
        other => line(identifier, &[scalar(other).unwrap_or_default()], out),
    }
}

fn write_object(
    object: &Map<String, Value>,
    identifier: Option<&str>,
    keys: Option<&BTreeSet<&str>>,
    out: &mut String,
) {
    let own: BTreeSet<&str> =
        object.iter().filter(|(_, value)| scalar(value).is_some()).map(|(key, _)| key.as_str()).collect();
    let keys = keys.unwrap_or(&own);
    let scalars: Vec<String> = keys.iter().map(|key| object.get(*key).and_then(scalar).unwrap_or_default()).collect();
    if !scalars.is_empty() {
        line(identifier, &scalars, out);
    }
    let mut nested: Vec<(&String, &Value)> = object.iter().filter(|(_, value)| scalar(value).is_none()).collect();
    nested.sort_by_key(|(key, _)| *key);
    for (key, value) in nested {
        write(value, Some(key), None, out);
    }
}

fn write_list(items: &[Value], identifier: Option<&str>, out: &mut String) {
    if items.iter().any(Value::is_object) {
        let objects = items.iter().filter_map(Value::as_object).flatten();
        let keys: BTreeSet<&str> =
            objects.filter(|(_, value)| scalar(value).is_some()).map(|(key, _)| key.as_str()).collect();
        for item in items {
            write(item, identifier, Some(&keys), out);
        }
        return;
    }
    let scalars: Vec<String> = items.iter().filter_map(scalar).collect();
    match identifier {
        _ if scalars.is_empty() => {}
        Some(_) => scalars.iter().for_each(|text| line(identifier, std::slice::from_ref(text), out)),
        None => line(None, &scalars, out),
    }
    for item in items.iter().filter(|item| item.is_array()) {
        write(item, identifier, None, out);
    }
}

fn line(identifier: Option<&str>, values: &[String], out: &mut String) {
    let name = identifier.map(|name| format!("{}\t", name.to_uppercase())).unwrap_or_default();
    out.push_str(&name);
    out.push_str(&values.join("\t"));
    out.push('\n');
}
