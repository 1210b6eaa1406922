//! ARNs of another region, account, service or type: they name other resources, even with the id of one that is there.

use futures_util::stream::{self, StreamExt};
use ivs_generators::Placeholder;
use ivs_judge::{Expected, Property, Verdict, listed};
use ivs_model::CaseId;
use ivs_runner::{NotSent, OperationUnderTest, RequestSpec, SentCall, Trigger, TriggerKind, declared, not_found};
use serde_json::Value;

use super::SUITE;
use super::checks::IDENTITY_IN_FULL;
use crate::arn::{of_another_type, with_part};

/// The part of an ARN that is another one than the resource's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArnPart {
    Region,
    Account,
    Service,
    Type,
}

/// One reference of the input with one part of its ARN changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignArn {
    /// The name of the case.
    pub(super) name: String,
    pointer: String,
    part: ArnPart,
}

impl ArnPart {
    /// Returns the name of the part, which is the site of findings.
    fn as_str(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Account => "account",
            Self::Service => "service",
            Self::Type => "type",
        }
    }
}

impl ForeignArn {
    /// Returns a case of each part for each reference that can be absent.
    pub(super) fn all(triggers: &[Trigger]) -> Vec<Self> {
        let named = triggers.iter().filter(|trigger| names_arn(trigger));
        let absent = named.filter_map(|trigger| Some((trigger.name.strip_prefix("absent-")?, trigger)));
        let parts = [ArnPart::Region, ArnPart::Account, ArnPart::Service, ArnPart::Type];
        absent
            .flat_map(|(kind, trigger)| {
                parts.map(|part| Self {
                    name: format!("foreign-{}-{kind}", part.as_str()),
                    pointer: trigger.pointer.clone(),
                    part,
                })
            })
            .collect()
    }
}

/// Whether the place that a trigger changes takes an ARN.
fn names_arn(trigger: &Trigger) -> bool {
    let TriggerKind::Input(input) = &trigger.kind else { return false };
    let text = input.pointer(&trigger.pointer).and_then(Value::as_str);
    let placeholder = text.and_then(|text| text.parse::<Placeholder>().ok());
    placeholder.is_some_and(|placeholder| placeholder.absent_field() == Some("arn"))
}

/// Runs the cases of an operation.
pub(super) async fn run(under_test: &OperationUnderTest, base: &Value, foreign: &[ForeignArn]) {
    let selected = foreign.iter().filter(|foreign| under_test.is_selected(SUITE, &foreign.name));
    let run_one = async |foreign: &ForeignArn| {
        let case = under_test.case_id(SUITE, &foreign.name);
        let verdict = judge(under_test, base, foreign, &case).await;
        let tried = vec![(IDENTITY_IN_FULL.check, foreign.part.as_str().to_owned())];
        under_test.conclude(case, tried, Vec::new(), verdict);
    };
    stream::iter(selected).for_each_concurrent(under_test.width(), run_one).await;
}

async fn judge(under_test: &OperationUnderTest, base: &Value, foreign: &ForeignArn, case: &CaseId) -> Verdict {
    let call = match send(under_test, base, foreign, case).await {
        Ok(call) => call,
        Err(not_sent) => return not_sent.into(),
    };
    // Which of these an endpoint answers is not known (fact `foreign-arns`).
    let refusals = [(404, "ResourceNotFoundException"), (403, "AccessDeniedException"), (400, "ValidationException")];
    let errors = refusals
        .into_iter()
        .filter_map(|(status, name)| declared(under_test.model, under_test.operation, status, name));
    let mut errors: Vec<_> = errors.collect();
    if errors.is_empty() {
        errors.extend(not_found(under_test.model, under_test.operation));
    }
    let authority = IDENTITY_IN_FULL.authority;
    let expected = Expected::rejected(&errors, authority, authority).at(foreign.part.as_str(), &foreign.pointer);
    let evaluation = under_test.evaluate_rejection(&expected, &call, true, base, Property::Resources).await;
    evaluation.verdict(|mut departure| {
        let ForeignArn { pointer, part, .. } = foreign;
        let cause = format!("{pointer} has the id of a resource, and another {}", part.as_str());
        departure.expected = format!("{} ({cause})", listed(&errors));
        let context = under_test.context(case).with_input(base);
        Verdict::Fail(vec![under_test.finding(&IDENTITY_IN_FULL, &departure, &call, &context)])
    })
}

