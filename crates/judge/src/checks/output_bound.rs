//! Values in outputs keep lengths, ranges and patterns.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{Check, Undecided};
use crate::shape_text::broken_outputs;
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// Lengths in code points, patterns on the whole string, items that differ.
pub(crate) struct OutputBound;

static RULE: Rule = Rule {
    check: "output-bound",
    authority: Authority::Model,
    source: "the model's output shape: lengths, ranges, patterns",
    grouping: Grouping::Never,
};

impl Check for OutputBound {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        Ok(broken_outputs(subject, |kind| {
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
