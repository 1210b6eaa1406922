//! The checks of the suite `snapshot` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
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
