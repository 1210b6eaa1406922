//! The journal: what changed the state, so that another process can bring it back.
//!
//! An entry is written before its change is carried out and long before the change is answered. It holds the input, the
//! time and the seed of the random values, so that the same handler makes the same resources again, with the same ARNs.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::document::Document;
use crate::service_error::{ErrorCode, ServiceError};

/// A place that keeps the entries of a journal, such as a file.
///
/// An entry is one line of text. When [`append`](Self::append) returns, the entry outlives this process.
pub trait Journal: fmt::Debug + Send + Sync {
    /// Calls a function with each entry that was appended, oldest first.
    ///
    /// # Errors
    /// Returns the error of the place, or the first one of the function.
    fn replay(&self, entry: &mut dyn FnMut(&str) -> Result<(), JournalError>) -> Result<(), JournalError>;

    /// Appends an entry.
    ///
    /// # Errors
    /// Returns the error of the place. Then the entry must not be there.
    fn append(&self, entry: &str) -> io::Result<()>;

    /// Removes all entries.
    ///
    /// # Errors
    /// Returns the error of the place. Then all entries must still be there.
    fn clear(&self) -> io::Result<()>;
}

/// The reason why a journal cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The place of the journal cannot be read.
    #[error("cannot read the journal")]
    Read(#[from] io::Error),
    /// An entry is not one of this version.
    #[error("not an entry of this version: {reason}")]
    Entry {
        /// What is wrong with it.
        reason: String,
    },
}

/// One change of the state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Entry {
    /// The settings of the process that wrote the following entries. The key signs participant tokens.
    Start { settling: u64, retention: u64, key: String },
    /// A call of an operation. `id` is that of the new resource, if it was given.
    Call {
        at: Timestamp,
        seed: u64,
        account: String,
        region: String,
        operation: String,
        input: Document,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// A control action on the region of an ARN.
    Act { at: Timestamp, seed: u64, action: String, input: Document },
    /// A control action on the whole emulator.
    Control { action: String, input: Document },
}

impl Entry {
    /// Parses an entry.
    pub(crate) fn read(text: &str) -> Result<Self, JournalError> {
        serde_json::from_str(text).map_err(|error| JournalError::Entry { reason: error.to_string() })
    }
}

/// The writer of a journal.
pub(crate) struct JournalWriter {
    journal: Arc<dyn Journal>,
    seeds: Mutex<fastrand::Rng>,
}

impl JournalWriter {
    pub(crate) fn new(journal: Arc<dyn Journal>) -> Self {
        Self { journal, seeds: Mutex::new(fastrand::Rng::new()) }
    }

    /// Writes a change with a new seed, which the random values of this thread follow from then on.
    ///
    /// # Errors
    /// InternalServerException if the entry cannot be written. Then the change must not be carried out.
    pub(crate) fn write_seeded(&self, entry: impl FnOnce(u64) -> Entry) -> Result<(), ServiceError> {
        let seed = self.seeds.lock().unwrap_or_else(PoisonError::into_inner).u64(..);
        self.write(&entry(seed))?;
        fastrand::seed(seed);
        Ok(())
    }

    /// Writes a change without random values.
    ///
    /// # Errors
    /// As for [`write_seeded`](Self::write_seeded).
    pub(crate) fn write(&self, entry: &Entry) -> Result<(), ServiceError> {
        let text = serde_json::to_string(entry).map_err(io::Error::other);
        text.and_then(|text| self.journal.append(&text)).map_err(|error| unwritten(&error))
    }

    /// Removes all entries but the settings.
    ///
    /// # Errors
    /// As for [`write_seeded`](Self::write_seeded).
    pub(crate) fn restart(&self, settings: &Entry) -> Result<(), ServiceError> {
        self.journal.clear().map_err(|error| unwritten(&error))?;
        self.write(settings)
    }
}

fn unwritten(error: &io::Error) -> ServiceError {
    ServiceError::new(ErrorCode::InternalServer, format!("The state cannot be kept, so nothing was changed: {error}"))
}
