//! Values in outputs keep lengths, ranges and patterns.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::response_view::ResponseView;
use crate::shape_text::broken_outputs;
use crate::{CheckInfo, Grouping, Mismatch};

/// Lengths in code points, patterns on the whole string, items that differ.
pub(crate) struct OutputBound;

static RULE: CheckInfo = CheckInfo {
    check: "output-bound",
    authority: Authority::Model,
    source: "the model's output shape: lengths, ranges, patterns",
    grouping: Grouping::Never,
};

impl UniversalCheck for OutputBound {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        Ok(broken_outputs(view, |kind| {
            matches!(
                kind,
                ConstraintKind::MinLength
                    | ConstraintKind::MaxLength
                    | ConstraintKind::MinValue
                    | ConstraintKind::MaxValue
                    | ConstraintKind::Pattern
                    | ConstraintKind::UniqueItems
            )
        }))
    }
}
