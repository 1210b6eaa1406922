//! Every member of an output has its JSON type.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::response_view::ResponseView;
use crate::shape_text::broken_outputs;
use crate::{CheckInfo, Grouping, Mismatch};

/// Wrong types, fractions in integers, nulls in lists, unions of none or two.
pub(crate) struct OutputType;

static RULE: CheckInfo = CheckInfo {
    check: "output-type",
    authority: Authority::Model,
    source: "the model's output shape: types",
    grouping: Grouping::Never,
};

impl UniversalCheck for OutputType {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::Type | ConstraintKind::Union)))
    }
}
