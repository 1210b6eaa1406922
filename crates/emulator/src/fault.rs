//! Planted faults: named ways in which an emulator misbehaves, so that a test harness can be tested on it.
//!
//! Each stands in a table beside the code that carries it out; `fault_list` joins the tables. To add one, see "How to
//! add a fault" in the crate's documentation.

use std::fmt;

/// Declares faults beside the code that carries them out: a constant of [`Fault`] for each, and `FAULTS`, the table of
/// the file.
///
/// A row has the constant, the name, the area, the suite and the check that must find it, the operations that it shows
/// on, and a summary. A fault that no layer can carry out says why after its summary.
macro_rules! faults {
    ($($fault:ident $name:literal $area:ident $suite:literal $check:literal [$($operation:literal),*] $summary:literal
        $(why $why:literal)?;)+) => {
        impl $crate::fault::Fault {
            $(#[doc = $summary] pub const $fault: Self = Self::named($name);)+
        }

        pub(crate) const FAULTS: &[$crate::fault::FaultInfo] = &[
            $($crate::fault::FaultInfo {
                fault: $crate::fault::Fault::$fault,
                name: $name,
                summary: $summary,
                area: $crate::fault::FaultArea::$area,
                operations: &[$($operation),*],
                suite: $suite,
                check: $check,
                why_in_handler: $crate::fault::reason(&[$($why)?]),
            },)+
        ];
    };
}

pub(crate) use faults;

/// One named way in which an emulator misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fault(&'static str);

impl Fault {
    /// Returns the fault of a name. Only the tables make faults.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name on the command line, in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Returns the reason of a row, if it has one.
pub(crate) const fn reason(why: &[&'static str]) -> Option<&'static str> {
    match why {
        [] => None,
        [why, ..] => Some(why),
    }
}

/// The area of the contract that a fault breaks, in the order of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the suites")]
pub enum FaultArea {
    Auth,
    Batch,
    Errors,
    Protocol,
    Schema,
    Validation,
    Pagination,
    State,
    Tags,
    Idempotency,
    Values,
}

impl FaultArea {
    /// Returns the name in lists and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Batch => "batch",
            Self::Errors => "errors",
            Self::Idempotency => "idempotency",
            Self::Pagination => "pagination",
            Self::Protocol => "protocol",
            Self::Schema => "schema",
            Self::State => "state",
            Self::Tags => "tags",
            Self::Validation => "validation",
            Self::Values => "values",
        }
    }
}

/// The row of a fault in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultInfo {
    /// The fault.
    pub fault: Fault,
    /// The name on the command line, in kebab case.
    pub name: &'static str,
    /// What the emulator does wrong, in one sentence.
    pub summary: &'static str,
    /// The area of the contract that it breaks.
    pub area: FaultArea,
    /// The operations that it shows on, such as `ivs.CreateChannel`; empty for all.
    pub operations: &'static [&'static str],
    /// The suite whose calls reveal it, or `load` for a scenario of a load test.
    pub suite: &'static str,
    /// The check that must find it.
    pub check: &'static str,
    /// Why a handler must carry it out; `None` if a layer around the handlers does.
    pub why_in_handler: Option<&'static str>,
}

impl FaultInfo {
    /// Tells whether the scenarios of load tests reveal it, and no suite.
    #[must_use]
    pub fn is_of_load(&self) -> bool {
        self.suite == "load"
    }

    /// Tells whether the fault shows on an operation, such as `ivs.CreateChannel`.
    #[must_use]
    pub fn touches(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.contains(&operation)
    }
}

/// The error for a name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault {0:?}; `list faults` shows the names")]
pub struct UnknownFault(pub String);

/// The planted fault, if any. It is cheap to copy and to ask.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlantedFault(Option<&'static FaultInfo>);

impl PlantedFault {
    /// Plants a fault, or none.
    pub(crate) fn new(info: Option<&'static FaultInfo>) -> Self {
        Self(info)
    }

    /// Returns the row of the planted fault.
    pub(crate) fn info(self) -> Option<&'static FaultInfo> {
        self.0
    }

    /// Returns the planted fault.
    pub(crate) fn fault(self) -> Option<Fault> {
        self.0.map(|info| info.fault)
    }

    /// Tells whether this fault is planted and shows on an operation.
    pub(crate) fn is_on(self, fault: Fault, operation: &str) -> bool {
        self.0.is_some_and(|info| info.fault == fault && info.touches(operation))
    }

    /// Returns the planted fault if it shows on an operation.
    pub(crate) fn on(self, operation: &str) -> Option<Fault> {
        self.0.filter(|info| info.touches(operation)).map(|info| info.fault)
    }

    /// Returns the planted fault if it shows on all operations.
    pub(crate) fn on_all(self) -> Option<Fault> {
        self.0.filter(|info| info.operations.is_empty()).map(|info| info.fault)
    }
}
