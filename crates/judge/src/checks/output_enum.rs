//! Enumerations in outputs hold modeled values.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{Check, Undecided};
use crate::shape_text::broken_outputs;
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// A value that no client knows.
pub(crate) struct OutputEnum;

static RULE: Rule = Rule {
    check: "output-enum",
    authority: Authority::Model,
    source: "the model's output shape: enumerations",
    grouping: Grouping::Never,
};

impl Check for OutputEnum {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        Ok(broken_outputs(subject, |kind| matches!(kind, ConstraintKind::Enum)))
    }
}
