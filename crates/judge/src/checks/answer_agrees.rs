//! Members of an output agree with the input and with each other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ivs_model::Authority;
use ivs_model::knowledge::{Agreement, AgreesWith};
use md5::{Digest, Md5};
use serde_json::Value;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
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

static EXPLANATION: Explanation = Explanation {
    demand: "Members of an output agree with the input and with each other: counts, states, references and fingerprints.",
    right: &[
        "> POST /CreateStage",
        r#"> {"participantTokenConfigurations":[{},{}]}"#,
        "< HTTP/1.1 200",
        r#"< {"stage":{…},"participantTokens":[{…},{…}]}"#,
    ],
    wrong: &[
        "> POST /CreateStage",
        r#"> {"participantTokenConfigurations":[{},{}]}"#,
        "< HTTP/1.1 200",
        r#"< {"stage":{…},"participantTokens":[]}"#,
    ],
    causes: &[
        "A canned response that does not depend on the input.",
        "A reference that is taken from another resource than the one just created.",
    ],
};

impl UniversalCheck for AnswerAgrees {
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
        let (true, true, Some((_, reading))) = (view.is_success(), view.context.well_formed, view.reading()) else {
            return Ok(Vec::new());
        };
        let input: Value = serde_json::from_slice(&view.request.body).unwrap_or_default();
        let agreements = view.knowledge.agreements.iter().filter(|it| it.covers(view.operation.id));
        Ok(agreements.filter_map(|agreement| departure(agreement, &input, &reading.value)).collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
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
        AgreesWith::FingerprintOf(pointer) => {
            let (found, wanted) = (actual?.as_str()?, fingerprint(input.pointer(pointer)?.as_str()?)?);
            (found != wanted).then(|| (format!("\"{wanted}\", of the key in {pointer}"), format!("\"{found}\"")))
        }
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

/// Returns the fingerprint of a public key in PEM; `None` for any other text.
fn fingerprint(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let base64: String = body.split_ascii_whitespace().collect();
    let pairs: Vec<String> =
        Md5::digest(STANDARD.decode(base64).ok()?).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(pairs.join(":"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_exchange::{ARN, FoundIn, answer, channel, create, with};

    pub(super) fn found_in() -> FoundIn {
        vec![(
            "/streamKey/channelArn",
            create(answer(200, with(channel(), "/streamKey/channelArn", json!(format!("{ARN}x"))))),
        )]
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_line_breaks() {
        let pem = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n";
        assert_eq!(fingerprint(pem).as_deref(), Some("90:01:50:98:3c:d2:4f:b0:d6:96:3f:7d:28:e1:7f:72"));
        assert_eq!(fingerprint(&pem.replace("YWJj", "YW\nJj")), fingerprint(pem));
        assert_eq!(fingerprint("YWJj"), None);
    }
}
