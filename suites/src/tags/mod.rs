//! The suite `tags`: added, overwritten and removed one by one, on one resource alone, and the same wherever they show.

mod create;
pub(crate) mod words;

use ivs_generators::{Effects, ExpectedError};
use ivs_judge::{CheckInfo, Mismatch};
use ivs_model::knowledge::Taggable;
use ivs_model::{Authority, Model, Operation};
use ivs_pool::Resource;
use serde_json::{Map, Value, json};

use crate::SuiteName;
use crate::answer::{is_success, tells_nothing};
use crate::judged::{Judged, Scene, undecided, unmade};
use crate::rejection::{Owed, Weighed};
use crate::rules::{TAGS_AGREE, TAGS_APART, TAGS_CHANGE, TAGS_REFUSED};
use crate::subject::{Call, Subject};
use words::{Role, Words};

const SUITE: SuiteName = SuiteName::Tags;

/// What is tried on each kind, by the operation under test.
fn steps(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Tagger => &[
            ("adds", TAGS_CHANGE.check),
            ("keeps-others", TAGS_CHANGE.check),
            ("overwrites", TAGS_CHANGE.check),
            ("apart", TAGS_APART.check),
            ("absent", TAGS_REFUSED.check),
            ("one-too-many", TAGS_REFUSED.check),
            ("reserved-prefix", TAGS_REFUSED.check),
        ],
        Role::Untagger => {
            &[("removes", TAGS_CHANGE.check), ("removes-again", TAGS_CHANGE.check), ("absent", TAGS_REFUSED.check)]
        }
        Role::Reader => &[("agrees", TAGS_AGREE.check), ("absent", TAGS_REFUSED.check)],
        Role::Creator => &[],
    }
}

fn taggables<'k>(subject: &'k Subject) -> impl Iterator<Item = &'static Taggable> + use<'k> {
    subject.session.knowledge.taggables.iter().filter(|taggable| taggable.service == subject.service())
}

/// The names of all cases of an operation.
pub(crate) fn names(
    taggables: &[Taggable],
    model: &'static Model,
    operation: &Operation,
    effects: &Effects,
) -> Vec<String> {
    let role = Words::of(model).and_then(|words| words.role(model, operation, effects));
    match role {
        None => Vec::new(),
        Some(Role::Creator) => create::names(effects).map(str::to_owned).collect(),
        Some(role) => taggables
            .iter()
            .filter(|taggable| taggable.service == model.service.id)
            .flat_map(|taggable| steps(role).iter().map(|(step, _)| format!("{step}-{}", taggable.resource)))
            .collect(),
    }
}

/// Runs all cases of an operation that has to do with tags.
pub(crate) async fn run(subject: &Subject) {
    let Some(words) = Words::of(subject.model) else { return };
    let Some(role) = words.role(subject.model, subject.operation, &subject.effects) else { return };
    if role == Role::Creator {
        return create::run(subject, words).await;
    }
    // Kind after kind: some are scarce, and each has its own resource for all steps.
    for taggable in taggables(subject) {
        let kind = taggable.resource.as_str();
        let made = subject.pool.lease_many(kind, &[json!({})]).await;
        let bystander = subject.pool.lend_kind(kind).await;
        for (step, check) in steps(role) {
            let name = format!("{step}-{kind}");
            let case = subject.case_id(SUITE, &name);
            let scene = Scene { subject, case: &case };
            let judged = match (&made, &bystander) {
                (Ok((made, _)), Ok(bystander)) => {
                    let trial = Trial { scene, words, taggable, arn: &made[0].arn, bystander, site: &name };
                    trial.judge(role, step).await
                }
                (Err(error), _) | (_, Err(error)) => Err(unmade(error)),
            };
            scene.conclude(check, &name, judged);
        }
        if let Ok((_, lease)) = made {
            subject.pool.discard(lease).await;
        }
    }
}

/// One case on one resource.
struct Trial<'a> {
    scene: Scene<'a>,
    words: Words,
    taggable: &'a Taggable,
    arn: &'a str,
    /// A resource of the same kind that nobody tags.
    bystander: &'a Resource,
    site: &'a str,
}

fn tags(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}

