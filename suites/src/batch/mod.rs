//! The suite `batch`: every item that goes in comes out once, in the right list, whatever the others are.

mod checks;
mod item;

use std::collections::BTreeMap;

use ivs_client::BoxFuture;
use ivs_generators::ExpectedError;
use ivs_judge::{CheckInfo, Evidence, Expected, Mismatch, Property, Verdict};
use ivs_model::{Authority, SuiteName};
use ivs_pool::{Lease, Resource};
use ivs_runner::{
    Assignment, CaseContext, CaseResult, CaseSpec, OperationUnderTest, Planning, Schedule, SentCall, Suite, SuitePlan,
    confirmed, indeterminate, resource_unavailable,
};
use serde_json::{Value, json};

use crate::arn::{of_another_type, with_part};
use crate::controls::BATCH_ITEMS;
use checks::{BATCH_ACCOUNT, BATCH_ERROR, BATCH_LIMIT, BATCH_SINGLE};
use item::{Item, Layout, Named, absent};

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("batch");

/// How many resources a batch is tried with.
const PRESENT: usize = 4;

/// How a case runs on the made resources, and how many of them it looks at where it runs alone.
struct Run {
    resources: usize,
    run: for<'r> fn(&'r CaseRun<'_>) -> BoxFuture<'r, CaseResult>,
}

/// A case that sends as many resources as there are.
const fn all(run: for<'r> fn(&'r CaseRun<'_>) -> BoxFuture<'r, CaseResult>) -> Run {
    Run { resources: PRESENT, run }
}

/// A case that sends two resources.
const fn two(run: for<'r> fn(&'r CaseRun<'_>) -> BoxFuture<'r, CaseResult>) -> Run {
    Run { resources: 2, run }
}

/// A case that sends one resource, or ARNs that are made from its ARN.
const fn one(run: for<'r> fn(&'r CaseRun<'_>) -> BoxFuture<'r, CaseResult>) -> Run {
    Run { resources: 1, run }
}

/// The cases.
static CASES: &[CaseSpec<Run>] = &[
    CaseSpec::new("mix-1", BATCH_ACCOUNT.check, one(|case| Box::pin(case.account(case.mix(0, 1))))),
    CaseSpec::new("mix-2", BATCH_ACCOUNT.check, one(|case| Box::pin(case.account(case.mix(1, 1))))),
    CaseSpec::new(
        "mix-max",
        BATCH_ACCOUNT.check,
        all(|case| Box::pin(case.account(case.mix(case.made.len(), case.max() - case.made.len())))),
    ),
    CaseSpec::new("all-present", BATCH_ACCOUNT.check, all(|case| Box::pin(case.account(case.mix(case.made.len(), 0))))),
    CaseSpec::new("all-absent", BATCH_ACCOUNT.check, one(|case| Box::pin(case.account(case.mix(0, 3))))),
    CaseSpec::new("error-entries", BATCH_ERROR.check, one(|case| Box::pin(case.error_entries()))),
    CaseSpec::new("repeated", BATCH_ACCOUNT.check, one(|case| Box::pin(case.repeated()))),
    CaseSpec::new(
        "foreign-region",
        BATCH_ACCOUNT.check,
        one(|case| {
            let region = if case.arn().contains(":us-east-1:") { "eu-west-1" } else { "us-east-1" };
            Box::pin(case.odd(with_part(case.arn(), 3, region), Named::Foreign))
        }),
    ),
    CaseSpec::new(
        "foreign-account",
        BATCH_ACCOUNT.check,
        one(|case| Box::pin(case.odd(with_part(case.arn(), 4, "210987654321"), Named::Foreign))),
    ),
    CaseSpec::new(
        "foreign-service",
        BATCH_ACCOUNT.check,
        one(|case| Box::pin(case.odd(with_part(case.arn(), 2, "ivschat"), Named::Malformed))),
    ),
    CaseSpec::new(
        "foreign-type",
        BATCH_ACCOUNT.check,
        one(|case| {
            let of_another_type = of_another_type(case.arn()).unwrap_or_default();
            Box::pin(case.odd(of_another_type, Named::Malformed))
        }),
    ),
    CaseSpec::new(
        "malformed",
        BATCH_ACCOUNT.check,
        one(|case| Box::pin(case.odd("not-an-arn".to_owned(), Named::Malformed))),
    ),
    CaseSpec::new("empty", BATCH_LIMIT.check, one(|case| Box::pin(case.limit(0)))),
    CaseSpec::new("over-max", BATCH_LIMIT.check, one(|case| Box::pin(case.limit(case.max() + 1)))),
    CaseSpec::new("equals-single", BATCH_SINGLE.check, two(|case| Box::pin(case.equals_single()))),
];

