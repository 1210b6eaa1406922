//! The suite `tags`: added, overwritten and removed one by one, on one resource alone, and the same wherever they show.

mod checks;
mod create;
mod text;

use futures_util::future::join_all;
use ivs_catalog::{TagOperations, TagRole};
use ivs_client::BoxFuture;
use ivs_generators::ExpectedError;
use ivs_judge::{CheckInfo, ControlEvidence, ControlRole, Evidence, Expected, Mismatch};
use ivs_model::knowledge::Taggable;
use ivs_model::{Authority, SuiteName};
use ivs_pool::Resource;
use ivs_runner::{
    Assignment, CaseContext, CaseResult, CaseSpec, OperationUnderTest, Planning, Schedule, SentCall, Suite, SuitePlan,
    confirmed, indeterminate, resource_document, resource_unavailable,
};
use serde_json::{Map, Value, json};

use text::Texts;

use checks::{TAGS_AGREE, TAGS_APART, TAGS_CHANGE, TAGS_REFUSED};

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("tags");

/// The name of the case that looks at two resources.
const APART: &str = "apart";

/// How a case runs on one resource.
type Run = for<'r> fn(&'r CaseRun<'_>) -> BoxFuture<'r, CaseResult>;

/// The cases of the operation that adds tags, for each kind of resource.
static TAG: &[CaseSpec<Run>] = &[
    CaseSpec::new("adds", TAGS_CHANGE.check, |case| Box::pin(case.adds())),
    CaseSpec::new("keeps-others", TAGS_CHANGE.check, |case| Box::pin(case.keeps_others())),
    CaseSpec::new("overwrites", TAGS_CHANGE.check, |case| Box::pin(case.overwrites())),
    CaseSpec::new(APART, TAGS_APART.check, |case| Box::pin(case.apart())),
    CaseSpec::new("absent", TAGS_REFUSED.check, |case| {
        Box::pin(case.absent(case.tag_operations.add(&gone(case.arn), &tags(&[("contract-a", "1")]))))
    }),
    CaseSpec::new("any-text", TAGS_CHANGE.check, |case| Box::pin(case.keeps_text(Texts::Documented))),
    CaseSpec::new("unusual-text", TAGS_CHANGE.check, |case| Box::pin(case.keeps_text(Texts::Unusual))),
    CaseSpec::new("one-too-many", TAGS_REFUSED.check, |case| Box::pin(case.one_too_many())),
    CaseSpec::new("reserved-prefix", TAGS_REFUSED.check, |case| Box::pin(case.reserved_prefix())),
];

/// The cases of the operation that removes tags, for each kind of resource.
static UNTAG: &[CaseSpec<Run>] = &[
    CaseSpec::new("removes", TAGS_CHANGE.check, |case| Box::pin(case.removes())),
    CaseSpec::new("removes-again", TAGS_CHANGE.check, |case| Box::pin(case.removes_again())),
    CaseSpec::new("removes-any-text", TAGS_CHANGE.check, |case| Box::pin(case.removes_text(Texts::Documented))),
    CaseSpec::new("removes-unusual-text", TAGS_CHANGE.check, |case| Box::pin(case.removes_text(Texts::Unusual))),
    CaseSpec::new("look-alikes", TAGS_CHANGE.check, |case| Box::pin(case.looks_alike())),
    CaseSpec::new("removes-many", TAGS_CHANGE.check, |case| Box::pin(case.removes_many())),
    CaseSpec::new("absent", TAGS_REFUSED.check, |case| {
        Box::pin(case.absent(case.tag_operations.remove(&gone(case.arn), &["contract-a"])))
    }),
];

/// The cases of the operation that lists tags, for each kind of resource.
static LIST: &[CaseSpec<Run>] = &[
    CaseSpec::new("agrees", TAGS_AGREE.check, |case| Box::pin(case.agrees())),
    CaseSpec::new("absent", TAGS_REFUSED.check, |case| {
        Box::pin(case.absent(case.tag_operations.list(&gone(case.arn))))
    }),
    CaseSpec::new("shows-all", TAGS_AGREE.check, |case| Box::pin(case.shows_all())),
];

