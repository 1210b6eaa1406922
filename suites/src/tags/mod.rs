//! The suite `tags`: added, overwritten and removed one by one, on one resource alone, and the same wherever they show.

mod create;
pub(crate) mod operations;

use ivs_generators::{Effects, ExpectedError};
use ivs_judge::{CheckInfo, Mismatch};
use ivs_model::knowledge::Taggable;
use ivs_model::{Authority, Model, Operation};
use ivs_pool::Resource;
use serde_json::{Map, Value, json};

use crate::SuiteName;
use crate::answer::{is_inconclusive, is_success};
use crate::case_context::{CaseContext, CaseResult, indeterminate, resource_unavailable};
use crate::operation_under_test::{Call, OperationUnderTest};
use crate::rejection::{Owed, Weighed};
use crate::rules::{TAGS_AGREE, TAGS_APART, TAGS_CHANGE, TAGS_REFUSED};
use operations::{Role, TagOperations};

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

fn taggables<'k>(under_test: &'k OperationUnderTest) -> impl Iterator<Item = &'static Taggable> + use<'k> {
    under_test.run_context.knowledge.taggables.iter().filter(|taggable| taggable.service == under_test.service())
}

/// The names of all cases of an operation.
pub(crate) fn names(
    taggables: &[Taggable],
    model: &'static Model,
    operation: &Operation,
    effects: &Effects,
) -> Vec<String> {
    let role = TagOperations::of(model).and_then(|tag_operations| tag_operations.role(model, operation, effects));
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
pub(crate) async fn run(under_test: &OperationUnderTest) {
    let Some(tag_operations) = TagOperations::of(under_test.model) else { return };
    let Some(role) = tag_operations.role(under_test.model, under_test.operation, &under_test.effects) else { return };
    if role == Role::Creator {
        return create::run(under_test, tag_operations).await;
    }
    // Kind after kind: some are scarce, and each has its own resource for all steps.
    for taggable in taggables(under_test) {
        let kind = taggable.resource.as_str();
        let made = under_test.pool.lease_many(kind, &[json!({})]).await;
        let bystander = under_test.pool.lend_kind(kind).await;
        for (step, check) in steps(role) {
            let name = format!("{step}-{kind}");
            let case = under_test.case_id(SUITE, &name);
            let case_context = CaseContext { under_test, case: &case };
            let result = match (&made, &bystander) {
                (Ok((made, _)), Ok(bystander)) => {
                    let trial =
                        CaseRun { case_context, tag_operations, taggable, arn: &made[0].arn, bystander, site: &name };
                    trial.judge(role, step).await
                }
                (Err(error), _) | (_, Err(error)) => Err(resource_unavailable(error)),
            };
            case_context.conclude(check, &name, result);
        }
        if let Ok((_, lease)) = made {
            under_test.pool.discard(lease).await;
        }
    }
}

/// One case on one resource.
struct CaseRun<'a> {
    case_context: CaseContext<'a>,
    tag_operations: TagOperations,
    taggable: &'a Taggable,
    arn: &'a str,
    /// A resource of the same kind that nobody tags.
    bystander: &'a Resource,
    site: &'a str,
}

fn tags(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}

