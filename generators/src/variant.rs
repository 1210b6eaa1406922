//! The values to test at one place: valid ones at its bounds, and invalid ones.

use std::sync::Arc;

use serde_json::Value;

use crate::{Operator, SiteKind};

/// One valid value for a place.
#[derive(Debug, Clone)]
pub(crate) struct Boundary {
    /// The constraint that the value tests.
    pub(crate) kind: SiteKind,
    /// The name in the case id.
    pub(crate) name: &'static str,
    /// The variant, if there are several of that name; else empty.
    pub(crate) variant: String,
    /// The value. Places of one shape share it.
    pub(crate) value: Arc<Value>,
}

impl Boundary {
    pub(crate) fn new(kind: SiteKind, name: &'static str, value: Value) -> Self {
        Self { kind, name, variant: String::new(), value: Arc::new(value) }
    }

    /// Returns the value in the form of an invalid one, which is put into an input in the same way.
    pub(crate) fn as_variant(&self) -> InvalidVariant {
        let after = Some(Arc::clone(&self.value));
        InvalidVariant { operator: Operator::WrongType, kind: self.kind, variant: "", after }
    }
}

/// One violation at a place.
#[derive(Debug, Clone)]
pub(crate) struct InvalidVariant {
    pub(crate) operator: Operator,
    pub(crate) kind: SiteKind,
    /// The variant, if there are several; else empty.
    pub(crate) variant: &'static str,
    /// The value after the mutation; `None` if it is removed. Places of one shape share long ones.
    pub(crate) after: Option<Arc<Value>>,
}

/// The violations of a place, and the constraints that cannot be violated, with the reason.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvalidVariants {
    pub(crate) found: Vec<InvalidVariant>,
    pub(crate) gaps: Vec<(SiteKind, &'static str)>,
}

impl InvalidVariants {
    pub(crate) fn add(&mut self, operator: Operator, kind: SiteKind, variant: &'static str, after: Value) {
        self.found.push(InvalidVariant { operator, kind, variant, after: Some(Arc::new(after)) });
    }

    pub(crate) fn gap(&mut self, kind: SiteKind, reason: &'static str) {
        self.gaps.push((kind, reason));
    }
}
