//! Tags of any text, and as many as there may be: they come back code point by code point, and go by exactly their key.

use ivs_catalog::TagOperations;
use ivs_generators::telling_characters;
use ivs_judge::CheckInfo;
use ivs_model::{Authority, Model};
use ivs_runner::{CaseResult, SentCall, indeterminate};
use serde_json::{Map, Value, json};

use super::checks::{TAGS_AGREE, TAGS_CHANGE};
use super::{CaseRun, tags};

/// Which texts a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// Keys and values with each character that the documentation allows.
    Documented,
    /// Those that the model allows beyond: characters, and forms that an endpoint might normalize, trim or decode.
    Unusual,
}

/// Keys of which the look-alikes are made.
const LOOKED_AT: [(&str, &str); 4] =
    [("contract-a", "1"), ("contract-b", "2"), ("contract key", "3"), ("contract+key", "4")];

/// Keys that are no tags, but that a wrong decoding or splitting makes such as are.
const LOOK_ALIKES: [&str; 4] =
    ["contract-a,contract-b", "contract%20key", "contract%2Bkey", "contract-a&tagKeys=contract-b"];

/// Keys beyond single characters. Some would be equal if they were normalized, trimmed, decoded or folded.
const FORMS: [&str; 10] = [
    "contract%2Fform",
    "contract%form",
    "contract,form",
    " contract-form",
    "contract-form ",
    "Contract-Form",
    "contract-form",
    "contract-e\u{301}",
    "contract-\u{e9}",
    "contract-\u{212b}",
];

impl Texts {
    /// The tags for an operation of `model`, each key and value with one character or form.
    ///
    /// Three services take the same tags, and one model says of which characters (fact `tag-characters`): those are documented.
    pub(super) fn of(self, models: &[Model], model: &Model) -> Map<String, Value> {
        let takes = |model: &Model, text: &str| TagOperations::of(model).is_some_and(|it| it.takes(model, text));
        let restricts = |model: &&Model| TagOperations::of(model).is_some_and(|it| it.restricts_text(model));
        let is_documented = |text: &String| models.iter().filter(restricts).all(|model| takes(model, text));
        let characters = || telling_characters().map(|character| format!("contract{character}key"));
        let texts: Vec<String> = match self {
            Self::Documented => characters().filter(is_documented).collect(),
            Self::Unusual => {
                let others = characters().filter(|text| !is_documented(text));
                others.chain(FORMS.map(str::to_owned)).collect()
            }
        };
        let allowed = texts.into_iter().filter(|text| takes(model, text));
        allowed.map(|text| (text.clone(), Value::String(text))).collect()
    }

    /// Whether the endpoint owes to keep such tags.
    fn authority(self, case: &CaseRun<'_>) -> Authority {
        if self == Self::Documented { case.authority() } else { Authority::Inferred }
    }
}

