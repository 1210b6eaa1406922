//! Which declared errors the cases of a run set out to trigger, and why some could not be triggered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use ivs_model::ErrorPair;

/// Which declared errors were to be triggered by some case.
#[derive(Debug, Default)]
pub struct ErrorCoverage {
    triggered: Mutex<BTreeSet<ErrorPair>>,
    not_triggered: Mutex<BTreeMap<ErrorPair, String>>,
}

impl ErrorCoverage {
    /// Notes that some case of the operation expects this error.
    pub fn note_triggered(&self, pair: ErrorPair) {
        self.triggered.lock().unwrap_or_else(PoisonError::into_inner).insert(pair);
    }

    /// Notes why a case that was to trigger this error could not. The first reason stays.
    pub fn note_not_triggered(&self, pair: ErrorPair, reason: &str) {
        let mut not_triggered = self.not_triggered.lock().unwrap_or_else(PoisonError::into_inner);
        not_triggered.entry(pair).or_insert_with(|| reason.to_owned());
    }

    /// Whether some case expected this error.
    pub fn was_triggered(&self, pair: ErrorPair) -> bool {
        self.triggered.lock().unwrap_or_else(PoisonError::into_inner).contains(&pair)
    }

    /// Why the case that was to trigger this error could not, if there was one.
    pub fn why_not_triggered(&self, pair: ErrorPair) -> Option<String> {
        self.not_triggered.lock().unwrap_or_else(PoisonError::into_inner).get(&pair).cloned()
    }
}

#[cfg(test)]
mod tests {
    use ivs_model::OperationId;

    use super::*;

    #[test]
    fn the_first_reason_stays() {
        let coverage = ErrorCoverage::default();
        let pair = ErrorPair::new(OperationId::new("ivs", "GetChannel"), "ConflictException");
        coverage.note_not_triggered(pair, "first");
        coverage.note_not_triggered(pair, "second");
        assert_eq!(coverage.why_not_triggered(pair).as_deref(), Some("first"));
        assert!(!coverage.was_triggered(pair));
        coverage.note_triggered(pair);
        assert!(coverage.was_triggered(pair));
        let other = ErrorPair::new(OperationId::new("ivs", "GetStream"), "ConflictException");
        assert_eq!(coverage.why_not_triggered(other), None);
    }
}
