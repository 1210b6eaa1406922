//! An output holds every member that the model requires.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::response_view::ResponseView;
use crate::shape_text::broken_outputs;
use crate::{CheckInfo, Grouping, Mismatch};

/// An empty list is there, too (fact `P14`).
pub(crate) struct OutputRequired;

static RULE: CheckInfo = CheckInfo {
    check: "output-required",
    authority: Authority::Model,
    source: "the model's output shape: required members (facts: P14)",
    grouping: Grouping::Never,
};

impl UniversalCheck for OutputRequired {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::Required)))
    }
}
