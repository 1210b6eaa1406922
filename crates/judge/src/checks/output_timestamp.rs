//! Timestamps are written as the model says.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{Check, Undecided};
use crate::shape_text::broken_outputs;
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// ISO 8601 in UTC for these services, never a local time.
pub(crate) struct OutputTimestamp;

static RULE: Rule = Rule {
    check: "output-timestamp",
    authority: Authority::Model,
    source: "the model's `timestampFormat` (facts sections 1.3 and 10, P10)",
    grouping: Grouping::Never,
};

impl Check for OutputTimestamp {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        Ok(broken_outputs(subject, |kind| matches!(kind, ConstraintKind::TimestampFormat)))
    }
}