/// Tags of resources.
pub(crate) struct Tags;

/// The cases of one operation that has to do with tags.
struct Plan {
    tag_operations: TagOperations<'static>,
    cases: Cases,
}

enum Cases {
    /// Those of a tag operation, for each of these kinds.
    OfKinds(&'static [CaseSpec<Run>], Vec<&'static Taggable>),
    /// Those of an operation that creates a resource with tags.
    OfCreation(Vec<CaseSpec<create::Run>>),
}

impl Suite for Tags {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Tags are added, overwritten and removed one by one, on one resource alone, and show the same everywhere."
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let Planning { model, effects, .. } = *planning;
        let (tag_operations, role) = (planning.catalog.tag_operations(), planning.facts().tag_role);
        let (Some(tag_operations), Some(role)) = (tag_operations, role) else { return SuitePlan::none() };
        let of_kinds = |cases| {
            let taggables = planning.knowledge.taggables.iter();
            Cases::OfKinds(cases, taggables.filter(|taggable| taggable.service == model.service.id).collect())
        };
        let cases = match role {
            TagRole::Tagger => of_kinds(TAG),
            TagRole::Untagger => of_kinds(UNTAG),
            TagRole::Reader => of_kinds(LIST),
            TagRole::Creator => Cases::OfCreation(create::cases(effects)),
        };
        let names: Vec<String> = match &cases {
            Cases::OfKinds(cases, kinds) => {
                kinds.iter().flat_map(|kind| cases.iter().map(|it| name(it, kind))).collect()
            }
            Cases::OfCreation(cases) => cases.iter().map(|spec| spec.name.to_string()).collect(),
        };
        let is_slow = |kind: &&Taggable| planning.knowledge.passes_through_states(&kind.resource);
        let waits = matches!(&cases, Cases::OfKinds(_, kinds) if kinds.iter().any(is_slow));
        planning.named(SUITE, names, Plan { tag_operations, cases }).waiting(waits)
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, plan) in Assignment::with_details::<Plan>(assignments) {
                match &plan.cases {
                    Cases::OfKinds(cases, kinds) => run(under_test, plan.tag_operations, cases, kinds).await,
                    Cases::OfCreation(cases) => create::run(under_test, plan.tag_operations, cases).await,
                }
            }
        })
    }
}

/// The name of a case for one kind of resource.
fn name(spec: &CaseSpec<Run>, taggable: &Taggable) -> String {
    format!("{}-{}", spec.name, taggable.resource)
}

