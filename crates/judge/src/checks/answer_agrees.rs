//! Members of an output agree with the input and with each other.

use ivs_model::Authority;
use ivs_model::knowledge::{Agreement, AgreesWith};
use serde_json::Value;

use crate::check::{Check, Undecided};
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// Counts, states and references in an output follow from what was asked for.
///
/// Right: two participant tokens for two token configurations. Wrong: one, or none.
pub(crate) struct AnswerAgrees;

static RULE: CheckInfo = CheckInfo {
    check: "answer-agrees",
    authority: Authority::Documented,
    source: "the documentation of the operation (facts: C01, C13, R02, R05)",
    grouping: Grouping::Never,
};

impl Check for AnswerAgrees {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let (true, true, Some((_, reading))) = (view.is_success(), view.context.well_formed, view.reading()) else {
            return Ok(Vec::new());
        };
        let input: Value = serde_json::from_slice(&view.request.body).unwrap_or_default();
        let agreements = view.knowledge.agreements.iter().filter(|it| it.covers(view.operation.id));
        Ok(agreements.filter_map(|agreement| departure(agreement, &input, &reading.value)).collect())
    }
}

/// Returns the departure from one agreement, if both sides of it are there.
fn departure(agreement: &Agreement, input: &Value, output: &Value) -> Option<Mismatch> {
    let actual = output.pointer(&agreement.member);
    let (expected, found) = match &agreement.with {
        AgreesWith::Output(pointer) => {
            (actual? != output.pointer(pointer)?).then(|| (format!("the value of {pointer}"), "another value".into()))
        }
        AgreesWith::Input(pointer) => (actual? != input.pointer(pointer)?)
            .then(|| (format!("the value of {pointer} in the input"), "another value".into())),
        AgreesWith::CountOf(pointer) => {
            let count = |list: Option<&Value>| list.and_then(Value::as_array).map_or(0, Vec::len);
            let (wanted, found) = (count(input.pointer(pointer)), count(actual));
            (wanted != found).then(|| (format!("{wanted} items, as many as {pointer} in the input"), found.to_string()))
        }
        AgreesWith::OneOf(values) => {
            let text = actual?.as_str()?;
            (!values.iter().any(|value| value == text)).then(|| (values.join(" or "), format!("\"{text}\"")))
        }
    }?;
    let mismatch = Mismatch::new(agreement.member.clone(), expected, found).at(agreement.member.clone());
    Some(mismatch.because(agreement.authority).from_source(agreement.source.clone()))
}
