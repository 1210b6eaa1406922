//! The suite `concurrency`: writes at the same time to one resource, and creations at the same time.

mod checks;
mod creation;
mod tagging;
mod update;

use ivs_catalog::TagRole;
use ivs_client::BoxFuture;
use ivs_judge::CheckInfo;
use ivs_model::SuiteName;
use ivs_model::knowledge::Taggable;
use ivs_runner::{
    Assignment, CaseContext, CaseResult, CaseSpec, OperationUnderTest, Planning, Schedule, Suite, SuitePlan,
};

use checks::AT_ONCE;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("concurrency");

/// What is done at the same time.
enum AtOnce {
    /// Tags are added to a resource of the kind.
    Tags(&'static Taggable),
    /// Tags are removed from one.
    Untags(&'static Taggable),
    /// Two members of a resource are updated.
    Updates(Box<update::Members>),
    /// Resources of this type are created.
    Creations(String),
}

/// Writes at the same time.
pub(crate) struct Concurrency;

impl Suite for Concurrency {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Of writes at the same time to one resource none is lost; creations at the same time make a resource each."
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let service = &planning.model.service.id;
        let taggables = planning.knowledge.taggables.iter().filter(|taggable| taggable.service == *service);
        let cases: Vec<CaseSpec<AtOnce>> = match planning.facts().tag_role {
            Some(TagRole::Tagger) => {
                let named = |it: &'static Taggable| (format!("adds-{}", it.resource), AtOnce::Tags(it));
                taggables.map(named).map(case).collect()
            }
            Some(TagRole::Untagger) => {
                let named = |it: &'static Taggable| (format!("removes-{}", it.resource), AtOnce::Untags(it));
                taggables.map(named).map(case).collect()
            }
            Some(TagRole::Reader) => Vec::new(),
            Some(TagRole::Creator) | None => {
                let updates =
                    update::members(planning).map(|members| ("updates".to_owned(), AtOnce::Updates(Box::new(members))));
                let creations =
                    creation::created(planning).map(|kind| ("creations".to_owned(), AtOnce::Creations(kind)));
                updates.into_iter().chain(creations).map(case).collect()
            }
        };
        if cases.is_empty() { SuitePlan::none() } else { planning.table(SUITE, cases) }
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, cases) in Assignment::with_details::<Vec<CaseSpec<AtOnce>>>(assignments)
            {
                run(under_test, cases).await;
            }
        })
    }
}

fn case((name, at_once): (String, AtOnce)) -> CaseSpec<AtOnce> {
    CaseSpec::computed(name, AT_ONCE.check, at_once)
}

/// Case after case, each with a resource of its own.
async fn run(under_test: &OperationUnderTest, cases: &[CaseSpec<AtOnce>]) {
    let selected = cases.iter().filter(|spec| under_test.is_selected(SUITE, &spec.name));
    for spec in selected.collect::<Vec<_>>() {
        let id = under_test.case_id(SUITE, &spec.name);
        let case_context = CaseContext { under_test, case: &id };
        let result: CaseResult = match &spec.run {
            AtOnce::Tags(taggable) => tagging::judge_adding(case_context, taggable, &spec.name).await,
            AtOnce::Untags(taggable) => tagging::judge_removing(case_context, taggable, &spec.name).await,
            AtOnce::Updates(members) => update::judge(case_context, members).await,
            AtOnce::Creations(kind) => creation::judge(case_context, kind).await,
        };
        case_context.conclude(spec.check, &spec.name, result);
    }
}
