//! The runtime of a generator thread.

use crate::error::LoadError;

/// Builds a single-threaded runtime. It polls connections often, so that a pacer's own work does not starve them.
pub(crate) fn build() -> Result<tokio::runtime::Runtime, LoadError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(16)
        .build()
        .map_err(|error| LoadError::Thread(error.to_string()))
}
