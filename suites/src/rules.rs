//! The checks of the suites by name: what baselines, findings and the conformance trials call them. Checks of one suite may
//! stand in its folder ([`Suite::checks`](ivs_runner::Suite::checks)).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ivs_judge::{CheckInfo, CheckText, Grouping, check_texts};
use ivs_model::{Authority, SuiteName};

use crate::SUITES;

/// States the rules and the list of all of them in one, so that no rule is missing from the list.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $rule:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: CheckInfo = $rule;)*

        /// All rules of this file.
        const ALL: &[CheckInfo] = &[$($name),*];
    };
}

rules! {
    /// A declared error comes where its cause is given.
    DECLARED_ERROR = CheckInfo {
        check: "declared-error",
        authority: Authority::Model,
        source: "the declared errors of the service model",
        grouping: Grouping::Never,
    };

    /// An ARN of another region, account, service or type does not reach the resource that has its id.
    ///
    /// Right: any refusal. Wrong: the resource of the caller's own region or account, read, changed or deleted.
    IDENTITY_IN_FULL = CheckInfo {
        check: "identity-in-full",
        authority: Authority::Inferred,
        source: "an ARN names its resource by service, region, account, type and id together (facts: arn-region-account, foreign-arns)",
        grouping: Grouping::Operations,
    };

    /// The time of the last update moves with each update.
    ///
    /// Right: an `updateTime` that is later after the second of two updates. Wrong: the time of creation after each of them.
    UPDATE_TIME_MOVES = CheckInfo {
        check: "update-time-moves",
        authority: Authority::Documented,
        source: "the documentation of the member (facts: chat-resource-members)",
        grouping: Grouping::Never,
    };

    /// Bytes that restJson1 forbids are rejected.
    REJECTS_MALFORMED = CheckInfo {
        check: "rejects-malformed",
        authority: Authority::Protocol,
        source: "Smithy restJson1 malformed-request tests",
        grouping: Grouping::SitesAndOperations,
    };

    /// Other ways to write a valid request are taken.
    ACCEPTS_EQUIVALENT = CheckInfo {
        check: "accepts-equivalent",
        authority: Authority::Protocol,
        source: "RFC 8259, RFC 9110, Smithy restJson1",
        grouping: Grouping::SitesAndOperations,
    };

    /// A request that is not rightly signed is rejected.
    VERIFIES_SIGNATURE = CheckInfo {
        check: "verifies-signature",
        authority: Authority::Protocol,
        source: "SigV4; facts: auth-failures",
        grouping: Grouping::SitesAndOperations,
    };

    /// The refusal of a request that is not rightly signed has a code that AWS uses.
    SIGNATURE_ERROR_CODE = CheckInfo {
        check: "signature-error-code",
        authority: Authority::Inferred,
        source: "facts: auth-failures",
        grouping: Grouping::SitesAndOperations,
    };

    /// A rightly signed request is not refused for its signature.
    TAKES_SIGNATURE = CheckInfo {
        check: "takes-signature",
        authority: Authority::Protocol,
        source: "SigV4; facts: auth-failures",
        grouping: Grouping::SitesAndOperations,
    };

    /// A page holds no more items than were asked for, or than are documented where nothing was asked for.
    PAGE_SIZE = CheckInfo {
        check: "page-size",
        authority: Authority::Documented,
        source: "the documentation of the page size; facts: page-size-defaults",
        grouping: Grouping::Never,
    };

    /// A walk through all pages shows every item once, and ends.
    WALK = CheckInfo {
        check: "walk-is-whole",
        authority: Authority::Model,
        source: "the pagination of the service model; facts: G01",
        grouping: Grouping::Never,
    };

    /// The empty token asks for the first page.
    EMPTY_TOKEN = CheckInfo {
        check: "empty-token",
        authority: Authority::Documented,
        source: "facts: page-empty-token, G02; the AWS samples pass an empty token",
        grouping: Grouping::Never,
    };

    /// A token that is no token of this listing is rejected.
    BAD_TOKEN = CheckInfo {
        check: "bad-token",
        authority: Authority::Inferred,
        source: "facts: page-bad-token, G03; ValidationException is declared on every list",
        grouping: Grouping::SitesAndOperations,
    };

    /// A token that was good stays so, or is refused by name: when the page size changes, or its item is gone.
    STALE_TOKEN = CheckInfo {
        check: "stale-token",
        authority: Authority::Inferred,
        source: "facts: page-token-life; the life of a token is unknown",
        grouping: Grouping::Never,
    };

    /// What exists throughout a walk is listed once, whatever others write meanwhile.
    STEADY_WALK = CheckInfo {
        check: "walk-while-writing",
        authority: Authority::Inferred,
        source: "facts: page-consistency; consistency under writes is unknown",
        grouping: Grouping::Never,
    };

    /// A filter lets through what matches, and nothing else.
    FILTER = CheckInfo {
        check: "filter-is-exact",
        authority: Authority::Documented,
        source: "the documentation of the filter",
        grouping: Grouping::Never,
    };

    /// Filters that exclude each other are not taken together.
    EXCLUSIVE_FILTERS = CheckInfo {
        check: "exclusive-filters",
        authority: Authority::Documented,
        source: "facts: resource-lifecycles",
        grouping: Grouping::SitesAndOperations,
    };

    /// A list has the order that is documented.
    ORDER = CheckInfo {
        check: "list-order",
        authority: Authority::Documented,
        source: "facts: page-order, G05",
        grouping: Grouping::Never,
    };

    /// Every item of a batch ends in one of its lists.
    BATCH_ACCOUNT = CheckInfo {
        check: "batch-account",
        authority: Authority::Documented,
        source: "facts: batches, B01, B02",
        grouping: Grouping::Never,
    };

    /// An error of a batch says which item it is of, and why.
    BATCH_ERROR = CheckInfo {
        check: "batch-error",
        authority: Authority::Documented,
        source: "facts: batches, B01, B04",
        grouping: Grouping::Never,
    };

    /// A batch takes as many items as the model says, and no other number.
    BATCH_LIMIT = CheckInfo {
        check: "batch-limit",
        authority: Authority::Model,
        source: "the bounds of the list in the service model; facts: V05",
        grouping: Grouping::Never,
    };

    /// A batch says of an item what the operation on one item says.
    BATCH_SINGLE = CheckInfo {
        check: "batch-equals-single",
        authority: Authority::Documented,
        source: "facts: batches",
        grouping: Grouping::Never,
    };

    /// Tags are added, overwritten and removed one by one.
    TAGS_CHANGE = CheckInfo {
        check: "tags-change",
        authority: Authority::Observed,
        source: "facts: tags, T01",
        grouping: Grouping::Never,
    };

    /// Changing the tags of one resource leaves those of the others alone.
    TAGS_APART = CheckInfo {
        check: "tags-apart",
        authority: Authority::Observed,
        source: "facts: tags, C04, T01",
        grouping: Grouping::Never,
    };

    /// A resource shows the tags that its tag list has.
    TAGS_AGREE = CheckInfo {
        check: "tags-agree",
        authority: Authority::Observed,
        source: "facts: tags, T01",
        grouping: Grouping::Never,
    };

    /// Tags beyond the limits, or on what is not there, are refused.
    TAGS_REFUSED = CheckInfo {
        check: "tags-refused",
        authority: Authority::Inferred,
        source: "facts: tags, T02, T03",
        grouping: Grouping::Never,
    };

    /// A call that is made again has the same result and no second effect.
    REPEAT = CheckInfo {
        check: "repeat",
        authority: Authority::Inferred,
        source: "facts: request-shape, compositions, recorded-answers",
        grouping: Grouping::Never,
    };

    /// Of writes at the same time none is lost.
    AT_ONCE = CheckInfo {
        check: "writes-at-once",
        authority: Authority::Observed,
        source: "facts: tags, T01; what a call changes when it comes alone",
        grouping: Grouping::Never,
    };

    /// A canonical call has the answer that the snapshot has.
    SNAPSHOT_ANSWER = CheckInfo {
        check: "snapshot-answer",
        authority: Authority::Inferred,
        source: "snapshots/exchanges",
        grouping: Grouping::Never,
    };

    /// The answer to a canonical call shows what the snapshot shows, as far as that settles it.
    SNAPSHOT_BODY = CheckInfo {
        check: "snapshot-body",
        authority: Authority::Inferred,
        source: "snapshots/exchanges",
        grouping: Grouping::Never,
    };
}

