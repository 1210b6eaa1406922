//! The checks of the suite `lifecycle` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

/// What the sequences of the suite `lifecycle` are counted by; their findings have the names below.
pub(super) const LIFE: &str = "lifecycle";

checks! {
    /// What was made is there.
    IS_THERE = CheckInfo {
        check: "made-is-there",
        authority: Authority::Documented,
        source: "facts: C01; what a creating call answers can be looked at",
        grouping: Grouping::Never,
    };

    /// What a creating or updating call writes is what is read afterwards.
    READS_BACK = CheckInfo {
        check: "write-reads-back",
        authority: Authority::Documented,
        source: "the documentation of the members; facts: C01, C09",
        grouping: Grouping::Never,
    };

    /// What a creating call leaves out has the documented value.
    DEFAULTS = CheckInfo {
        check: "default-reads-back",
        authority: Authority::Documented,
        source: "the documentation of the members; facts: C02",
        grouping: Grouping::Never,
    };

    /// An update changes what it holds, and nothing else.
    UPDATE_KEEPS = CheckInfo {
        check: "update-keeps-others",
        authority: Authority::Inferred,
        source: "facts: C09; for other kinds too",
        grouping: Grouping::Never,
    };

    /// A resource changes when it is written to, and not otherwise.
    STAYS = CheckInfo {
        check: "stays-as-written",
        authority: Authority::Documented,
        source: "the documentation of the members",
        grouping: Grouping::Never,
    };

    /// A reference that is set is what is read afterwards.
    ATTACHES = CheckInfo {
        check: "attach-reads-back",
        authority: Authority::Documented,
        source: "the documentation of the reference; facts: C09",
        grouping: Grouping::Never,
    };

    /// A reference that is taken away is not read any more.
    DETACHES = CheckInfo {
        check: "detach-reads-back",
        authority: Authority::Documented,
        source: "facts: C09, H01",
        grouping: Grouping::Never,
    };

    /// What others refer to is not removed.
    ATTACHED_STAYS = CheckInfo {
        check: "attached-is-kept",
        authority: Authority::Documented,
        source: "facts: C12",
        grouping: Grouping::Never,
    };

    /// What nothing refers to any more can be removed.
    DETACHED_GOES = CheckInfo {
        check: "detached-can-go",
        authority: Authority::Documented,
        source: "facts: C12",
        grouping: Grouping::Never,
    };

    /// What depends on a resource that is removed ends, or lets go of it.
    CASCADE = CheckInfo {
        check: "cascade",
        authority: Authority::Documented,
        source: "facts: C06, stage-delete",
        grouping: Grouping::Never,
    };

    /// What was made is listed.
    IS_LISTED = CheckInfo {
        check: "made-is-listed",
        authority: Authority::Documented,
        source: "the documentation of the list",
        grouping: Grouping::Never,
    };

    /// A list shows of a resource what was written to it.
    LIST_AGREES = CheckInfo {
        check: "list-agrees",
        authority: Authority::Documented,
        source: "the documentation of the list",
        grouping: Grouping::Never,
    };

    /// What was deleted is not found any more.
    DELETED_IS_GONE = CheckInfo {
        check: "deleted-is-gone",
        authority: Authority::Observed,
        source: "facts: C06; tests of third parties on AWS",
        grouping: Grouping::Never,
    };

    /// What was deleted is not listed any more.
    DELETED_IS_UNLISTED = CheckInfo {
        check: "deleted-is-unlisted",
        authority: Authority::Documented,
        source: "the documentation of the list; facts: C06",
        grouping: Grouping::Never,
    };

    /// What was deleted can be neither changed, nor tagged, nor deleted again.
    USE_AFTER_DELETE = CheckInfo {
        check: "use-after-delete",
        authority: Authority::Inferred,
        source: "facts: C06, T03",
        grouping: Grouping::Never,
    };

    /// Tags are read back from the resource and from its tag list, whatever else changes.
    TAGS_READ_BACK = CheckInfo {
        check: "tags-read-back",
        authority: Authority::Observed,
        source: "facts: tags, T01",
        grouping: Grouping::Never,
    };
}
