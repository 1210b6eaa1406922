//! Planted faults: the one named way in which an emulator misbehaves, so that a harness can be tested on it.
//!
//! To add one: a line in the `faults!` table below, and `call.faulty(Fault::X)` (or `faults.is(Fault::X)`
//! outside handlers) where it takes effect. A fault that only softens validation needs no code: give it
//! a [`Lenience`] in [`Fault::lenience`].

use std::str::FromStr;

use crate::schema::Constraint;

/// The half of the contract that a fault breaks.
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
}

/// What is known of one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultInfo {
    /// The fault.
    pub fault: Fault,
    /// Its name on the command line, in kebab case.
    pub name: &'static str,
    /// What goes wrong, in one sentence.
    pub summary: &'static str,
    /// The half of the contract it breaks.
    pub area: FaultArea,
    /// The operations it shows on, such as `ivs.CreateChannel`; empty if on all.
    pub operations: &'static [&'static str],
}

macro_rules! faults {
    ($($fault:ident $name:literal $area:ident [$($operation:literal),*] $summary:literal;)*) => {
        /// One named way to misbehave.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $summary] $fault,)*
        }

        /// All faults, in the order of their areas.
        pub const FAULTS: &[FaultInfo] = &[
            $(FaultInfo {
                fault: Fault::$fault,
                name: $name,
                summary: $summary,
                area: FaultArea::$area,
                operations: &[$($operation),*],
            },)*
        ];
    };
}

faults! {
    BodyHashUnchecked "body-hash-unchecked" Auth []
        "The body is not part of what a signature is verified over.";
    DeleteChannelAnswers200 "delete-channel-answers-200" Protocol ["ivs.DeleteChannel"]
        "DeleteChannel answers 200 with an empty object instead of 204.";
    ErrorTypeHeaderMissing "error-type-header-missing" Errors []
        "Errors do not carry the x-amzn-ErrorType header.";
    ListSkipsAfterToken "list-skips-after-token" Pagination ["ivs.ListChannels"]
        "Each page after the first leaves out its first item.";
    NameBoundOffByOne "name-bound-off-by-one" Validation ["ivs.CreateChannel"]
        "A channel name may be one character too long.";
    TokenIgnoresFilter "token-ignores-filter" Pagination ["ivs.ListChannels"]
        "A page token is still taken after the filter changed.";
    TagLostOnSecondUpdate "tag-lost-on-second-update" Tags ["ivs.TagResource", "ivs-realtime.TagResource", "ivschat.TagResource"]
        "TagResource replaces the tags that were there instead of merging.";
}

/// One constraint at one place of one operation's input that is not enforced in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lenience {
    /// The operation, such as `ivs.CreateChannel`.
    pub(crate) operation: &'static str,
    /// JSON pointer to the value; indices and map keys are written `*`.
    pub(crate) pointer: &'static str,
    /// The constraint that is softened.
    pub(crate) constraint: Constraint,
    /// By how much a bound is moved outwards; `u64::MAX` switches the constraint off.
    pub(crate) slack: u64,
}

impl Fault {
    /// What is known of the fault.
    #[must_use]
    pub fn info(self) -> &'static FaultInfo {
        FAULTS.iter().find(|info| info.fault == self).expect("the macro lists every fault")
    }

    /// The constraint that the fault softens, if it is a fault of validation.
    pub(crate) fn lenience(self) -> Option<Lenience> {
        match self {
            Self::NameBoundOffByOne => Some(Lenience {
                operation: "ivs.CreateChannel",
                pointer: "/name",
                constraint: Constraint::MaxLength,
                slack: 1,
            }),
            _ => None,
        }
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        FAULTS.iter().find(|info| info.name == name).map(|info| info.fault).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// A name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault is named {0:?}; `list faults` shows the names")]
pub struct UnknownFault(pub String);

/// The fault that is switched on, if any; cheap to copy and to ask.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults(pub(crate) Option<Fault>);

impl Faults {
    /// Whether that fault is switched on.
    pub(crate) fn is(self, fault: Fault) -> bool {
        self.0 == Some(fault)
    }

    /// The constraint that is softened on an operation, if any.
    pub(crate) fn lenience(self, operation: &str) -> Option<Lenience> {
        self.0?.lenience().filter(|lenience| lenience.operation == operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for info in FAULTS {
            assert_eq!(info.name.parse(), Ok(info.fault));
            assert_eq!(info.fault.info().name, info.name);
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!("no-such-fault".parse::<Fault>().is_err());
    }
}
