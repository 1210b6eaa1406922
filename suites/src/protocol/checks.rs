//! The checks of the suite `protocol` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
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
}