/// Several items in one call.
pub(crate) struct Batch;

impl Suite for Batch {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Every item that goes into a batch comes out once, in the right list, whatever the others are."
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let batch = planning.knowledge.batch(planning.operation.id);
        match batch.and_then(|batch| Layout::of(batch, planning.base)) {
            Some(layout) => planning.named(SUITE, CASES.iter().map(|spec| &spec.name), layout),
            None => SuitePlan::none(),
        }
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, layout) in Assignment::with_details::<Layout>(assignments) {
                run(under_test, layout).await;
            }
        })
    }
}

/// Runs all cases on a batch operation.
async fn run(under_test: &OperationUnderTest, layout: &Layout) {
    let selected: Vec<_> = CASES.iter().filter(|spec| under_test.is_selected(SUITE, &spec.name)).collect();
    let needed = selected.iter().map(|spec| spec.run.resources).max().unwrap_or_default();
    let wanted = if under_test.runs_single_cases() { needed } else { PRESENT };
    let mut resources = BatchResources::make(under_test, layout, wanted).await;
    for spec in selected {
        let case = under_test.case_id(SUITE, &spec.name);
        let case_context = CaseContext { under_test, case: &case };
        let result = confirmed!(under_test, judge_held(case_context, layout, spec, &mut resources));
        case_context.conclude(spec.check, &spec.name, result);
    }
    resources.discard(under_test).await;
}

/// The resources that the cases of an operation share.
struct BatchResources {
    /// What was made, or why nothing could be.
    made: Result<Vec<Resource>, Verdict>,
    lease: Option<Lease>,
    wanted: usize,
}

impl BatchResources {
    async fn make(under_test: &OperationUnderTest, layout: &Layout, wanted: usize) -> Self {
        let count = under_test.pool.affordable(&layout.kind, wanted);
        let (made, lease) = match under_test.pool.lease_many(&layout.kind, &vec![json!({}); count]).await {
            Ok((made, lease)) => (Ok(made), Some(lease)),
            Err(error) => (Err(resource_unavailable(&error)), None),
        };
        Self { made, lease, wanted }
    }

    /// Makes them anew if the endpoint has lost one, as after a restart; whether it has.
    async fn make_lost_anew(&mut self, under_test: &OperationUnderTest, layout: &Layout) -> bool {
        for resource in self.made.iter().flatten() {
            if under_test.pool.is_gone(resource).await {
                let lost = std::mem::replace(self, Self { made: Ok(Vec::new()), lease: None, wanted: self.wanted });
                lost.discard(under_test).await;
                *self = Self::make(under_test, layout, self.wanted).await;
                return true;
            }
        }
        false
    }

    async fn discard(self, under_test: &OperationUnderTest) {
        if let Some(lease) = self.lease {
            under_test.pool.discard(lease).await;
        }
    }
}

/// Judges one case. If it fails at an endpoint that has lost the resources, it is judged once more with new ones.
async fn judge_held(
    case_context: CaseContext<'_>,
    layout: &Layout,
    spec: &CaseSpec<Run>,
    resources: &mut BatchResources,
) -> CaseResult {
    let result = judge(case_context, layout, spec, resources).await;
    // A single case is run with as few requests as it takes.
    let may_repeat = matches!(result, Err(Verdict::Fail(_))) && !case_context.under_test.runs_single_cases();
    if !may_repeat || !resources.make_lost_anew(case_context.under_test, layout).await {
        return result;
    }
    judge(case_context, layout, spec, resources).await
}

async fn judge(
    case_context: CaseContext<'_>,
    layout: &Layout,
    spec: &CaseSpec<Run>,
    resources: &BatchResources,
) -> CaseResult {
    let made = resources.made.as_deref().map_err(Clone::clone)?;
    (spec.run.run)(&CaseRun { case_context, layout, made, site: &spec.name }).await
}

/// One case on the made resources.
struct CaseRun<'a> {
    case_context: CaseContext<'a>,
    layout: &'a Layout,
    made: &'a [Resource],
    /// The name of the case, as an identity names it.
    site: &'a str,
}

