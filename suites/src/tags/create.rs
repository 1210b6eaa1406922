//! Tags given at creation: the new resource has them, and what is made along with it has not.

use ivs_catalog::TagOperations;
use ivs_client::BoxFuture;
use ivs_generators::Effects;
use ivs_judge::Mismatch;
use ivs_model::Authority;
use ivs_pool::Resource;
use ivs_runner::{
    CaseContext, CaseResult, CaseSpec, OperationUnderTest, RequestSpec, SentCall, confirmed, indeterminate,
};
use serde_json::{Map, Value, json};

use super::checks::{TAGS_AGREE, TAGS_APART};
use super::text::Texts;
use super::{SUITE, named, own_tags};

/// The name of the case of the created resource itself.
const WITH_TAGS: &str = "created-with-tags";
/// The name of the case of tags with every character that the documentation allows.
const ANY_TEXT: &str = "created-with-any-text";
/// The name of the case of what is created along with it.
const BY_PRODUCT: &str = "by-product-untagged";
const KEY: &str = "contract-created";

/// How a case judges the creating call, and the tags that it gave.
pub(super) type Run = for<'r> fn(
    CaseContext<'r>,
    TagOperations<'static>,
    &'r Map<String, Value>,
    &'r SentCall,
) -> BoxFuture<'r, CaseResult>;

/// The cases of an operation; what is made along with a resource is a case where there is any.
pub(super) fn cases(effects: &Effects) -> Vec<CaseSpec<Run>> {
    let with_tags: Run = |case, operations, _, call| Box::pin(with_tags(case, operations, call));
    let untagged: Run = |case, operations, _, call| Box::pin(async move { untagged(case, operations, call) });
    let with_any_text: Run = |case, operations, tags, call| Box::pin(with_any_text(case, operations, tags, call));
    let by_product = CaseSpec::new(BY_PRODUCT, TAGS_APART.check, untagged);
    let has_by_products = effects.creates.len() > 1;
    let first = CaseSpec::new(WITH_TAGS, TAGS_AGREE.check, with_tags);
    let any_text = CaseSpec::new(ANY_TEXT, TAGS_AGREE.check, with_any_text);
    std::iter::once(first).chain(has_by_products.then_some(by_product)).chain([any_text]).collect()
}

/// Makes one resource with a tag, and one with tags of any text, and looks at what came of them.
pub(super) async fn run(
    under_test: &OperationUnderTest,
    tag_operations: TagOperations<'static>,
    cases: &[CaseSpec<Run>],
) {
    let is_of_text = |spec: &&CaseSpec<Run>| spec.name == ANY_TEXT;
    let (of_text, others): (Vec<_>, Vec<_>) = cases.iter().partition(is_of_text);
    let one = Map::from_iter([(KEY.to_owned(), json!("1"))]);
    let texts = Texts::Documented.of(under_test.run_context.models, under_test.model);
    for (cases, tags) in [(others, one), (of_text, texts)] {
        let selected = cases.into_iter().filter(|spec| under_test.is_selected(SUITE, &spec.name));
        let selected: Vec<&CaseSpec<Run>> = selected.collect();
        if !selected.is_empty() {
            run_with(under_test, tag_operations, &selected, &tags).await;
        }
    }
}

/// Makes one resource with these tags and judges the cases on it.
async fn run_with(
    under_test: &OperationUnderTest,
    tag_operations: TagOperations<'static>,
    cases: &[&CaseSpec<Run>],
    tags: &Map<String, Value>,
) {
    let mut input = under_test.base.clone();
    if let Some(members) = input.as_object_mut() {
        members.insert(tag_operations.tags.to_owned(), json!(tags));
    }
    let first = under_test.case_id(SUITE, &cases[0].name);
    let mut bindings = under_test.bind(&input).await;
    let context = under_test.context(&first).with_input(&input);
    let call = under_test.send(&mut bindings, RequestSpec::valid(&input), &context).await;
    let call = call.map_err(|not_sent| indeterminate(not_sent.0)).and_then(|call| match call.answer.is_success() {
        true => Ok(call),
        false => Err(indeterminate(format!("the creating call got {}", call.answer))),
    });
    for spec in cases {
        let case = under_test.case_id(SUITE, &spec.name);
        let case_context = CaseContext { under_test, case: &case };
        let result = match &call {
            Err(verdict) => Err(verdict.clone()),
            Ok(call) => {
                confirmed!(under_test, (spec.run)(case_context, tag_operations, tags, call))
            }
        };
        case_context.conclude(spec.check, &spec.name, result);
    }
    under_test.release(bindings).await;
}

