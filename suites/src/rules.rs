//! The checks of the suites by name: what baselines, findings and the conformance trials call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::{SuiteName, lifecycle};

/// A declared error comes where its cause is given.
pub(crate) const DECLARED_ERROR: CheckInfo = CheckInfo {
    check: "declared-error",
    authority: Authority::Model,
    source: "the declared errors of the service model",
    grouping: Grouping::Never,
};

/// Bytes that restJson1 forbids are rejected.
pub(crate) const REJECTS_MALFORMED: CheckInfo = CheckInfo {
    check: "rejects-malformed",
    authority: Authority::Protocol,
    source: "Smithy restJson1 malformed-request tests",
    grouping: Grouping::SitesAndOperations,
};

/// Other ways to write a valid request are taken.
pub(crate) const ACCEPTS_EQUIVALENT: CheckInfo = CheckInfo {
    check: "accepts-equivalent",
    authority: Authority::Protocol,
    source: "RFC 8259, RFC 9110, Smithy restJson1",
    grouping: Grouping::SitesAndOperations,
};

/// A request that is not rightly signed is rejected.
pub(crate) const VERIFIES_SIGNATURE: CheckInfo = CheckInfo {
    check: "verifies-signature",
    authority: Authority::Protocol,
    source: "SigV4; facts section 1.8",
    grouping: Grouping::SitesAndOperations,
};

/// The refusal of a request that is not rightly signed has a code that AWS uses.
pub(crate) const SIGNATURE_ERROR_CODE: CheckInfo = CheckInfo {
    check: "signature-error-code",
    authority: Authority::Inferred,
    source: "facts section 1.8",
    grouping: Grouping::SitesAndOperations,
};

/// A rightly signed request is not refused for its signature.
pub(crate) const TAKES_SIGNATURE: CheckInfo = CheckInfo {
    check: "takes-signature",
    authority: Authority::Protocol,
    source: "SigV4; facts section 1.8",
    grouping: Grouping::SitesAndOperations,
};

/// A page holds no more items than were asked for, or than are documented where nothing was asked for.
pub(crate) const PAGE_SIZE: CheckInfo = CheckInfo {
    check: "page-size",
    authority: Authority::Documented,
    source: "the documentation of the page size; facts section 6",
    grouping: Grouping::Never,
};

/// A walk through all pages shows every item once, and ends.
pub(crate) const WALK: CheckInfo = CheckInfo {
    check: "walk-is-whole",
    authority: Authority::Model,
    source: "the pagination of the service model; facts section 10, G01",
    grouping: Grouping::Never,
};

/// The empty token asks for the first page.
pub(crate) const EMPTY_TOKEN: CheckInfo = CheckInfo {
    check: "empty-token",
    authority: Authority::Documented,
    source: "facts section 6 and G02: the AWS samples pass an empty token",
    grouping: Grouping::Never,
};

/// A token that is no token of this listing is rejected.
pub(crate) const BAD_TOKEN: CheckInfo = CheckInfo {
    check: "bad-token",
    authority: Authority::Inferred,
    source: "facts section 6 and G03: ValidationException is declared on every list",
    grouping: Grouping::SitesAndOperations,
};

/// A token that was good stays so, or is refused by name: when the page size changes, or its item is gone.
pub(crate) const STALE_TOKEN: CheckInfo = CheckInfo {
    check: "stale-token",
    authority: Authority::Inferred,
    source: "facts section 6: the life of a token is unknown",
    grouping: Grouping::Never,
};

/// What exists throughout a walk is listed once, whatever others write meanwhile.
pub(crate) const STEADY_WALK: CheckInfo = CheckInfo {
    check: "walk-while-writing",
    authority: Authority::Inferred,
    source: "facts section 6: consistency under writes is unknown",
    grouping: Grouping::Never,
};

/// A filter lets through what matches, and nothing else.
pub(crate) const FILTER: CheckInfo = CheckInfo {
    check: "filter-is-exact",
    authority: Authority::Documented,
    source: "the documentation of the filter",
    grouping: Grouping::Never,
};

/// Filters that exclude each other are not taken together.
pub(crate) const EXCLUSIVE_FILTERS: CheckInfo = CheckInfo {
    check: "exclusive-filters",
    authority: Authority::Documented,
    source: "facts section 3",
    grouping: Grouping::SitesAndOperations,
};

/// A list has the order that is documented.
pub(crate) const ORDER: CheckInfo = CheckInfo {
    check: "list-order",
    authority: Authority::Documented,
    source: "facts section 6 and G05",
    grouping: Grouping::Never,
};

/// Every item of a batch ends in one of its lists.
pub(crate) const BATCH_ACCOUNT: CheckInfo = CheckInfo {
    check: "batch-account",
    authority: Authority::Documented,
    source: "facts section 5, B01, B02",
    grouping: Grouping::Never,
};

/// An error of a batch says which item it is of, and why.
pub(crate) const BATCH_ERROR: CheckInfo = CheckInfo {
    check: "batch-error",
    authority: Authority::Documented,
    source: "facts section 5, B01, B04",
    grouping: Grouping::Never,
};

