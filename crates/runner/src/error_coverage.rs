//! Which declared errors the cases of a run set out to trigger, and why some could not be triggered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Service, operation, error.
type Pair = (String, String, String);

/// Which declared errors were to be triggered by some case.
#[derive(Debug, Default)]
pub struct ErrorCoverage {
    triggered: Mutex<BTreeSet<Pair>>,
    not_triggered: Mutex<BTreeMap<Pair, String>>,
}

impl ErrorCoverage {
    /// Notes that some case of the operation expects this error.
    pub fn note_triggered(&self, service: &str, operation: &str, error: &str) {
        self.triggered.lock().unwrap_or_else(PoisonError::into_inner).insert(pair(service, operation, error));
    }

    /// Notes why a case that was to trigger this error could not. The first reason stays.
    pub fn note_not_triggered(&self, service: &str, operation: &str, error: &str, reason: &str) {
        let mut not_triggered = self.not_triggered.lock().unwrap_or_else(PoisonError::into_inner);
        not_triggered.entry(pair(service, operation, error)).or_insert_with(|| reason.to_owned());
    }

    /// Whether some case expected this error.
    pub fn was_triggered(&self, service: &str, operation: &str, error: &str) -> bool {
        let triggered = self.triggered.lock().unwrap_or_else(PoisonError::into_inner);
        triggered.contains(&pair(service, operation, error))
    }

    /// Why the case that was to trigger this error could not, if there was one.
    pub fn why_not_triggered(&self, service: &str, operation: &str, error: &str) -> Option<String> {
        let not_triggered = self.not_triggered.lock().unwrap_or_else(PoisonError::into_inner);
        not_triggered.get(&pair(service, operation, error)).cloned()
    }
}

fn pair(service: &str, operation: &str, error: &str) -> Pair {
    (service.to_owned(), operation.to_owned(), error.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays() {
        let coverage = ErrorCoverage::default();
        coverage.note_not_triggered("ivs", "GetChannel", "ConflictException", "first");
        coverage.note_not_triggered("ivs", "GetChannel", "ConflictException", "second");
        assert_eq!(coverage.why_not_triggered("ivs", "GetChannel", "ConflictException").as_deref(), Some("first"));
        assert!(!coverage.was_triggered("ivs", "GetChannel", "ConflictException"));
        coverage.note_triggered("ivs", "GetChannel", "ConflictException");
        assert!(coverage.was_triggered("ivs", "GetChannel", "ConflictException"));
        assert_eq!(coverage.why_not_triggered("ivs", "GetStream", "ConflictException"), None);
    }
}
