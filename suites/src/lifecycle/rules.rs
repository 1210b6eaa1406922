//! The checks of the suite `lifecycle` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

/// The rules below.
pub(crate) const ALL: &[CheckInfo] = &[
    IS_THERE,
    READS_BACK,
    DEFAULTS,
    UPDATE_KEEPS,
    STAYS,
    ATTACHES,
    DETACHES,
    ATTACHED_STAYS,
    DETACHED_GOES,
    CASCADE,
    IS_LISTED,
    LIST_AGREES,
    DELETED_IS_GONE,
    DELETED_IS_UNLISTED,
    USE_AFTER_DELETE,
    TAGS_READ_BACK,
];

/// What the sequences of the suite `lifecycle` are counted by; their findings have the names below.
pub(super) const LIFE: &str = "lifecycle";

/// What was made is there.
pub(super) const IS_THERE: CheckInfo = CheckInfo {
    check: "made-is-there",
    authority: Authority::Documented,
    source: "facts section 10, C01: what a creating call answers can be looked at",
    grouping: Grouping::Never,
};

/// What a creating or updating call writes is what is read afterwards.
pub(super) const READS_BACK: CheckInfo = CheckInfo {
    check: "write-reads-back",
    authority: Authority::Documented,
    source: "the documentation of the members; facts section 10, C01, C09",
    grouping: Grouping::Never,
};

/// What a creating call leaves out has the documented value.
pub(super) const DEFAULTS: CheckInfo = CheckInfo {
    check: "default-reads-back",
    authority: Authority::Documented,
    source: "the documentation of the members; facts section 10, C02",
    grouping: Grouping::Never,
};

/// An update changes what it holds, and nothing else.
pub(super) const UPDATE_KEEPS: CheckInfo = CheckInfo {
    check: "update-keeps-others",
    authority: Authority::Inferred,
    source: "facts section 10, C09, for other kinds too",
    grouping: Grouping::Never,
};

/// A resource changes when it is written to, and not otherwise.
pub(super) const STAYS: CheckInfo = CheckInfo {
    check: "stays-as-written",
    authority: Authority::Documented,
    source: "the documentation of the members",
    grouping: Grouping::Never,
};

/// A reference that is set is what is read afterwards.
pub(super) const ATTACHES: CheckInfo = CheckInfo {
    check: "attach-reads-back",
    authority: Authority::Documented,
    source: "the documentation of the reference; facts section 10, C09",
    grouping: Grouping::Never,
};

/// A reference that is taken away is not read any more.
pub(super) const DETACHES: CheckInfo = CheckInfo {
    check: "detach-reads-back",
    authority: Authority::Documented,
    source: "facts section 10, C09, H01",
    grouping: Grouping::Never,
};

/// What others refer to is not removed.
pub(super) const ATTACHED_STAYS: CheckInfo = CheckInfo {
    check: "attached-is-kept",
    authority: Authority::Documented,
    source: "facts section 10, C12",
    grouping: Grouping::Never,
};

/// What nothing refers to any more can be removed.
pub(super) const DETACHED_GOES: CheckInfo = CheckInfo {
    check: "detached-can-go",
    authority: Authority::Documented,
    source: "facts section 10, C12",
    grouping: Grouping::Never,
};

/// What depends on a resource that is removed ends, or lets go of it.
pub(super) const CASCADE: CheckInfo = CheckInfo {
    check: "cascade",
    authority: Authority::Documented,
    source: "facts section 10, C06; section 3.10",
    grouping: Grouping::Never,
};

/// What was made is listed.
pub(super) const IS_LISTED: CheckInfo = CheckInfo {
    check: "made-is-listed",
    authority: Authority::Documented,
    source: "the documentation of the list",
    grouping: Grouping::Never,
};

/// A list shows of a resource what was written to it.
pub(super) const LIST_AGREES: CheckInfo = CheckInfo {
    check: "list-agrees",
    authority: Authority::Documented,
    source: "the documentation of the list",
    grouping: Grouping::Never,
};

/// What was deleted is not found any more.
pub(super) const DELETED_IS_GONE: CheckInfo = CheckInfo {
    check: "deleted-is-gone",
    authority: Authority::Observed,
    source: "facts section 10, C06: TF, ALC",
    grouping: Grouping::Never,
};

/// What was deleted is not listed any more.
pub(super) const DELETED_IS_UNLISTED: CheckInfo = CheckInfo {
    check: "deleted-is-unlisted",
    authority: Authority::Documented,
    source: "the documentation of the list; facts section 10, C06",
    grouping: Grouping::Never,
};

/// What was deleted can be neither changed, nor tagged, nor deleted again.
pub(super) const USE_AFTER_DELETE: CheckInfo = CheckInfo {
    check: "use-after-delete",
    authority: Authority::Inferred,
    source: "facts section 10, C06, T03",
    grouping: Grouping::Never,
};

/// Tags are read back from the resource and from its tag list, whatever else changes.
pub(super) const TAGS_READ_BACK: CheckInfo = CheckInfo {
    check: "tags-read-back",
    authority: Authority::Observed,
    source: "facts section 3.9, T01",
    grouping: Grouping::Never,
};
