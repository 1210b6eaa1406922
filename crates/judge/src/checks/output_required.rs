//! An output holds every member that the model requires.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{Check, Undecided};
use crate::shape_text::broken_outputs;
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// An empty list is there, too (facts section 10, P14).
pub(crate) struct OutputRequired;

static RULE: Rule = Rule {
    check: "output-required",
    authority: Authority::Model,
    source: "the model's output shape: required members (facts section 10, P14)",
    grouping: Grouping::Never,
};

impl Check for OutputRequired {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        Ok(broken_outputs(subject, |kind| matches!(kind, ConstraintKind::Required)))
    }
}
