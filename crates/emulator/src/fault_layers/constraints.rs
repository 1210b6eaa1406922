//! Faults that override one constraint at one place of one operation's input.

use crate::contract::{Constraint, ConstraintOverride, OverrideKind};
use crate::fault::{Fault, PlantedFault};

/// Returns the constraint that the planted fault overrides on an operation, if any.
pub(crate) fn constraint_override(planted: PlantedFault, operation: &str) -> Option<ConstraintOverride> {
    use Constraint::{Enum, MaxLength, MinLength, Pattern, Required, Type, Union};
    let (pointer, constraint, kind) = match planted.on(operation)? {
        Fault::ArnFormUnchecked => ("/arn", Pattern, OverrideKind::Off),
        Fault::BatchOf51Taken => ("/arns", MaxLength, OverrideKind::WiderBy(1)),
        Fault::BatchOfNoneTaken => ("/viewerSessions", MinLength, OverrideKind::WiderBy(1)),
        Fault::EnumInAnyCase => ("/latencyMode", Enum, OverrideKind::AnyCase),
        Fault::LengthInBytes => ("/reason", MaxLength, OverrideKind::LengthInBytes),
        Fault::NameBoundOffByOne => ("/name", MaxLength, OverrideKind::WiderBy(1)),
        Fault::NameBoundTooTight => ("/name", MaxLength, OverrideKind::WiderBy(-1)),
        Fault::NestedListTooLong => {
            ("/participantTokenConfigurations/*/capabilities", MaxLength, OverrideKind::WiderBy(1))
        }
        Fault::NullForRequired => ("/eventName", Required, OverrideKind::NullAllowed),
        Fault::PatternUnanchored => ("/name", Pattern, OverrideKind::Unanchored),
        Fault::TagTooLong => ("/tags/*", MaxLength, OverrideKind::WiderBy(1)),
        Fault::TextForNumber => ("/sessionDurationInMinutes", Type, OverrideKind::Off),
        Fault::UnionOfTwo => ("/destinationConfiguration", Union, OverrideKind::Off),
        Fault::ViewerIdMayBeEmpty => ("/viewerId", MinLength, OverrideKind::WiderBy(1)),
        _ => return None,
    };
    Some(ConstraintOverride { pointer, constraint, kind })
}