impl CaseRun<'_> {
    /// The greatest number of items.
    fn max(&self) -> usize {
        usize::try_from(self.layout.batch.max).unwrap_or(usize::MAX)
    }

    /// Present and absent items in an order drawn from the seed.
    fn mix(&self, present: usize, absents: usize) -> Vec<Item> {
        let present = self.made.iter().take(present).map(|it| self.layout.item(&it.arn, Named::Present));
        let absents = (0..absents).map(|number| self.layout.item(&absent(self.arn(), number), Named::Absent));
        let mut items: Vec<Item> = present.chain(absents).collect();
        shuffle(&mut items, self.case_context.under_test.run_context.config.seed);
        items
    }

    /// The ARN that others are made from.
    fn arn(&self) -> &str {
        self.made.first().map_or("", |made| made.arn.as_str())
    }

    /// The call succeeds, and every item is in the list where it belongs.
    async fn account(&self, items: Vec<Item>) -> CaseResult {
        let call = self.case_context.call(&self.layout.input(&items)).await?;
        if let Some(reason) = self.case_context.under_test.is_refused_like_control(&call).await {
            return Err(indeterminate(reason));
        }
        self.judge_account(&items, &call)
    }

    fn judge_account(&self, items: &[Item], call: &SentCall) -> CaseResult {
        let fail = |departure: Mismatch| Err(self.case_context.fail(&BATCH_ACCOUNT, &departure, call));
        let expected = Expected::accepted().at(self.site, "");
        expected.evaluate(&call.answer, &Evidence::implied()).result(|mut departure| {
            departure.expected = "success, with an error for each item that does not exist".to_owned();
            self.case_context.fail(&BATCH_ACCOUNT, &departure, call)
        })?;
        let answer = call.json();
        let successes = self.layout.successes(&answer);
        let errors = self.layout.errors(&answer);
        let mut asked: BTreeMap<String, (Named, usize)> = BTreeMap::new();
        for item in items {
            asked.entry(self.layout.key(item)).or_insert((item.named, 0)).1 += 1;
        }
        // In the order of the items: ARNs sort in another order in each run, and the first fault is the finding.
        for key in items.iter().map(|item| self.layout.key(item)) {
            let key = &key;
            let (named, times) = &asked[key];
            let failed = errors.iter().filter(|(error, _)| error == key).count();
            // What is not among the failures of an operation without successes has succeeded.
            let succeeded = match &successes {
                Some(successes) => successes.iter().filter(|success| *success == key).count(),
                None => usize::from(failed == 0),
            };
            if let Some(departure) = misplaced(*named, *times, succeeded, failed) {
                let weak = successes.is_none() && *named == Named::Absent;
                return fail(if weak { departure.because(Authority::Inferred) } else { departure });
            }
        }
        let given = successes.iter().flatten().chain(errors.iter().map(|(key, _)| key));
        if given.into_iter().any(|key| !asked.contains_key(key)) {
            let departure = Mismatch::new("unasked", "the items that were asked for", "an entry for another item");
            return fail(departure.because(Authority::Inferred));
        }
        if successes.is_none() && errors.is_empty() && items.iter().all(|item| item.named == Named::Present) {
            // An empty answer says so little that the control must say the rest.
            return if self.case_context.under_test.has_shown(BATCH_ITEMS) {
                Ok(())
            } else {
                Err(indeterminate("no missing item was refused"))
            };
        }
        if items.iter().any(|item| item.named != Named::Present) && !errors.is_empty() {
            self.case_context.under_test.note_shown(Property::Resources);
        }
        Ok(())
    }

    /// Each error entry has a code.
    async fn error_entries(&self) -> CaseResult {
        let items = self.mix(1, 2);
        let call = self.case_context.call(&self.layout.input(&items)).await?;
        let answer = self.case_context.body(&call)?;
        let errors = self.layout.errors(&answer);
        if errors.is_empty() {
            return Err(indeterminate("the answer lists no errors"));
        }
        let has_code = |entry: &Value| entry.get("code").and_then(Value::as_str).is_some_and(|code| !code.is_empty());
        if errors.iter().all(|(_, entry)| has_code(entry)) {
            return Ok(());
        }
        let departure = Mismatch::new(self.site, "a code in every error", "an error without a code")
            .at(format!("/{}", self.layout.batch.errors));
        Err(self.case_context.fail(&BATCH_ERROR, &departure, &call))
    }

    /// Once, twice or a refusal: nothing says which (fact `batch-duplicates`).
    async fn repeated(&self) -> CaseResult {
        let mut items = self.mix(1, 1);
        items.extend(items.clone());
        let call = self.case_context.call(&self.layout.input(&items)).await?;
        if is_validation(&call) {
            return Err(indeterminate("repeated items are refused, which nothing forbids"));
        }
        self.judge_account(&items, &call)
    }

    /// An odd item beside a good one: an error of its own, or of the call where it breaks the model or names another
    /// account; and the good one is not spoilt.
    async fn odd(&self, arn: String, named: Named) -> CaseResult {
        let items = [self.layout.item(self.arn(), Named::Present), self.layout.item(&arn, named)];
        let input = self.layout.input(&items);
        let call = match named {
            Named::Malformed => self.case_context.call_broken(&input).await?,
            _ => self.case_context.call(&input).await?,
        };
        if call.answer.is_success() {
            return self.judge_account(&items, &call);
        }
        let mut errors = vec![ExpectedError { code: "ValidationException".into(), status: 400 }];
        if named != Named::Malformed {
            errors.push(ExpectedError { code: "AccessDeniedException".into(), status: 403 });
        }
        let expected = Expected::rejected(&errors, Authority::Inferred, Authority::Inferred).at(self.site, "");
        let under_test = self.case_context.under_test;
        let is_well_formed = named != Named::Malformed;
        let breaks = if is_well_formed { Property::Resources } else { Property::Values };
        let evaluation =
            under_test.evaluate_rejection(&expected, &call, is_well_formed, &under_test.base, breaks).await;
        evaluation.result(|mut departure| {
            departure.expected = "an error for the item, or ValidationException".to_owned();
            self.case_context.fail(&BATCH_ACCOUNT, &departure, &call)
        })
    }

    /// A number of items that the model does not allow.
    async fn limit(&self, count: usize) -> CaseResult {
        let call = self.case_context.call_broken(&self.layout.input(&self.mix(0, count))).await?;
        let errors = [ExpectedError { code: "ValidationException".into(), status: 400 }];
        let pointer = format!("/{}", self.layout.batch.items);
        let expected = Expected::rejected(&errors, Authority::Model, Authority::Model).at(self.site, &pointer);
        let under_test = self.case_context.under_test;
        let evaluation =
            under_test.evaluate_rejection(&expected, &call, false, &under_test.base, Property::Values).await;
        evaluation.result(|departure| self.case_context.fail(&BATCH_LIMIT, &departure, &call))
    }

    /// The success of an item equals the answer of the operation on one item; an absent one fails in both.
    async fn equals_single(&self) -> CaseResult {
        let batch = self.layout.batch;
        let items = self.mix(self.made.len().min(2), 1);
        let call = self.case_context.call(&self.layout.input(&items)).await?;
        let answer = self.case_context.body(&call)?;
        for item in &items {
            let names = batch.single_keys.iter().zip(&batch.item_keys);
            let members =
                names.filter_map(|(member, pointer)| Some((member.clone(), item.value.pointer(pointer)?.clone())));
            let input: Value = members.collect();
            let single =
                self.case_context.ask(self.case_context.under_test.operation.id.sibling(&batch.single), &input).await?;
            let listed = batch.successes.as_deref().and_then(|list| {
                let entries = answer.get(list)?.as_array()?;
                entries.iter().find(|entry| key_of(entry, &batch.success_keys) == self.layout.key(item))
            });
            let refused = self.layout.errors(&answer).iter().any(|(key, _)| *key == self.layout.key(item));
            if single.answer.is_absent() || single.answer.is_inconclusive() {
                return Err(indeterminate(format!("{} got {}", batch.single, single.answer)));
            }
            let fail = |expected: String, actual: &str| {
                let departure = Mismatch::new(self.site, expected, actual);
                Err(self.case_context.fail(&BATCH_SINGLE, &departure, &call))
            };
            if single.answer.is_success() == refused {
                let actual = if refused { "an error for the item" } else { "no error for the item" };
                return fail(format!("as {}: {}", batch.single, single.answer), actual);
            }
            let Some(member) = batch.single_result.as_deref().filter(|_| single.answer.is_success()) else { continue };
            let body = single.json();
            if let (Some(listed), Some(own)) = (listed, body.get(member))
                && let Some(pointer) = difference(listed, own)
            {
                return fail(
                    format!("the item as {} shows it", batch.single),
                    &format!("another value at `{pointer}`"),
                );
            }
        }
        Ok(())
    }
}