/// Makes the valid call with one part of one ARN changed. It has a resource of its own where it would delete it.
async fn send(
    under_test: &OperationUnderTest,
    base: &Value,
    foreign: &ForeignArn,
    case: &CaseId,
) -> Result<SentCall, NotSent> {
    let context = under_test.context(case).with_input(base);
    let mut bindings = under_test.bind(base).await;
    let filled = bindings.fill(base).map_err(|error| NotSent(error.to_string()));
    let call = match filled.and_then(|filled| changed(filled, foreign)) {
        Ok(input) => under_test.send(&mut bindings, RequestSpec::valid(&input), &context).await,
        Err(not_sent) => Err(not_sent),
    };
    under_test.release(bindings).await;
    call
}

fn changed(mut input: Value, foreign: &ForeignArn) -> Result<Value, NotSent> {
    let not_sent = |reason: &str| NotSent(reason.to_owned());
    let value = input.pointer_mut(&foreign.pointer).ok_or_else(|| not_sent("the input does not name the resource"))?;
    let arn = value.as_str().unwrap_or_default();
    let (index, others) = match foreign.part {
        ArnPart::Region => (3, ["eu-central-1", "us-east-1"]),
        ArnPart::Account => (4, ["210987654321", "987654321098"]),
        ArnPart::Service => (2, ["ivschat", "ivs"]),
        ArnPart::Type => {
            let other = of_another_type(arn).ok_or_else(|| not_sent("the resource is not named by an ARN"))?;
            *value = Value::String(other);
            return Ok(input);
        }
    };
    let own = arn.split(':').nth(index).ok_or_else(|| not_sent("the resource is not named by an ARN"))?;
    let other = if own == others[0] { others[1] } else { others[0] };
    *value = Value::String(with_part(arn, index, other));
    Ok(input)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed_arn(part: ArnPart, arn: &str) -> Result<Value, NotSent> {
        let foreign = ForeignArn { name: "foreign".to_owned(), pointer: "/arn".to_owned(), part };
        changed(json!({ "arn": arn }), &foreign).map(|input| input["arn"].clone())
    }

    #[test]
    fn one_part_of_the_arn_is_another_and_the_id_stays() {
        let arn = "arn:aws:ivs:us-west-2:123456789012:channel/abcd";
        let region = changed_arn(ArnPart::Region, arn).expect("an ARN");
        assert_eq!(region, "arn:aws:ivs:eu-central-1:123456789012:channel/abcd");
        let again = changed_arn(ArnPart::Region, "arn:aws:ivs:eu-central-1:1:channel/a").expect("an ARN");
        assert_eq!(again, "arn:aws:ivs:us-east-1:1:channel/a");
        let account = changed_arn(ArnPart::Account, arn).expect("an ARN");
        assert_eq!(account, "arn:aws:ivs:us-west-2:210987654321:channel/abcd");
        let service = changed_arn(ArnPart::Service, arn).expect("an ARN");
        assert_eq!(service, "arn:aws:ivschat:us-west-2:123456789012:channel/abcd");
        let of_type = changed_arn(ArnPart::Type, arn).expect("an ARN");
        assert_eq!(of_type, "arn:aws:ivs:us-west-2:123456789012:stage/abcd");
        for part in [ArnPart::Account, ArnPart::Type] {
            assert!(changed_arn(part, "abcd").is_err());
        }
    }
}