impl CaseRun<'_> {
    fn texts(&self, texts: Texts) -> CaseResult<Map<String, Value>> {
        let under_test = self.case_context.under_test;
        let tags = texts.of(under_test.run_context.models, under_test.model);
        if tags.is_empty() { Err(indeterminate("the model allows no such text")) } else { Ok(tags) }
    }

    /// The resource has the tags that were added, whatever text they are of.
    pub(super) async fn keeps_text(&self, texts: Texts) -> CaseResult {
        let added = self.texts(texts)?;
        let (mut expected, _) = self.list(self.arn).await?;
        self.add(&added).await?;
        let (after, call) = self.list(self.arn).await?;
        expected.extend(added.clone());
        let result = self.judge_listed(texts.authority(self), &expected, &after, &call).await;
        self.clear(&added).await?;
        result
    }

    /// Every other tag is removed, then the rest: each time those that are named, and no others.
    pub(super) async fn removes_text(&self, texts: Texts) -> CaseResult {
        let added = self.texts(texts)?;
        let (mut expected, _) = self.list(self.arn).await?;
        self.add(&added).await?;
        expected.extend(added.clone());
        let (before, _) = self.list(self.arn).await?;
        if before != expected {
            return Err(indeterminate("the tags do not show as they were set"));
        }
        for half in [0, 1] {
            let keys: Vec<&str> = added.keys().map(String::as_str).skip(half).step_by(2).collect();
            let call = self.case_context.call(&self.tag_operations.remove(self.arn, &keys)).await?;
            self.case_context.body(&call)?;
            expected.retain(|key, _| !keys.contains(&key.as_str()));
            let (after, call) = self.list(self.arn).await?;
            self.judge_listed(texts.authority(self), &expected, &after, &call).await?;
        }
        Ok(())
    }

    /// As many tags as there may be go in one call, but one.
    pub(super) async fn removes_many(&self) -> CaseResult {
        let (mut expected, _) = self.list(self.arn).await?;
        let fill = self.fill(&expected);
        if fill.len() < 2 {
            return Err(indeterminate("the resource has as many tags as it may have"));
        }
        self.add(&fill).await?;
        let (before, _) = self.list(self.arn).await?;
        if fill.keys().any(|key| !before.contains_key(key)) {
            return Err(indeterminate("the tags do not show as they were set"));
        }
        let keys: Vec<&str> = fill.keys().skip(1).map(String::as_str).collect();
        let call = self.case_context.call(&self.tag_operations.remove(self.arn, &keys)).await?;
        self.case_context.body(&call)?;
        expected.extend(fill.clone().into_iter().take(1));
        let (after, call) = self.list(self.arn).await?;
        self.judge_listed(self.authority(), &expected, &after, &call).await
    }

    /// A key goes by its whole text: what looks like two keys, or like an escaped one, removes none of those. Whether such a
    /// key is refused does not matter.
    pub(super) async fn looks_alike(&self) -> CaseResult {
        self.add(&tags(&LOOKED_AT)).await?;
        let (before, _) = self.list(self.arn).await?;
        let model = self.case_context.under_test.model;
        for key in LOOK_ALIKES {
            let input = self.tag_operations.remove(self.arn, &[key]);
            match self.tag_operations.takes(model, key) {
                true => self.case_context.call(&input).await?,
                false => self.case_context.call_broken(&input).await?,
            };
        }
        let (after, call) = self.list(self.arn).await?;
        self.judge_listed(Authority::Protocol.max(self.authority()), &before, &after, &call).await?;
        // The control: the keys themselves are removed.
        let keys = LOOKED_AT.map(|(key, _)| key);
        let call = self.case_context.call(&self.tag_operations.remove(self.arn, &keys)).await?;
        self.case_context.body(&call)?;
        let (after, _) = self.list(self.arn).await?;
        match keys.iter().any(|key| after.contains_key(*key)) {
            true => Err(indeterminate("the keys were not removed by a plain call either")),
            false => Ok(()),
        }
    }

    /// The list shows as many tags as there may be.
    pub(super) async fn shows_all(&self) -> CaseResult {
        let (mut expected, _) = self.list(self.arn).await?;
        let fill = self.fill(&expected);
        self.add(&fill).await?;
        expected.extend(fill);
        let (after, call) = self.list(self.arn).await?;
        let result = self.same(&TAGS_AGREE, self.authority(), &expected, &after, &call);
        // Tags that the resource lacks, too, were never set.
        match (&result, self.own().await) {
            (Err(_), Ok((own, _))) if own != expected => {
                Err(indeterminate("the resource has other tags than were set"))
            }
            _ => result,
        }
    }

    /// Tags that bring the resource to as many as it may have.
    pub(super) fn fill(&self, present: &Map<String, Value>) -> Map<String, Value> {
        let numbers = (present.len()..self.most()).map(|number| format!("contract-{number}"));
        numbers.map(|key| (key, json!(""))).collect()
    }

    /// Removes tags again, whatever comes of it.
    pub(super) async fn clear(&self, tags: &Map<String, Value>) -> CaseResult {
        let keys: Vec<&str> = tags.keys().map(String::as_str).collect();
        for keys in keys.chunks(self.most()) {
            let input = self.tag_operations.remove(self.arn, keys);
            self.case_context.ask(self.tag_operations.untagger.id, &input).await?;
        }
        Ok(())
    }

    fn most(&self) -> usize {
        usize::try_from(self.tag_operations.most(self.case_context.under_test.model)).unwrap_or(50)
    }

    /// Judges the tag list after a change. If the resource itself shows what it should, the list is to blame, and not the change.
    async fn judge_listed(
        &self,
        authority: Authority,
        expected: &Map<String, Value>,
        after: &Map<String, Value>,
        call: &SentCall,
    ) -> CaseResult {
        const RULE: &CheckInfo = &TAGS_CHANGE;
        let result = self.same(RULE, authority, expected, after, call);
        match (&result, self.own_if(result.is_err()).await) {
            (Err(_), Some(own)) if own == *expected => Err(indeterminate("the tag list differs from the resource")),
            _ => result,
        }
    }

    async fn own_if(&self, is_wanted: bool) -> Option<Map<String, Value>> {
        if is_wanted { self.own().await.ok().map(|(own, _)| own) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;

    fn keys(texts: Texts, service: &str) -> Vec<String> {
        let model = bundled::model(service).expect("the model is bundled");
        texts.of(bundled::models(), model).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn documented_tags_have_each_character_of_the_one_pattern_there_is() {
        for service in ["ivs", "ivs-realtime", "ivschat"] {
            let keys = keys(Texts::Documented, service);
            for character in [':', '/', '+', '=', '@', '.', '_', '-', ' ', 'é', '字', '\u{10400}'] {
                assert!(keys.contains(&format!("contract{character}key")), "{service} {character}");
            }
            assert!(keys.iter().all(|key| !key.contains([',', '%'])), "{keys:?}");
            assert!(keys.len() < 45, "{} tags leave no room for others", keys.len());
        }
    }

    #[test]
    fn unusual_tags_are_those_that_the_model_takes() {
        assert!(keys(Texts::Unusual, "ivschat").contains(&"contract,key".to_owned()));
        let ivs = keys(Texts::Unusual, "ivs");
        assert!(ivs.contains(&" contract-form".to_owned()), "{ivs:?}");
        assert!(ivs.iter().all(|key| !key.contains([',', '%'])), "{ivs:?}");
        assert!(keys(Texts::Unusual, "ivs-realtime").len() < 45);
    }
}
