//! An output holds every member that the model requires.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
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

static EXPLANATION: Explanation = Explanation {
    demand: "An output has every member that the model requires. An empty list is there, too.",
    right: &["> POST /ListChannels", "< HTTP/1.1 200", r#"< {"channels":[]}"#],
    wrong: &["> POST /ListChannels", "< HTTP/1.1 200", "< {}"],
    causes: &["A serializer that leaves out empty lists.", "A response of an older model version."],
};

impl UniversalCheck for OutputRequired {
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
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::Required)))
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, list};

    pub(super) fn found_in() -> FoundIn {
        vec![("/channels#required", list(json!({})))]
    }
}
