//! Enumerations in outputs hold modeled values.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::response_view::ResponseView;
use crate::shape_text::broken_outputs;
use crate::{CheckInfo, Grouping, Mismatch};

/// A value that no client knows.
pub(crate) struct OutputEnum;

static RULE: CheckInfo = CheckInfo {
    check: "output-enum",
    authority: Authority::Model,
    source: "the model's output shape: enumerations",
    grouping: Grouping::Never,
};

impl UniversalCheck for OutputEnum {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::Enum)))
    }
}
