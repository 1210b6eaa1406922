//! The table of interned names.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

static NAMES: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);

/// Returns the shared copy of a text, which lives as long as the process. Use it only for names of services,
/// operations, suites and errors, since the memory is never freed.
pub(super) fn intern(text: &str) -> &'static str {
    // A panic between two lines here leaves the table consistent.
    let known =
        NAMES.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|names| names.get(text).copied());
    known.unwrap_or_else(|| {
        let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        let names = names.get_or_insert_default();
        names.get(text).copied().unwrap_or_else(|| {
            let kept: &'static str = Box::leak(text.into());
            names.insert(kept);
            kept
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_kept_once() {
        let first = intern("interned-once");
        assert!(std::ptr::eq(first, intern(&String::from("interned-once"))));
        assert_ne!(first, intern("interned-twice"));
    }
}