/// Runs all cases of a tag operation, kinds side by side.
async fn run(
    under_test: &OperationUnderTest,
    tag_operations: TagOperations<'static>,
    cases: &[CaseSpec<Run>],
    taggables: &[&'static Taggable],
) {
    let mut kinds = Vec::new();
    for taggable in taggables {
        kinds.push(run_kind(under_test, tag_operations, cases, taggable));
    }
    join_all(kinds).await;
}

/// Runs the cases of a tag operation on one resource of a kind, one after the other.
async fn run_kind(
    under_test: &OperationUnderTest,
    tag_operations: TagOperations<'static>,
    cases: &[CaseSpec<Run>],
    taggable: &'static Taggable,
) {
    let is_selected = |spec: &&CaseSpec<Run>| under_test.is_selected(SUITE, &name(spec, taggable));
    if !cases.iter().any(|spec| is_selected(&spec)) {
        return;
    }
    let kind = taggable.resource.as_str();
    let is_apart = |spec: &&CaseSpec<Run>| spec.name == APART && is_selected(spec);
    // Alone, a case that looks at one resource needs no other.
    let is_one_enough = under_test.runs_single_cases() && !cases.iter().any(|spec| is_apart(&spec));
    // Nobody keeps a shared one where an account has few.
    let count = if under_test.pool.is_scarce(kind) && !is_one_enough { 2 } else { 1 };
    let made = under_test.pool.lease_many(kind, &vec![json!({}); count]).await;
    let bystander = match &made {
        Ok((made, _)) if made.len() > 1 => Ok(made[1].clone()),
        Ok((made, _)) if is_one_enough => Ok(made[0].clone()),
        _ => under_test.pool.lend_kind(kind).await,
    };
    for spec in cases.iter().filter(is_selected).collect::<Vec<_>>() {
        let name = name(spec, taggable);
        let case = under_test.case_id(SUITE, &name);
        let case_context = CaseContext { under_test, case: &case };
        let result = match (&made, &bystander) {
            (Ok((made, _)), Ok(bystander)) => {
                let arn = &made[0].arn;
                let case = CaseRun { case_context, tag_operations, taggable, arn, bystander, site: &name };
                confirmed!(under_test, (spec.run)(&case))
            }
            (Err(error), _) | (_, Err(error)) => Err(resource_unavailable(error)),
        };
        case_context.conclude(spec.check, &name, result);
    }
    if let Ok((_, lease)) = made {
        under_test.pool.discard(lease).await;
    }
}

/// One case on one resource.
struct CaseRun<'a> {
    case_context: CaseContext<'a>,
    tag_operations: TagOperations<'static>,
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
    async fn adds(&self) -> CaseResult {
        self.changes(&tags(&[("contract-a", "1"), ("contract-b", "2")])).await
    }

    /// The second update: what the first one left must stay.
    async fn keeps_others(&self) -> CaseResult {
        self.add(&tags(&[("contract-a", "1"), ("contract-b", "2")])).await?;
        self.changes(&tags(&[("contract-c", "3")])).await
    }

    async fn overwrites(&self) -> CaseResult {
        self.add(&tags(&[("contract-a", "1"), ("contract-b", "2")])).await?;
        self.changes(&tags(&[("contract-b", "other")])).await
    }

    async fn reserved_prefix(&self) -> CaseResult {
        let input = self.tag_operations.add(self.arn, &tags(&[("aws:contract", "1")]));
        self.refused(&input, "ValidationException", 400).await
    }

    /// A call that names a resource which is not there.
    async fn absent(&self, input: Value) -> CaseResult {
        self.refused(&input, "ResourceNotFoundException", 404).await
    }

    /// Weaker where only the model lets us think that the kind takes tags.
    fn authority(&self) -> Authority {
        if self.taggable.authority == Authority::Inferred { Authority::Inferred } else { Authority::Observed }
    }

    async fn list(&self, arn: &str) -> CaseResult<(Map<String, Value>, SentCall)> {
        let call = self.case_context.ask(self.tag_operations.reader.id, &self.tag_operations.list(arn)).await?;
        let body = self.case_context.body(&call)?;
        let shown = body.get(self.tag_operations.shown).and_then(Value::as_object).cloned();
        Ok((shown.ok_or_else(|| indeterminate("the answer lists no tags"))?, call))
    }

    async fn add(&self, tags: &Map<String, Value>) -> CaseResult<SentCall> {
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
        self.same(&TAGS_CHANGE, self.authority(), &expected, &after, &call)
    }

    fn same(
        &self,
        rule: &CheckInfo,
        authority: Authority,
        expected: &Map<String, Value>,
        after: &Map<String, Value>,
        call: &SentCall,
    ) -> CaseResult {
        let lost = expected.keys().filter(|key| !after.contains_key(*key)).collect();
        let stray = after.keys().filter(|key| !expected.contains_key(*key)).collect();
        let is_other = |(key, value): &(&String, &Value)| after.get(*key).is_some_and(|it| it != *value);
        let other = expected.iter().filter(is_other).map(|(key, _)| key).collect();
        let actual: Vec<String> = [(lost, "missing"), (stray, "too many"), (other, "of another value")]
            .into_iter()
            .filter_map(|(keys, what)| Some(format!("{} {what}", named(keys)?)))
            .collect();
        if actual.is_empty() {
            return Ok(());
        }
        let expected = format!("{} tags as they were set", expected.len());
        let departure = Mismatch::new(self.site, expected, actual.join(", ")).because(authority);
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
        self.same(&TAGS_APART, self.authority(), &before, &after, &call)
    }

    /// The limit counts the tags that are there.
    async fn one_too_many(&self) -> CaseResult {
        let (present, _) = self.list(self.arn).await?;
        let mut fill = self.fill(&present);
        if !fill.is_empty() {
            self.add(&fill).await?;
        }
        let input = self.tag_operations.add(self.arn, &tags(&[("contract-one-too-many", "1")]));
        let result = self.refused(&input, "ValidationException", 400).await;
        fill.extend(tags(&[("contract-one-too-many", "")]));
        self.clear(&fill).await?;
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
        self.same(&TAGS_CHANGE, self.authority(), &expected, &after, &call)
    }

    /// Removing a tag that is not there changes nothing; that it succeeds is inferred from the `idempotent` trait.
    async fn removes_again(&self) -> CaseResult {
        self.add(&tags(&[("contract-b", "2")])).await?;
        let input = self.tag_operations.remove(self.arn, &["contract-nobody"]);
        let (expected, _) = self.list(self.arn).await?;
        let call = self.case_context.call(&input).await?;
        let accepted = Expected::accepted().because(Authority::Inferred).at(self.site, "");
        accepted.evaluate(&call.answer, &Evidence::implied()).result(|mut departure| {
            departure.expected = "success, as the call is idempotent".to_owned();
            self.case_context.fail(&TAGS_CHANGE, &departure, &call)
        })?;
        let (after, call) = self.list(self.arn).await?;
        self.same(&TAGS_CHANGE, self.authority(), &expected, &after, &call)
    }

    /// The resource shows what its tag list has.
    async fn agrees(&self) -> CaseResult {
        self.add(&tags(&[("contract-a", "1")])).await?;
        let (listed, _) = self.list(self.arn).await?;
        let (own, call) = self.own().await?;
        self.same(&TAGS_AGREE, self.authority(), &listed, &own, &call)
    }

    /// The tags that the resource itself shows.
    async fn own(&self) -> CaseResult<(Map<String, Value>, SentCall)> {
        let call = self.case_context.look_at(&self.taggable.resource, self.arn).await?;
        let body = self.case_context.body(&call)?;
        let own = own_tags(&body, self.arn, self.tag_operations.tags).cloned();
        Ok((own.ok_or_else(|| indeterminate("the resource does not show its tags"))?, call))
    }

    /// A call that is to be refused; the same call on a resource that is there goes through.
    async fn refused(&self, input: &Value, code: &str, status: u16) -> CaseResult {
        let call = self.case_context.call(input).await?;
        let errors = [ExpectedError { code: code.to_owned(), status }];
        // An accepted call needs no control. A listing after it would show what should not be there.
        let twin = if call.answer.is_success() {
            None
        } else {
            Some(self.case_context.ask(self.tag_operations.reader.id, &self.tag_operations.list(self.arn)).await?)
        };
        let control = twin.as_ref().map_or(ControlEvidence::None, |twin| ControlEvidence::Answered {
            answer: &twin.answer,
            role: ControlRole::MustSucceed,
            name: "the resource that is there",
        });
        let expected = Expected::rejected(&errors, Authority::Inferred, Authority::Inferred).at(self.site, "");
        let evaluation = expected.evaluate(&call.answer, &Evidence::default().with_control(control));
        evaluation.result(|departure| self.case_context.fail(&TAGS_REFUSED, &departure, &call))
    }
}

/// How many keys there are, and the first of them by name; none if there are none.
fn named(mut keys: Vec<&String>) -> Option<String> {
    keys.sort_unstable();
    // Few of them: more say no more, and keys are nearly all of the suite's own making.
    let shown: Vec<String> = keys.iter().take(3).map(|key| format!("{key:?}")).collect();
    let more = if keys.len() > shown.len() { ", …" } else { "" };
    (!keys.is_empty()).then(|| format!("{} ({}{more})", keys.len(), shown.join(", ")))
}

/// The tags that an answer shows for a resource: of the whole, or of the member that is the resource.
fn own_tags<'v>(body: &'v Value, arn: &str, member: &str) -> Option<&'v Map<String, Value>> {
    resource_document(body, arn)?.get(member)?.as_object()
}

/// An ARN like this one that names nothing.
fn gone(arn: &str) -> String {
    let start = arn.find('/').map_or(arn.len(), |slash| slash + 1);
    format!("{}NobodyHere00", &arn[..start])
}
