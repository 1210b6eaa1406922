//! Faults that bend one constraint at one place of one operation's input: all that such a fault needs.

use super::Fault;
use crate::schema::Constraint;

/// One constraint at one place of one operation's input that is not enforced as the model has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lenience {
    /// JSON pointer to the value; indices and map keys are written `*`.
    pub(crate) pointer: &'static str,
    /// The constraint that is bent.
    pub(crate) constraint: Constraint,
    /// How.
    pub(crate) bend: Bend,
}

/// How a constraint is bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bend {
    /// It does not hold.
    Off,
    /// A bound is moved outwards, or inwards where negative.
    By(i64),
    /// Lengths of texts are counted in bytes.
    InBytes,
    /// A pattern need only match the beginning.
    Unanchored,
    /// The case of an enumerated value does not matter.
    AnyCase,
    /// Null is as good as a value.
    Null,
}

impl Fault {
    /// The constraint that the fault bends, if it is one of that kind.
    pub(super) fn lenience(self) -> Option<Lenience> {
        use Constraint::{Enum, MaxLength, MinLength, Pattern, Required, Type, Union};
        let (pointer, constraint, bend) = match self {
            Self::ArnFormUnchecked => ("/arn", Pattern, Bend::Off),
            Self::BatchOf51Taken => ("/arns", MaxLength, Bend::By(1)),
            Self::BatchOfNoneTaken => ("/viewerSessions", MinLength, Bend::By(1)),
            Self::EnumInAnyCase => ("/latencyMode", Enum, Bend::AnyCase),
            Self::LengthInBytes => ("/reason", MaxLength, Bend::InBytes),
            Self::NameBoundOffByOne => ("/name", MaxLength, Bend::By(1)),
            Self::NameBoundTooTight => ("/name", MaxLength, Bend::By(-1)),
            Self::NestedListTooLong => ("/participantTokenConfigurations/*/capabilities", MaxLength, Bend::By(1)),
            Self::NullForRequired => ("/eventName", Required, Bend::Null),
            Self::PatternUnanchored => ("/name", Pattern, Bend::Unanchored),
            Self::TagTooLong => ("/tags/*", MaxLength, Bend::By(1)),
            Self::TextForNumber => ("/sessionDurationInMinutes", Type, Bend::Off),
            Self::UnionOfTwo => ("/destinationConfiguration", Union, Bend::Off),
            Self::ViewerIdMayBeEmpty => ("/viewerId", MinLength, Bend::By(1)),
            _ => return None,
        };
        Some(Lenience { pointer, constraint, bend })
    }
}
