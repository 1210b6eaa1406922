//! The checks of the suite `concurrency` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
    /// Of writes at the same time none is lost.
    AT_ONCE = CheckInfo {
        check: "writes-at-once",
        authority: Authority::Observed,
        source: "facts: tags, T01; what a call changes when it comes alone",
        grouping: Grouping::Never,
    };
}
