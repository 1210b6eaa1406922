//! The checks of the suite `idempotency` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
    /// The time of the last update moves with each update.
    ///
    /// Right: an `updateTime` that is later after the second of two updates. Wrong: the time of creation after each of them.
    UPDATE_TIME_MOVES = CheckInfo {
        check: "update-time-moves",
        authority: Authority::Documented,
        source: "the documentation of the member (facts: chat-resource-members)",
        grouping: Grouping::Never,
    };

    /// A call that is made again has the same result and no second effect.
    REPEAT = CheckInfo {
        check: "repeat",
        authority: Authority::Inferred,
        source: "facts: request-shape, compositions, recorded-answers",
        grouping: Grouping::Never,
    };
}
