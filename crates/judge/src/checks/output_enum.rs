//! Enumerations in outputs hold modeled values.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
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

static EXPLANATION: Explanation = Explanation {
    demand: "A member with an enumeration has one of the values of the model.",
    right: &[r#"< {"stream":{"state":"LIVE",…}}"#],
    wrong: &[r#"< {"stream":{"state":"RUNNING",…}}"#],
    causes: &[
        "A state of the internal implementation that is shown to clients.",
        "A value of another case, such as `Live`.",
    ],
};

impl UniversalCheck for OutputEnum {
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
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::Enum)))
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
        vec![("/channel/type#enum", create(answer(200, with(channel(), "/channel/type", json!("HUGE")))))]
    }
}