/// A batch takes as many items as the model says, and no other number.
pub(crate) const BATCH_LIMIT: CheckInfo = CheckInfo {
    check: "batch-limit",
    authority: Authority::Model,
    source: "the bounds of the list in the service model; facts section 10, V05",
    grouping: Grouping::Never,
};

/// A batch says of an item what the operation on one item says.
pub(crate) const BATCH_SINGLE: CheckInfo = CheckInfo {
    check: "batch-equals-single",
    authority: Authority::Documented,
    source: "facts section 5",
    grouping: Grouping::Never,
};

/// Tags are added, overwritten and removed one by one.
pub(crate) const TAGS_CHANGE: CheckInfo = CheckInfo {
    check: "tags-change",
    authority: Authority::Observed,
    source: "facts section 3.9, T01",
    grouping: Grouping::Never,
};

/// Changing the tags of one resource leaves those of the others alone.
pub(crate) const TAGS_APART: CheckInfo = CheckInfo {
    check: "tags-apart",
    authority: Authority::Observed,
    source: "facts section 3.9, C04, T01",
    grouping: Grouping::Never,
};

/// A resource shows the tags that its tag list has.
pub(crate) const TAGS_AGREE: CheckInfo = CheckInfo {
    check: "tags-agree",
    authority: Authority::Observed,
    source: "facts section 3.9, T01",
    grouping: Grouping::Never,
};

/// Tags beyond the limits, or on what is not there, are refused.
pub(crate) const TAGS_REFUSED: CheckInfo = CheckInfo {
    check: "tags-refused",
    authority: Authority::Inferred,
    source: "facts section 3.9, T02, T03",
    grouping: Grouping::Never,
};

/// A call that is made again has the same result and no second effect.
pub(crate) const REPEAT: CheckInfo = CheckInfo {
    check: "repeat",
    authority: Authority::Inferred,
    source: "facts sections 1.2, 3.11 and 7",
    grouping: Grouping::Never,
};

/// A canonical call has the answer that the snapshot has.
pub(crate) const SNAPSHOT_ANSWER: CheckInfo = CheckInfo {
    check: "snapshot-answer",
    authority: Authority::Inferred,
    source: "snapshots/exchanges",
    grouping: Grouping::Never,
};

/// The answer to a canonical call shows what the snapshot shows, as far as that settles it.
pub(crate) const SNAPSHOT_BODY: CheckInfo = CheckInfo {
    check: "snapshot-body",
    authority: Authority::Inferred,
    source: "snapshots/exchanges",
    grouping: Grouping::Never,
};

/// The rules above.
const ALL: &[CheckInfo] = &[
    DECLARED_ERROR,
    REJECTS_MALFORMED,
    ACCEPTS_EQUIVALENT,
    VERIFIES_SIGNATURE,
    SIGNATURE_ERROR_CODE,
    TAKES_SIGNATURE,
    PAGE_SIZE,
    WALK,
    EMPTY_TOKEN,
    BAD_TOKEN,
    STALE_TOKEN,
    STEADY_WALK,
    FILTER,
    EXCLUSIVE_FILTERS,
    ORDER,
    BATCH_ACCOUNT,
    BATCH_ERROR,
    BATCH_LIMIT,
    BATCH_SINGLE,
    TAGS_CHANGE,
    TAGS_APART,
    TAGS_AGREE,
    TAGS_REFUSED,
    REPEAT,
    SNAPSHOT_ANSWER,
    SNAPSHOT_BODY,
];

/// The name of every check: the universal ones, what a Case owes, and those of the suites.
pub fn checks() -> impl Iterator<Item = &'static str> {
    ivs_judge::rules().chain(ALL).chain(lifecycle::RULES).map(|rule| rule.check)
}

/// The checks whose findings may be facts of the endpoint as a whole, each with the suite that puts it to the test:
/// they have a conformance trial of their own, and do not fail those of the operations.
#[must_use]
pub fn endpoint_checks() -> Vec<(&'static str, SuiteName)> {
    let own = [
        (REJECTS_MALFORMED, SuiteName::Protocol),
        (ACCEPTS_EQUIVALENT, SuiteName::Protocol),
        (VERIFIES_SIGNATURE, SuiteName::Auth),
        (SIGNATURE_ERROR_CODE, SuiteName::Auth),
        (TAKES_SIGNATURE, SuiteName::Auth),
    ];
    let universal = ivs_judge::checks().iter().map(|check| (*check.rule(), SuiteName::Validation));
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
    fn every_rule_is_listed_once() {
        let stated = |text: &str| text.matches("\n    check: \"").count();
        assert_eq!(ALL.len(), stated(include_str!("rules.rs")));
        assert_eq!(lifecycle::RULES.len(), stated(include_str!("lifecycle/rules.rs")));
        let names: BTreeSet<&str> = checks().collect();
        assert_eq!(names.len(), checks().count());
    }
}
