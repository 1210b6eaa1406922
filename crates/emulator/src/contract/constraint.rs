//! Constraints of the models, their violations, and the overrides of planted faults.

/// The constraints that a model can state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Constraint {
    Type,
    Required,
    Enum,
    Pattern,
    MinLength,
    MaxLength,
    MinValue,
    MaxValue,
    UniqueItems,
    Union,
}

/// One constraint that a value violates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenConstraint {
    /// The JSON pointer of the value.
    pub(crate) pointer: String,
    pub(crate) constraint: Constraint,
    /// The requirement of the constraint. It never contains the value itself.
    pub(crate) rule: String,
}

/// One constraint, at one place of one operation's input, that is not enforced as the model states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConstraintOverride {
    /// The JSON pointer of the value; `*` is any index or map key.
    pub(crate) pointer: &'static str,
    /// The constraint that is overridden.
    pub(crate) constraint: Constraint,
    /// The requirement that replaces it.
    pub(crate) kind: OverrideKind,
}

/// The requirement that replaces a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverrideKind {
    /// No requirement.
    Off,
    /// A bound that is wider by this much, or narrower if negative.
    WiderBy(i64),
    /// A length counted in bytes.
    LengthInBytes,
    /// A pattern that must match only the beginning.
    Unanchored,
    /// An enumeration that ignores case.
    AnyCase,
    /// A required member that may be null.
    NullAllowed,
}