impl Trial<'_> {
    async fn judge(&self, role: Role, step: &str) -> Judged {
        match step {
            "adds" => self.changes(&tags(&[("contract-a", "1"), ("contract-b", "2")])).await,
            // The second update: what the first one left must stay.
            "keeps-others" => {
                self.add(&tags(&[("contract-a", "1"), ("contract-b", "2")])).await?;
                self.changes(&tags(&[("contract-c", "3")])).await
            }
            "overwrites" => {
                self.add(&tags(&[("contract-a", "1"), ("contract-b", "2")])).await?;
                self.changes(&tags(&[("contract-b", "other")])).await
            }
            "apart" => self.apart().await,
            "one-too-many" => self.one_too_many().await,
            "reserved-prefix" => {
                let input = self.words.add(self.arn, &tags(&[("aws:contract", "1")]));
                self.refused(&input, "ValidationException", 400).await
            }
            "removes" => self.removes().await,
            "removes-again" => self.removes_again().await,
            "agrees" => self.agrees().await,
            _ => {
                let gone = gone(self.arn);
                let input = match role {
                    Role::Tagger => self.words.add(&gone, &tags(&[("contract-a", "1")])),
                    Role::Untagger => self.words.remove(&gone, &["contract-a"]),
                    Role::Reader | Role::Creator => self.words.list(&gone),
                };
                self.refused(&input, "ResourceNotFoundException", 404).await
            }
        }
    }

    /// Weaker where only the model lets us think that the kind takes tags.
    fn authority(&self) -> Authority {
        if self.taggable.authority == Authority::Inferred { Authority::Inferred } else { Authority::Observed }
    }

    async fn list(&self, arn: &str) -> Judged<(Map<String, Value>, Call)> {
        let call = self.scene.ask(self.words.reader.id, &self.words.list(arn)).await?;
        let body = self.scene.body(&call)?;
        let shown = body.get(self.words.shown).and_then(Value::as_object).cloned();
        Ok((shown.ok_or_else(|| undecided("the answer lists no tags"))?, call))
    }

    async fn add(&self, tags: &Map<String, Value>) -> Judged<Call> {
        let input = self.words.add(self.arn, tags);
        let call = self.scene.ask(self.words.tagger.id, &input).await?;
        self.scene.body(&call).map(|_| call)
    }

    /// Adds tags: the resource has those, and those that it had.
    async fn changes(&self, added: &Map<String, Value>) -> Judged {
        let (mut expected, _) = self.list(self.arn).await?;
        self.add(added).await?;
        let (after, call) = self.list(self.arn).await?;
        expected.extend(added.clone());
        self.same(&TAGS_CHANGE, &expected, &after, &call)
    }

    fn same(&self, rule: &CheckInfo, expected: &Map<String, Value>, after: &Map<String, Value>, call: &Call) -> Judged {
        let lost = expected.keys().filter(|key| !after.contains_key(*key)).count();
        let stray = after.keys().filter(|key| !expected.contains_key(*key)).count();
        let other = expected.iter().filter(|(key, value)| after.get(*key).is_some_and(|it| it != *value)).count();
        let actual: Vec<String> = [(lost, "missing"), (stray, "too many"), (other, "of another value")]
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if actual.is_empty() {
            return Ok(());
        }
        let expected = format!("{} tags as they were set", expected.len());
        let departure = Mismatch::new(self.site, expected, actual.join(", ")).because(self.authority());
        Err(self.scene.fail(rule, &departure, call))
    }

    /// Tags of one resource are not those of another.
    async fn apart(&self) -> Judged {
        let (before, _) = self.list(&self.bystander.arn).await?;
        self.add(&tags(&[("contract-alone", "1")])).await?;
        let (own, _) = self.list(self.arn).await?;
        let (after, call) = self.list(&self.bystander.arn).await?;
        if !own.contains_key("contract-alone") {
            return Err(undecided("the tag did not show where it was set"));
        }
        self.same(&TAGS_APART, &before, &after, &call)
    }

    /// The limit counts the tags that are there.
    async fn one_too_many(&self) -> Judged {
        let (present, _) = self.list(self.arn).await?;
        let most = usize::try_from(self.words.most(self.scene.subject.model)).unwrap_or(50);
        let fill: Map<String, Value> =
            (present.len()..most).map(|number| (format!("contract-{number}"), json!(""))).collect();
        if !fill.is_empty() {
            self.add(&fill).await?;
        }
        let input = self.words.add(self.arn, &tags(&[("contract-one-too-many", "1")]));
        let judged = self.refused(&input, "ValidationException", 400).await;
        let mut keys: Vec<&str> = fill.keys().map(String::as_str).collect();
        keys.push("contract-one-too-many");
        for keys in keys.chunks(most) {
            let input = self.words.remove(self.arn, keys);
            self.scene.ask(self.words.untagger.id, &input).await?;
        }
        judged
    }

    async fn removes(&self) -> Judged {
        self.add(&tags(&[("contract-a", "1"), ("contract-b", "2"), ("contract-c", "3")])).await?;
        let (mut expected, _) = self.list(self.arn).await?;
        let call = self.scene.call(&self.words.remove(self.arn, &["contract-a", "contract-c"])).await?;
        self.scene.body(&call)?;
        expected.remove("contract-a");
        expected.remove("contract-c");
        let (after, call) = self.list(self.arn).await?;
        self.same(&TAGS_CHANGE, &expected, &after, &call)
    }

    /// Removing a tag that is not there changes nothing; that it succeeds is inferred from the `idempotent` trait.
    async fn removes_again(&self) -> Judged {
        self.add(&tags(&[("contract-b", "2")])).await?;
        let input = self.words.remove(self.arn, &["contract-nobody"]);
        let (expected, _) = self.list(self.arn).await?;
        let call = self.scene.call(&input).await?;
        if !is_success(&call.answer) {
            if tells_nothing(&call.answer) {
                return Err(undecided(format!("answered by {}", call.answer)));
            }
            let departure = Mismatch::new(self.site, "success, as the call is idempotent", call.answer.to_string());
            return Err(self.scene.fail(&TAGS_CHANGE, &departure.because(Authority::Inferred), &call));
        }
        let (after, call) = self.list(self.arn).await?;
        self.same(&TAGS_CHANGE, &expected, &after, &call)
    }

    /// The resource shows what its tag list has.
    async fn agrees(&self) -> Judged {
        self.add(&tags(&[("contract-a", "1")])).await?;
        let (listed, _) = self.list(self.arn).await?;
        let getter = self.scene.subject.pool.getter(&self.taggable.resource);
        let getter = getter.ok_or_else(|| undecided("no call looks at a resource of the kind"))?;
        let input = ivs_generators::Placeholder::fill(&getter.input, &mut |_| Some(self.arn.to_owned()));
        let input = input.unwrap_or(Value::Null);
        let call = self.scene.ask(getter.operation, &input).await?;
        let body = self.scene.body(&call)?;
        let own = own_tags(&body, self.arn, self.words.tags);
        let own = own.ok_or_else(|| undecided("the resource does not show its tags"))?;
        self.same(&TAGS_AGREE, &listed, own, &call)
    }

    /// A call that is to be refused; the same call on a resource that is there goes through.
    async fn refused(&self, input: &Value, code: &str, status: u16) -> Judged {
        let call = self.scene.call(input).await?;
        let errors = [ExpectedError { code: code.to_owned(), status }];
        let owed = Owed {
            errors: &errors,
            authority: Authority::Inferred,
            code_authority: Authority::Inferred,
            site: self.site,
            pointer: "",
        };
        match owed.weigh(&call.answer) {
            Weighed::Right => {
                let twin = self.scene.ask(self.words.reader.id, &self.words.list(self.arn)).await?;
                if is_success(&twin.answer) {
                    return Ok(());
                }
                Err(undecided(format!("the resource that is there got {}", twin.answer)))
            }
            Weighed::Undecided(reason) => Err(undecided(reason)),
            Weighed::Departs(departure) => Err(self.scene.fail(&TAGS_REFUSED, &departure, &call)),
        }
    }
}

/// The tags that an answer shows for a resource: of the whole, or of the member that is the resource.
fn own_tags<'v>(body: &'v Value, arn: &str, member: &str) -> Option<&'v Map<String, Value>> {
    let inner = body.as_object()?.values();
    let holder =
        std::iter::once(body).chain(inner).find(|value| value.get("arn").and_then(Value::as_str) == Some(arn))?;
    holder.get(member)?.as_object()
}

/// An ARN like this one that names nothing.
fn gone(arn: &str) -> String {
    let start = arn.find('/').map_or(arn.len(), |slash| slash + 1);
    format!("{}NobodyHere00", &arn[..start])
}