/// The name of every check: the universal ones, what a Case owes, and those of the suites.
pub fn checks() -> impl Iterator<Item = &'static str> {
    all_rules().map(|rule| rule.check)
}

/// Every check with its authority and source, in the same order.
pub fn all_rules() -> impl Iterator<Item = &'static CheckInfo> {
    ivs_judge::rules().chain(ALL).chain(SUITES.iter().flat_map(|suite| suite.checks()))
}

/// Returns every check that findings may name, with the text that explains it: [`all_rules`] and the comparison of two
/// endpoints.
pub fn explained_checks() -> impl Iterator<Item = (&'static CheckInfo, &'static CheckText)> {
    static OWN: LazyLock<BTreeMap<String, CheckText>> =
        LazyLock::new(|| CheckText::read(include_str!("checks.toml")).expect("the tests read this file"));
    all_rules().chain([&ivs_runner::DIFFERS]).map(|info| {
        let text = check_texts().get(info.check).or_else(|| OWN.get(info.check));
        (info, text.expect("the tests find a text for every check"))
    })
}

/// The checks whose findings may be facts of the endpoint as a whole, each with the suite that puts it to the test:
/// they have a conformance trial of their own, and do not fail those of the operations.
#[must_use]
pub fn endpoint_checks() -> Vec<(&'static str, SuiteName)> {
    const AUTH: SuiteName = SuiteName::from_static("auth");
    const ERRORS: SuiteName = SuiteName::from_static("errors");
    const PROTOCOL: SuiteName = SuiteName::from_static("protocol");
    const VALIDATION: SuiteName = SuiteName::from_static("validation");
    let own = [
        (IDENTITY_IN_FULL, ERRORS),
        (REJECTS_MALFORMED, PROTOCOL),
        (ACCEPTS_EQUIVALENT, PROTOCOL),
        (VERIFIES_SIGNATURE, AUTH),
        (SIGNATURE_ERROR_CODE, AUTH),
        (TAKES_SIGNATURE, AUTH),
    ];
    let universal = ivs_judge::checks().iter().map(|check| (*check.rule(), VALIDATION));
    own.into_iter()
        .chain(universal)
        .filter(|(rule, _)| rule.grouping != Grouping::Never)
        .map(|(rule, suite)| (rule.check, suite))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = checks().collect();
        assert_eq!(names.len(), checks().count());
    }

    #[test]
    fn every_check_has_all_parts_of_its_text_and_every_text_a_check() {
        let mut texts: BTreeSet<String> = CheckText::read(include_str!("checks.toml")).unwrap().into_keys().collect();
        texts.extend(check_texts().keys().cloned());
        for (info, text) in explained_checks() {
            assert!(texts.remove(info.check), "{}", info.check);
            let exchanges = [&text.right, &text.wrong];
            assert!(text.demand.ends_with('.') || text.demand.ends_with(')'), "{}", info.check);
            assert!(exchanges.iter().all(|it| it.lines().any(|line| line.starts_with("< "))), "{}", info.check);
            assert_ne!(text.right, text.wrong, "{}", info.check);
            assert!(!text.causes.is_empty() && text.causes.iter().all(|it| it.ends_with('.')), "{}", info.check);
            assert!(!info.source.is_empty(), "{}", info.check);
        }
        assert_eq!(texts, BTreeSet::new(), "texts of no check");
    }
}
