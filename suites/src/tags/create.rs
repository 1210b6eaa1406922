//! Tags given at creation: the new resource has them, and what is made along with it has not.

use ivs_generators::Effects;
use ivs_judge::Mismatch;
use ivs_model::Authority;
use ivs_pool::Resource;
use serde_json::{Value, json};

use super::words::Words;
use super::{SUITE, own_tags};
use crate::answer::is_success;
use crate::judged::{Judged, Scene, undecided};
use crate::rules::{TAGS_AGREE, TAGS_APART};
use crate::subject::{Attempt, Call, Subject};

const KEY: &str = "contract-created";

/// The names of the cases.
pub(super) fn names(effects: &Effects) -> impl Iterator<Item = &'static str> + use<> {
    let several = effects.creates.len() > 1;
    std::iter::once("created-with-tags").chain(several.then_some("by-product-untagged"))
}

/// Makes one resource with a tag and looks at what came of it.
pub(super) async fn run(subject: &Subject, words: Words) {
    let mut input = subject.base.clone();
    if let Some(members) = input.as_object_mut() {
        members.insert(words.tags.to_owned(), json!({ KEY: "1" }));
    }
    let first = subject.case_id(SUITE, "created-with-tags");
    let mut loan = subject.lend(&input).await;
    let context = subject.context(&first).with_input(&input);
    let call = subject.send(&mut loan, Attempt::usual(&input), &context).await;
    let call = call.map_err(|unsent| undecided(unsent.0)).and_then(|call| match is_success(&call.answer) {
        true => Ok(call),
        false => Err(undecided(format!("the creating call was answered by {}", call.answer))),
    });
    for name in names(&subject.effects) {
        let case = subject.case_id(SUITE, name);
        let scene = Scene { subject, case: &case };
        let (check, judged) = match (&call, name) {
            (Err(verdict), "created-with-tags") => (TAGS_AGREE.check, Err(verdict.clone())),
            (Err(verdict), _) => (TAGS_APART.check, Err(verdict.clone())),
            (Ok(call), "created-with-tags") => (TAGS_AGREE.check, with_tags(scene, words, call).await),
            (Ok(call), _) => (TAGS_APART.check, untagged(scene, words, call)),
        };
        scene.conclude(check, name, judged);
    }
    subject.hand_back(loan).await;
}

/// The answer shows the tag, and so does the tag list where there is one.
async fn with_tags(scene: Scene<'_>, words: Words, call: &Call) -> Judged {
    const NAME: &str = "created-with-tags";
    let body = call.json();
    let (resource, _) = roles(&body).ok_or_else(|| undecided("the answer names nothing that was made"))?;
    let fail = |actual: &str, call: &Call| {
        let departure = Mismatch::new(NAME, "the tag that was given", actual).because(Authority::Observed);
        Err(scene.fail(&TAGS_AGREE, &departure, call))
    };
    let shown = own_tags(&body, &resource.arn, words.tags);
    if shown.is_some_and(|tags| tags.get(KEY).and_then(Value::as_str) != Some("1")) {
        return fail("an answer without it", call);
    }
    let listed = scene.ask(words.reader.id, &words.list(&resource.arn)).await?;
    if !is_success(&listed.answer) {
        return match shown {
            Some(_) => Ok(()),
            None => Err(undecided(format!("the tags cannot be read: {}", listed.answer))),
        };
    }
    match listed.json().get(words.shown).and_then(|tags| tags.get(KEY)).and_then(Value::as_str) {
        Some("1") => Ok(()),
        _ => fail("a tag list without it", &listed),
    }
}

/// What was made along with the resource does not have its tag.
fn untagged(scene: Scene<'_>, words: Words, call: &Call) -> Judged {
    const NAME: &str = "by-product-untagged";
    let body = call.json();
    let (resource, others) = roles(&body).ok_or_else(|| undecided("the answer names nothing that was made"))?;
    if others.is_empty() {
        return Err(undecided("nothing was made along with the resource"));
    }
    if own_tags(&body, &resource.arn, words.tags).is_none_or(|tags| !tags.contains_key(KEY)) {
        return Err(undecided("the resource itself does not show the tag"));
    }
    let tagged =
        others.iter().find(|other| own_tags(&body, &other.arn, words.tags).is_some_and(|tags| tags.contains_key(KEY)));
    let Some(tagged) = tagged else { return Ok(()) };
    let departure =
        Mismatch::new(NAME, format!("a {} without the tags of the {}", tagged.kind, resource.kind), "the same tags")
            .from_source("facts section 3.2, C04: observed by others on AWS");
    Err(scene.fail(&TAGS_APART, &departure, call))
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
