//! Constraints of the models, how a value breaks them, and how a planted fault overrides one.

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

/// One constraint that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenConstraint {
    /// The JSON pointer of the value.
    pub(crate) pointer: String,
    pub(crate) constraint: Constraint,
    /// What the constraint requires. It never holds the value itself.
    pub(crate) rule: String,
}

/// One constraint, at one place of one operation's input, that is not enforced as the model states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConstraintOverride {
    /// The JSON pointer of the value; `*` stands for any index or map key.
    pub(crate) pointer: &'static str,
    /// The constraint that is overridden.
    pub(crate) constraint: Constraint,
    /// What is enforced instead.
    pub(crate) kind: OverrideKind,
}

/// What is enforced instead of a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverrideKind {
    /// Nothing.
    Off,
    /// A bound that is wider by this much, or narrower where negative.
    WiderBy(i64),
    /// A length counted in bytes.
    LengthInBytes,
    /// A pattern that need match only the beginning.
    Unanchored,
    /// An enumeration whose case does not matter.
    AnyCase,
    /// A required member that may be null.
    NullAllowed,
}
