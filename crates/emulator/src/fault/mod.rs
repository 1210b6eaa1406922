//! Planted faults: named ways in which an emulator misbehaves, so that a test harness can be tested on it.
//!
//! `table.rs` lists them; `fault_layers` carries them out. To add one, see "How to add a fault" in the crate's
//! documentation.

mod table;

use std::str::FromStr;

pub use table::{FAULTS, Fault};

/// The area of the contract that a fault breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the suites")]
pub enum FaultArea {
    Auth,
    Batch,
    Errors,
    Idempotency,
    Pagination,
    Protocol,
    Schema,
    State,
    Tags,
    Validation,
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

/// The entry of a fault in the table.
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

impl Fault {
    /// Returns the entry of the fault in the table.
    #[must_use]
    pub fn info(self) -> &'static FaultInfo {
        &FAULTS[self as usize]
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        FAULTS.iter().find(|info| info.name == name).map(|info| info.fault).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// The error for a name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault {0:?}; `list faults` shows the names")]
pub struct UnknownFault(pub String);

/// The planted fault, if any. It is cheap to copy and to ask.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlantedFault(pub(crate) Option<Fault>);

impl PlantedFault {
    /// Returns the planted fault.
    pub(crate) fn fault(self) -> Option<Fault> {
        self.0
    }

    /// Tells whether this fault is planted and shows on an operation.
    pub(crate) fn is_on(self, fault: Fault, operation: &str) -> bool {
        self.0 == Some(fault) && fault.info().touches(operation)
    }

    /// Returns the planted fault if it shows on an operation.
    pub(crate) fn on(self, operation: &str) -> Option<Fault> {
        self.0.filter(|fault| fault.info().touches(operation))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::CONTRACT;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for info in FAULTS {
            assert_eq!(info.name.parse(), Ok(info.fault));
            assert_eq!(info.fault.info().name, info.name);
        }
        let names: BTreeSet<&str> = FAULTS.iter().map(|info| info.name).collect();
        assert_eq!(names.len(), FAULTS.len());
    }

    #[test]
    fn an_unknown_fault_name_is_refused() {
        assert!("no-such-fault".parse::<Fault>().is_err());
    }

    #[test]
    fn faults_show_on_operations_of_the_contract() {
        let known: BTreeSet<&str> = CONTRACT.operations.iter().map(|operation| operation.full_name.as_str()).collect();
        for info in FAULTS {
            for operation in info.operations {
                assert!(known.contains(operation), "{}: {operation}", info.name);
            }
        }
    }

    #[test]
    fn most_faults_are_layers_and_the_others_say_why_they_are_not() {
        let reasons: Vec<&str> = FAULTS.iter().filter_map(|info| info.why_in_handler).collect();
        assert!(reasons.len() < FAULTS.len() / 5, "{} faults are in handlers", reasons.len());
        assert!(reasons.iter().all(|reason| reason.ends_with('.')));
    }

    #[test]
    fn faults_are_spread_over_all_areas_and_services() {
        let areas: BTreeSet<FaultArea> = FAULTS.iter().map(|info| info.area).collect();
        assert_eq!(areas.len(), 11);
        for service in ["ivs.", "ivs-realtime.", "ivschat."] {
            let of = |info: &&FaultInfo| info.operations.iter().any(|operation| operation.starts_with(service));
            assert!(FAULTS.iter().filter(of).count() >= 10, "{service}");
        }
        assert!(FAULTS.len() >= 60, "{}", FAULTS.len());
    }
}
