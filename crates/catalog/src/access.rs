//! The access of an operation: read or write.

use ivs_model::{Method, Operation};

use crate::verb::Verb;

/// The access of an operation: read or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// The operation only returns existing data.
    Read(ReadBasis),
    /// The operation creates, changes or deletes something, or may do so.
    Write,
}

/// The strongest reason why an operation counts as a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReadBasis {
    /// The model's `readonly` trait, which the name supports.
    ReadonlyTrait,
    /// The HTTP method GET or HEAD, which the name supports.
    Method,
    /// The name alone.
    Name,
}

impl Access {
    /// Derives the access. The `readonly` trait alone does not suffice: two operations have it and write.
    pub(crate) fn of(operation: &Operation) -> Self {
        if !Verb::of(&operation.name).reads() {
            return Self::Write;
        }
        Self::Read(match operation.method {
            _ if operation.readonly => ReadBasis::ReadonlyTrait,
            Method::Get | Method::Head => ReadBasis::Method,
            _ => ReadBasis::Name,
        })
    }

    /// Returns whether the operation reads.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::Read(_))
    }

    /// Returns whether the operation writes.
    #[must_use]
    pub fn is_write(self) -> bool {
        self == Self::Write
    }
}