/// The answer shows tags of any text as they were given; so does the resource, or else the tag list.
async fn with_any_text(
    case_context: CaseContext<'_>,
    tag_operations: TagOperations<'static>,
    given: &Map<String, Value>,
    call: &SentCall,
) -> CaseResult {
    if given.is_empty() {
        return Err(indeterminate("the model allows no such text"));
    }
    let body = call.json();
    let (resource, _) = roles(&body).ok_or_else(|| indeterminate("the answer names nothing that was made"))?;
    let lost = |shown: &Map<String, Value>| {
        let keys: Vec<&String> =
            given.iter().filter(|(key, value)| shown.get(*key) != Some(value)).map(|(key, _)| key).collect();
        named(keys)
    };
    let fail = |place: &str, lost: &str, call: &SentCall| {
        let departure = Mismatch::new(ANY_TEXT, "the tags that were given", format!("{place} without {lost}"));
        Err(case_context.fail(&TAGS_AGREE, &departure.because(Authority::Observed), call))
    };
    let shown = own_tags(&body, &resource.arn, tag_operations.tags);
    if let Some(lost) = shown.and_then(lost) {
        return fail("an answer", &lost, call);
    }
    let listed = case_context.ask(tag_operations.reader.id, &tag_operations.list(&resource.arn)).await?;
    let lost_of_list = listed.json().get(tag_operations.shown).and_then(Value::as_object).map(lost);
    // Where the tags cannot be listed, the answer alone shows them.
    let is_kept = if listed.answer.is_success() { lost_of_list == Some(None) } else { shown.is_some() };
    if is_kept {
        return Ok(());
    }
    // The list may be what is wrong: the resource itself is the control.
    let got = case_context.look_at(&resource.kind, &resource.arn).await?;
    let own = own_tags(&case_context.body(&got)?, &resource.arn, tag_operations.tags).map(lost);
    match own {
        Some(Some(lost)) => fail("a resource", &lost, &got),
        Some(None) => Err(indeterminate("the tag list differs from the resource")),
        None => Err(indeterminate("the resource does not show its tags")),
    }
}

/// The answer shows the tag, and so does the tag list where there is one.
async fn with_tags(
    case_context: CaseContext<'_>,
    tag_operations: TagOperations<'static>,
    call: &SentCall,
) -> CaseResult {
    let body = call.json();
    let (resource, _) = roles(&body).ok_or_else(|| indeterminate("the answer names nothing that was made"))?;
    let fail = |actual: &str, call: &SentCall| {
        let departure = Mismatch::new(WITH_TAGS, "the tag that was given", actual).because(Authority::Observed);
        Err(case_context.fail(&TAGS_AGREE, &departure, call))
    };
    let shown = own_tags(&body, &resource.arn, tag_operations.tags);
    if shown.is_some_and(|tags| tags.get(KEY).and_then(Value::as_str) != Some("1")) {
        return fail("an answer without it", call);
    }
    let listed = case_context.ask(tag_operations.reader.id, &tag_operations.list(&resource.arn)).await?;
    if !listed.answer.is_success() {
        return match shown {
            Some(_) => Ok(()),
            None => Err(indeterminate(format!("the tags cannot be read: {}", listed.answer))),
        };
    }
    match listed.json().get(tag_operations.shown).and_then(|tags| tags.get(KEY)).and_then(Value::as_str) {
        Some("1") => Ok(()),
        _ => fail("a tag list without it", &listed),
    }
}

/// What was made along with the resource does not have its tag.
fn untagged(case_context: CaseContext<'_>, tag_operations: TagOperations<'static>, call: &SentCall) -> CaseResult {
    let body = call.json();
    let (resource, others) = roles(&body).ok_or_else(|| indeterminate("the answer names nothing that was made"))?;
    if others.is_empty() {
        return Err(indeterminate("nothing was made along with the resource"));
    }
    if own_tags(&body, &resource.arn, tag_operations.tags).is_none_or(|tags| !tags.contains_key(KEY)) {
        return Err(indeterminate("the resource itself does not show the tag"));
    }
    let tagged = others
        .iter()
        .find(|other| own_tags(&body, &other.arn, tag_operations.tags).is_some_and(|tags| tags.contains_key(KEY)));
    let Some(tagged) = tagged else { return Ok(()) };
    let departure = Mismatch::new(
        BY_PRODUCT,
        format!("a {} without the tags of the {}", tagged.kind, resource.kind),
        "the same tags",
    )
    .from_source("facts: stream-keys, C04; observed by others on AWS");
    Err(case_context.fail(&TAGS_APART, &departure, call))
}

/// What the answer says was made: the resource itself, and what refers to it.
fn roles(body: &Value) -> Option<(Resource, Vec<Resource>)> {
    let made = Resource::all_in(body);
    let holder = |resource: &Resource| {
        let inner = body.as_object()?.values();
        std::iter::once(body).chain(inner).find(|value| value.get("arn").and_then(Value::as_str) == Some(&resource.arn))
    };
    let refers = |resource: &Resource, other: &Resource| {
        let members = holder(resource).and_then(Value::as_object).into_iter().flatten();
        members.filter(|(name, _)| *name != "arn").any(|(_, value)| value.as_str() == Some(&other.arn))
    };
    let main = made.iter().find(|it| !made.iter().any(|other| other != *it && refers(it, other)))?.clone();
    let others = made.iter().filter(|other| **other != main && refers(other, &main)).cloned().collect();
    Some((main, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_by_product_is_what_refers_to_the_other() {
        let channel = "arn:aws:ivs:us-west-2:123456789012:channel/abc";
        let key = "arn:aws:ivs:us-west-2:123456789012:stream-key/abc";
        let body = json!({"streamKey": {"arn": key, "channelArn": channel}, "channel": {"arn": channel}});
        let (main, others) = roles(&body).expect("both are named");
        assert_eq!(main.arn, channel);
        assert_eq!(others.iter().map(|it| it.arn.as_str()).collect::<Vec<_>>(), [key]);
    }
}
