//! Whether an operation is there.

/// Whether an operation is there. Coverage and divergence are never mixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// It answers a valid call.
    Implemented,
    /// A valid call was answered as if there were no such operation, and how.
    NotImplemented(String),
    /// It could not be told, and why.
    Unknown(String),
}
