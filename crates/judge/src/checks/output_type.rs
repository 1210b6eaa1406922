//! Every member of an output has its JSON type.

use ivs_model::{Authority, ConstraintKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
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

static EXPLANATION: Explanation = Explanation {
    demand: "Every member of an output has the JSON type of the model.",
    right: &[r#"< {"stream":{"viewerCount":3,…}}"#],
    wrong: &[r#"< {"stream":{"viewerCount":"3",…}}"#],
    causes: &[
        "Values that are stored as text.",
        "An XML-like serializer that turns a list of one item into that item.",
    ],
};

impl UniversalCheck for OutputType {
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
        Ok(broken_outputs(view, |kind| matches!(kind, ConstraintKind::Type | ConstraintKind::Union)))
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
        vec![("/channel/authorized#type", create(answer(200, with(channel(), "/channel/authorized", json!("false")))))]
    }
}
