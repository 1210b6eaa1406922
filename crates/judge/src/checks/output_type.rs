//! Every member of an output has its JSON type.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{Check, Undecided};
use crate::shape_text::broken_outputs;
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// Wrong types, fractions in integers, nulls in lists, unions of none or two.
pub(crate) struct OutputType;

static RULE: Rule = Rule {
    check: "output-type",
    authority: Authority::Model,
    source: "the model's output shape: types",
    grouping: Grouping::Never,
};

impl Check for OutputType {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        Ok(broken_outputs(subject, |kind| matches!(kind, ConstraintKind::Type | ConstraintKind::Union)))
    }
}