impl CaseRun<'_> {
    async fn judge(&self, role: Role, step: &str) -> CaseResult {
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
                let input = self.tag_operations.add(self.arn, &tags(&[("aws:contract", "1")]));
                self.refused(&input, "ValidationException", 400).await
            }
            "removes" => self.removes().await,
            "removes-again" => self.removes_again().await,
            "agrees" => self.agrees().await,
            _ => {
                let gone = gone(self.arn);
                let input = match role {
                    Role::Tagger => self.tag_operations.add(&gone, &tags(&[("contract-a", "1")])),
                    Role::Untagger => self.tag_operations.remove(&gone, &["contract-a"]),
                    Role::Reader | Role::Creator => self.tag_operations.list(&gone),
                };
                self.refused(&input, "ResourceNotFoundException", 404).await
            }
        }
    }

    /// Weaker where only the model lets us think that the kind takes tags.
    fn authority(&self) -> Authority {
        if self.taggable.authority == Authority::Inferred { Authority::Inferred } else { Authority::Observed }
    }

    async fn list(&self, arn: &str) -> CaseResult<(Map<String, Value>, Call)> {
        let call = self.case_context.ask(self.tag_operations.reader.id, &self.tag_operations.list(arn)).await?;
        let body = self.case_context.body(&call)?;
        let shown = body.get(self.tag_operations.shown).and_then(Value::as_object).cloned();
        Ok((shown.ok_or_else(|| indeterminate("the answer lists no tags"))?, call))
    }

    async fn add(&self, tags: &Map<String, Value>) -> CaseResult<Call> {
        let input = self.tag_operations.add(self.arn, tags);
        let call = self.case_context.ask(self.tag_operations.tagger.id, &input).await?;
        self.case_context.body(&call).map(|_| call)
    }

    /// Adds tags: the resource has those, and those that it had.
    async fn changes(&self, added: &Map<String, Value>) -> CaseResult {
        let (mut expected, _) = self.list(self.arn).await?;
        self.add(added).await?;
        let (after, call) = self.list(self.arn).await?;
        expected.extend(added.clone());
        self.same(&TAGS_CHANGE, &expected, &after, &call)
    }

    fn same(
        &self,
        rule: &CheckInfo,
        expected: &Map<String, Value>,
        after: &Map<String, Value>,
        call: &Call,
    ) -> CaseResult {
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
        Err(self.case_context.fail(rule, &departure, call))
    }

    /// Tags of one resource are not those of another.
    async fn apart(&self) -> CaseResult {
        let (before, _) = self.list(&self.bystander.arn).await?;
        self.add(&tags(&[("contract-alone", "1")])).await?;
        let (own, _) = self.list(self.arn).await?;
        let (after, call) = self.list(&self.bystander.arn).await?;
        if !own.contains_key("contract-alone") {
            return Err(indeterminate("the tag did not show where it was set"));
        }
        self.same(&TAGS_APART, &before, &after, &call)
    }

    /// The limit counts the tags that are there.
    async fn one_too_many(&self) -> CaseResult {
        let (present, _) = self.list(self.arn).await?;
        let most = usize::try_from(self.tag_operations.most(self.case_context.under_test.model)).unwrap_or(50);
        let fill: Map<String, Value> =
            (present.len()..most).map(|number| (format!("contract-{number}"), json!(""))).collect();
        if !fill.is_empty() {
            self.add(&fill).await?;
        }
        let input = self.tag_operations.add(self.arn, &tags(&[("contract-one-too-many", "1")]));
        let result = self.refused(&input, "ValidationException", 400).await;
        let mut keys: Vec<&str> = fill.keys().map(String::as_str).collect();
        keys.push("contract-one-too-many");
        for keys in keys.chunks(most) {
            let input = self.tag_operations.remove(self.arn, keys);
            self.case_context.ask(self.tag_operations.untagger.id, &input).await?;
        }
        result
    }

    async fn removes(&self) -> CaseResult {
        self.add(&tags(&[("contract-a", "1"), ("contract-b", "2"), ("contract-c", "3")])).await?;
        let (mut expected, _) = self.list(self.arn).await?;
        let call = self.case_context.call(&self.tag_operations.remove(self.arn, &["contract-a", "contract-c"])).await?;
        self.case_context.body(&call)?;
        expected.remove("contract-a");
        expected.remove("contract-c");
        let (after, call) = self.list(self.arn).await?;
        self.same(&TAGS_CHANGE, &expected, &after, &call)
    }

    /// Removing a tag that is not there changes nothing; that it succeeds is inferred from the `idempotent` trait.
    async fn removes_again(&self) -> CaseResult {
        self.add(&tags(&[("contract-b", "2")])).await?;
        let input = self.tag_operations.remove(self.arn, &["contract-nobody"]);
        let (expected, _) = self.list(self.arn).await?;
        let call = self.case_context.call(&input).await?;
        if !is_success(&call.answer) {
            if is_inconclusive(&call.answer) {
                return Err(indeterminate(format!("answered by {}", call.answer)));
            }
            let departure = Mismatch::new(self.site, "success, as the call is idempotent", call.answer.to_string());
            return Err(self.case_context.fail(&TAGS_CHANGE, &departure.because(Authority::Inferred), &call));
        }
        let (after, call) = self.list(self.arn).await?;
        self.same(&TAGS_CHANGE, &expected, &after, &call)
    }

    /// The resource shows what its tag list has.
    async fn agrees(&self) -> CaseResult {
        self.add(&tags(&[("contract-a", "1")])).await?;
        let (listed, _) = self.list(self.arn).await?;
        let getter = self.case_context.under_test.pool.getter(&self.taggable.resource);
        let getter = getter.ok_or_else(|| indeterminate("no call looks at a resource of the kind"))?;
        let input = ivs_generators::Placeholder::fill(&getter.input, &mut |_| Some(self.arn.to_owned()));
        let input = input.unwrap_or(Value::Null);
        let call = self.case_context.ask(getter.operation, &input).await?;
        let body = self.case_context.body(&call)?;
        let own = own_tags(&body, self.arn, self.tag_operations.tags);
        let own = own.ok_or_else(|| indeterminate("the resource does not show its tags"))?;
        self.same(&TAGS_AGREE, &listed, own, &call)
    }

    /// A call that is to be refused; the same call on a resource that is there goes through.
    async fn refused(&self, input: &Value, code: &str, status: u16) -> CaseResult {
        let call = self.case_context.call(input).await?;
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
                let twin =
                    self.case_context.ask(self.tag_operations.reader.id, &self.tag_operations.list(self.arn)).await?;
                if is_success(&twin.answer) {
                    return Ok(());
                }
                Err(indeterminate(format!("the resource that is there got {}", twin.answer)))
            }
            Weighed::Undecided(reason) => Err(indeterminate(reason)),
            Weighed::Departs(departure) => Err(self.case_context.fail(&TAGS_REFUSED, &departure, &call)),
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
