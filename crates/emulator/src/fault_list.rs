//! The list of all planted faults: the tables that stand beside the code of the faults, as one.

use std::str::FromStr;
use std::sync::LazyLock;

use crate::fault::{Fault, FaultInfo, UnknownFault};
use crate::fault_layers;
use crate::paging;
use crate::services;

/// All faults, by area and name.
pub static FAULTS: LazyLock<Vec<FaultInfo>> = LazyLock::new(|| {
    let of_layers = fault_layers::FAULTS.iter().copied().flatten();
    let mut faults: Vec<FaultInfo> = of_layers.chain(services::faults()).chain(paging::FAULTS).copied().collect();
    faults.sort_unstable_by_key(|info| (info.area, info.name));
    faults
});

impl Fault {
    /// Returns the row of the fault in its table.
    #[must_use]
    pub fn info(self) -> &'static FaultInfo {
        FAULTS.iter().find(|info| info.fault == self).expect("a fault is made by its table")
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        FAULTS.iter().find(|info| info.name == name).map(|info| info.fault).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::CONTRACT;
    use crate::fault::FaultArea;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for info in FAULTS.iter() {
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
        for info in FAULTS.iter() {
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
