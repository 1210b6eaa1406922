//! The account of unique names, for endpoints that refuse a second resource of the same name, or a second one without any.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ivs_model::OperationId;

use crate::nonce::RunNonce;

/// Names that no other run and no other resource of this one has.
#[derive(Debug, Default)]
pub(crate) struct UniqueNames {
    given: AtomicU64,
    /// The operations that refuse resources without a name of their own.
    pub(crate) needed: Mutex<BTreeSet<OperationId>>,
}

impl UniqueNames {
    pub(crate) fn next(&self, nonce: RunNonce) -> String {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        format!("ivs-contract-{}-{number}", nonce.text("name", number, 16))
    }
}
