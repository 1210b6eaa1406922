//! The checks of the suite `pagination` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
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
}
