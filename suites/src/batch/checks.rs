//! The checks of the suite `batch` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
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
}
