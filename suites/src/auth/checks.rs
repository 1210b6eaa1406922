//! The checks of the suite `auth` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
    /// A request that is not rightly signed is rejected.
    VERIFIES_SIGNATURE = CheckInfo {
        check: "verifies-signature",
        authority: Authority::Protocol,
        source: "SigV4; facts: auth-failures",
        grouping: Grouping::SitesAndOperations,
    };

    /// The refusal of a request that is not rightly signed has a code that AWS uses.
    SIGNATURE_ERROR_CODE = CheckInfo {
        check: "signature-error-code",
        authority: Authority::Inferred,
        source: "facts: auth-failures",
        grouping: Grouping::SitesAndOperations,
    };

    /// A rightly signed request is not refused for its signature.
    TAKES_SIGNATURE = CheckInfo {
        check: "takes-signature",
        authority: Authority::Protocol,
        source: "SigV4; facts: auth-failures",
        grouping: Grouping::SitesAndOperations,
    };
}