fn key_of(entry: &Value, pointers: &[String]) -> String {
    let values: Vec<Option<&Value>> = pointers.iter().map(|pointer| entry.pointer(pointer)).collect();
    json!(values).to_string()
}

/// The first place where two values differ, by member names; nothing of the values, which may be secret.
fn difference(one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.keys().chain(other.keys()).find_map(|key| match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => difference(one, other).map(|rest| format!("/{key}{rest}")),
                _ => Some(format!("/{key}")),
            })
        }
        _ => (one != other).then(String::new),
    }
}

/// What is wrong with the place of an item that was asked for `times` times, if anything. The site tells what is wrong, not
/// in which mix it showed: one fault is one finding.
fn misplaced(named: Named, times: usize, succeeded: usize, failed: usize) -> Option<Mismatch> {
    let strong = |site: &str, expected: &str, actual: &str| Some(Mismatch::new(site, expected, actual));
    let weak = |site: &str, expected: &str, actual: &str| {
        Some(Mismatch::new(site, expected, actual).because(Authority::Inferred))
    };
    const PRESENT: &str = "an item that is there among the successes";
    const ABSENT: &str = "an error entry for the missing item";
    match (named, succeeded, failed) {
        (Named::Present, 0, 0) => strong("present-lost", PRESENT, "in neither list"),
        (Named::Present, 0, _) => strong("present-refused", PRESENT, "among the errors"),
        (Named::Absent, 0, 0) => strong("absent-lost", ABSENT, "in neither list"),
        (Named::Absent, 1.., 0) => strong("absent-taken", ABSENT, "among the successes"),
        (Named::Foreign, 0, 0) => {
            weak("foreign-lost", "an item of another place in one of the lists", "in neither list")
        }
        (Named::Malformed, 0, 0) => weak("malformed-lost", "a malformed item in one of the lists", "in neither list"),
        (Named::Malformed, 1.., 0) => {
            weak("malformed-taken", "a malformed item among the errors", "among the successes")
        }
        (_, 1.., 1..) => weak("in-both", "each item in one of the lists", "in both"),
        _ if succeeded.max(failed) > times => weak("more-than-once", "each item once", "more than once"),
        _ => None,
    }
}

