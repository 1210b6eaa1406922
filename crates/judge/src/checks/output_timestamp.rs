//! Timestamps are written as the model says.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{Check, Undecided};
use crate::response_view::ResponseView;
use crate::shape_text::broken_outputs;
use crate::{CheckInfo, Grouping, Mismatch};

/// ISO 8601 in UTC for these services, never a local time.
pub(crate) struct OutputTimestamp;

static RULE: CheckInfo = CheckInfo {
    check: "output-timestamp",
    authority: Authority::Protocol,
    source: "restJson1 and the model's `timestampFormat` (facts: response-timestamps, P10)",
    grouping: Grouping::Never,
};

impl Check for OutputTimestamp {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::TimestampFormat)))
    }
}
