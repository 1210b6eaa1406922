//! Whether an operation reads or writes.

use ivs_model::{Method, Operation};

use crate::verb::Verb;

/// Whether an operation reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// It only shows what is there.
    Read(ReadBasis),
    /// It creates, changes or deletes something, or may do so.
    Write,
}

/// Why an operation counts as a read: the strongest statement for it.
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
    /// Derives it. The `readonly` trait alone does not make a read: two operations carry it and write.
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

    /// Returns whether it is a read.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::Read(_))
    }

    /// Returns whether it is a write.
    #[must_use]
    pub fn is_write(self) -> bool {
        self == Self::Write
    }
}