fn is_validation(call: &SentCall) -> bool {
    let errors = [ExpectedError { code: "ValidationException".into(), status: 400 }];
    call.answer.is_one_of(&errors)
}

/// An order drawn from the seed (Fisher and Yates over splitmix64).
fn shuffle(items: &mut [Item], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let other = usize::try_from(mixed % (last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_belongs_in_one_list() {
        let fits = |named, succeeded, failed| misplaced(named, 1, succeeded, failed).is_none();
        assert!(fits(Named::Present, 1, 0) && fits(Named::Absent, 0, 1));
        for (named, succeeded, failed) in [
            (Named::Present, 0, 0),
            (Named::Present, 0, 1),
            (Named::Present, 1, 1),
            (Named::Present, 2, 0),
            (Named::Absent, 0, 0),
            (Named::Absent, 1, 0),
            (Named::Foreign, 0, 0),
            (Named::Malformed, 1, 0),
        ] {
            assert!(!fits(named, succeeded, failed), "{named:?} {succeeded} {failed}");
        }
        assert!(misplaced(Named::Present, 2, 2, 0).is_none(), "asked for twice");
    }

    #[test]
    fn the_same_seed_draws_the_same_order() {
        let items = |seed| {
            let mut items: Vec<Item> = (0..20).map(|n| Item { value: json!(n), named: Named::Absent }).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(items(7), items(7));
        assert_ne!(items(7), items(8));
    }

    #[test]
    fn a_difference_is_named_by_its_place() {
        let one = json!({"arn": "a", "srt": {"passphrase": "x"}});
        let other = json!({"arn": "a", "srt": {"passphrase": "y"}});
        assert_eq!(difference(&one, &other).as_deref(), Some("/srt/passphrase"));
        assert_eq!(difference(&one, &one), None);
    }
}
