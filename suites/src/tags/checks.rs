//! The checks of the suite `tags` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
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
}
