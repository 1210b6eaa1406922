//! Two members of one resource, updated by two calls at the same time.

use std::collections::BTreeMap;

use ivs_generators::Placeholder;
use ivs_judge::Mismatch;
use ivs_model::Authority;
use ivs_runner::{
    CaseContext, CaseResult, Planning, SentCall, at_once, indeterminate, resource_document, resource_unavailable,
};
use serde_json::{Map, Value, json};

use super::checks::AT_ONCE;

/// Two members that an update may change alone, and what they are changed to.
pub(super) struct Members {
    /// The resource type.
    kind: String,
    /// The member that names the resource.
    subject: String,
    /// The members, each with two values.
    members: [(String, [Value; 2]); 2],
    /// Why an update leaves alone what it does not hold.
    authority: Authority,
}

/// The members of an updating operation, read off its valid Cases; none if it has not two.
pub(super) fn members(planning: &Planning<'_>) -> Option<Members> {
    let Planning { operation, effects, knowledge, .. } = *planning;
    let [kind] = effects.mutates.as_slice() else { return None };
    if !effects.creates.is_empty() || !effects.consumes.is_empty() {
        return None;
    }
    let own = planning.cases.systematic.iter().filter(|case| case.is_valid());
    let inputs: Vec<_> = own.map(|case| case.input.value()).collect();
    let pairs: Vec<(&str, &str, &Value)> = inputs.iter().filter_map(|input| one_member(input, kind)).collect();
    let mut values: BTreeMap<(&str, &str), Vec<&Value>> = BTreeMap::new();
    for (subject, member, value) in pairs {
        let known = values.entry((subject, member)).or_default();
        if !known.contains(&value) {
            known.push(value);
        }
    }
    let simplest = |mut values: Vec<&Value>| {
        values.sort_by_key(|value| (value.to_string().len(), value.to_string()));
        Some([(*values.first()?).clone(), (*values.get(1)?).clone()])
    };
    let mut found = values
        .into_iter()
        .filter_map(|((subject, member), values)| Some((subject.to_owned(), member.to_owned(), simplest(values)?)));
    let (subject, first, of_first) = found.next()?;
    let (_, second, of_second) = found.find(|(other, ..)| *other == subject)?;
    let service = operation.id.service();
    let settled = knowledge.updates.iter().find(|it| it.service == service && it.operations.contains(&operation.name));
    Some(Members {
        kind: kind.clone(),
        subject,
        members: [(first, of_first), (second, of_second)],
        authority: settled.map_or(Authority::Inferred, |update| update.authority),
    })
}

/// The member that names the resource, and the one other member with its value, if the input has just these two.
fn one_member<'c>(input: &'c Value, kind: &str) -> Option<(&'c str, &'c str, &'c Value)> {
    let members = input.as_object().filter(|members| members.len() == 2)?;
    let names_it = |value: &Value| {
        let placeholder = value.as_str().and_then(|text| text.parse::<Placeholder>().ok());
        placeholder.is_some_and(|it| it.kind == kind && it.field == "arn" && it.number == 1)
    };
    let (subject, _) = members.iter().find(|(_, value)| names_it(value))?;
    let (member, value) = members.iter().find(|(name, _)| *name != subject)?;
    let is_plain =
        Placeholder::all_in(value).is_empty() && (value.is_boolean() || value.is_number() || value.is_string());
    (is_plain && *value != json!("")).then_some((subject, member, value))
}

/// Two updates of different members at the same time are both kept, as they are one after the other. Where an update takes its time,
/// one of them may be refused, and the other one is kept.
pub(super) async fn judge(case_context: CaseContext<'_>, members: &Members) -> CaseResult {
    let under_test = case_context.under_test;
    let made = under_test.pool.lease_many(&members.kind, &[json!({})]).await;
    let (made, lease) = made.map_err(|error| resource_unavailable(&error))?;
    let result = judge_on(case_context, members, &made[0].arn).await;
    under_test.pool.discard(lease).await;
    result
}

async fn judge_on(case_context: CaseContext<'_>, members: &Members, arn: &str) -> CaseResult {
    let input = |member: usize, value: usize| {
        let (name, values) = &members.members[member];
        json!({ members.subject.as_str(): arn, name.as_str(): values[value] })
    };
    // The control: one after the other they are kept.
    let under_test = case_context.under_test;
    for member in [0, 1] {
        let input = input(member, 0);
        let call = case_context.call(&input).await?;
        case_context.body(&call)?;
        under_test.settled(&input).await;
    }
    if !lost(case_context, members, arn, [0, 0]).await?.0.is_empty() {
        return Err(indeterminate("sequential updates are not kept either"));
    }
    let inputs = [input(0, 1), input(1, 1)];
    let mut values = [1, 1];
    for (call, value) in at_once(inputs.iter().map(|input| case_context.call(input))).await.into_iter().zip(&mut values)
    {
        let call = call?;
        if call.answer.status() == Some(409) && !under_test.pool.is_quick(&members.kind) {
            *value = 0;
        } else {
            case_context.body(&call)?;
        }
    }
    if values == [0, 0] {
        return Err(indeterminate("both updates were refused"));
    }
    under_test.settled(&inputs[0]).await;
    let (lost, call) = lost(case_context, members, arn, values).await?;
    if lost.is_empty() {
        return Ok(());
    }
    let expected = "both members as two updates at the same time left them";
    let departure = Mismatch::new("updates", expected, format!("the former `{}`", lost.join("` and `")));
    Err(case_context.fail(&AT_ONCE, &departure.because(members.authority), &call))
}

/// The members that do not show their value, each by its number.
async fn lost(
    case_context: CaseContext<'_>,
    members: &Members,
    arn: &str,
    numbers: [usize; 2],
) -> CaseResult<(Vec<String>, SentCall)> {
    let call = case_context.look_at(&members.kind, arn).await?;
    let body = case_context.body(&call)?;
    let none = Value::Object(Map::new());
    let shown = resource_document(&body, arn).unwrap_or(&none);
    let is_lost = |((name, values), number): &(&(String, [Value; 2]), usize)| shown.get(name) != Some(&values[*number]);
    Ok((members.members.iter().zip(numbers).filter(is_lost).map(|((name, _), _)| name.clone()).collect(), call))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_with_one_member_beside_the_resource_is_told() {
        let input = json!({"arn": "{channel.arn}", "name": "n"});
        assert_eq!(one_member(&input, "channel"), Some(("arn", "name", &json!("n"))));
        assert_eq!(one_member(&input, "stage"), None);
        for other in [json!(""), json!(["n"]), json!("{policy.arn}")] {
            assert_eq!(one_member(&json!({"arn": "{channel.arn}", "name": other}), "channel"), None);
        }
    }
}
