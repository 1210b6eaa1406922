//! JSON pointers (RFC 6901).

use serde_json::Value;

/// Returns the pointer to a value inside the one at `parent`, with its key or index escaped.
#[must_use]
pub fn child(parent: &str, key: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + key.len() + 1);
    pointer.push_str(parent);
    pointer.push('/');
    for character in key.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    pointer
}

/// Returns the tokens of a pointer, unescaped; none for the empty pointer.
pub fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// Returns all values at a pointer, each with its plain pointer. `*` is any list item or map value.
#[must_use]
pub fn resolve<'a>(value: &'a Value, pattern: &str) -> Vec<(String, &'a Value)> {
    let mut found = vec![(String::new(), value)];
    for token in tokens(pattern) {
        found = found.into_iter().flat_map(|(pointer, value)| step(&pointer, value, &token)).collect();
    }
    found
}

fn step<'a>(pointer: &str, value: &'a Value, token: &str) -> Vec<(String, &'a Value)> {
    match (value, token) {
        (Value::Array(items), "*") => {
            items.iter().enumerate().map(|(index, item)| (child(pointer, &index.to_string()), item)).collect()
        }
        (Value::Object(map), "*") => map.iter().map(|(key, value)| (child(pointer, key), value)).collect(),
        (Value::Object(map), key) => map.get(key).map(|value| (child(pointer, key), value)).into_iter().collect(),
        (Value::Array(items), index) => {
            let item = index.parse().ok().and_then(|index: usize| items.get(index));
            item.map(|item| (child(pointer, index), item)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{child, resolve};

    #[test]
    fn a_star_leads_to_every_item_and_every_map_value() {
        let value = serde_json::json!({"a": [{"b": 1}, {}, {"b": 2}], "m": {"x/y": {"b": 3}}});
        let found = |pattern| resolve(&value, pattern).into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>();
        assert_eq!(found("/a/*/b"), ["/a/0/b", "/a/2/b"]);
        assert_eq!(found("/m/*/b"), ["/m/x~1y/b"]);
        assert_eq!(found(""), [""]);
        assert!(found("/none/*").is_empty());
    }

    #[test]
    fn tilde_and_slash_are_escaped_so_that_the_pointer_resolves() {
        let value = serde_json::json!({"a/b~c": {"": 7}});
        let pointer = child(&child("", "a/b~c"), "");
        assert_eq!(pointer, "/a~1b~0c/");
        assert_eq!(value.pointer(&pointer), Some(&serde_json::json!(7)));
    }
}
