//! Values in outputs keep lengths, ranges and patterns.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
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

static EXPLANATION: Explanation = Explanation {
    demand: "Values in outputs keep the lengths, ranges and patterns of the model.",
    right: &[
        "> POST /GetStreamKey",
        r#"< {"streamKey":{"arn":"arn:aws:ivs:us-east-1:123456789012:stream-key/abcdEFGHijkl",…}}"#,
    ],
    wrong: &["> POST /GetStreamKey", r#"< {"streamKey":{"arn":"arn:aws:ivs:us-east-1:123456789012:stream_key/1",…}}"#],
    causes: &["An identifier generator whose alphabet or length differs from the pattern of the model."],
};

impl UniversalCheck for OutputBound {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let mismatches = broken_outputs(view, |kind| {
            matches!(
                kind,
                ConstraintKind::MinLength
                    | ConstraintKind::MaxLength
                    | ConstraintKind::MinValue
                    | ConstraintKind::MaxValue
                    | ConstraintKind::Pattern
                    | ConstraintKind::UniqueItems
            )
        });
        if view.knowledge.describes(&view.model.service.id) {
            return Ok(mismatches);
        }
        // Models are written for inputs: AWS itself breaks some of their bounds, and of other services nothing is recorded.
        Ok(mismatches.into_iter().map(|mismatch| mismatch.because(Authority::Inferred)).collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, channel, create, with};

    pub(super) fn found_in() -> FoundIn {
        vec![("/channel/name#pattern", create(answer(200, with(channel(), "/channel/name", json!("a b")))))]
    }
}
