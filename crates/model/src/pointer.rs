//! JSON pointers (RFC 6901).

/// The pointer to a value inside the value that `parent` points to, its key or index escaped.
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

#[cfg(test)]
mod tests {
    use super::child;

    #[test]
    fn tilde_and_slash_are_escaped_so_that_the_pointer_resolves() {
        let value = serde_json::json!({"a/b~c": {"": 7}});
        let pointer = child(&child("", "a/b~c"), "");
        assert_eq!(pointer, "/a~1b~0c/");
        assert_eq!(value.pointer(&pointer), Some(&serde_json::json!(7)));
    }
}
