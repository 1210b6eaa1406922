//! The checks of the suites by name: what baselines, findings and the conformance trials call them.

use ivs_judge::{Grouping, Rule};
use ivs_model::Authority;

use crate::SuiteName;

/// A declared error comes where its cause is given.
pub(crate) const DECLARED_ERROR: Rule = Rule {
    check: "declared-error",
    authority: Authority::Model,
    source: "the declared errors of the service model",
    grouping: Grouping::Never,
};

/// Bytes that restJson1 forbids are rejected.
pub(crate) const REJECTS_MALFORMED: Rule = Rule {
    check: "rejects-malformed",
    authority: Authority::Protocol,
    source: "Smithy restJson1 malformed-request tests",
    grouping: Grouping::SitesAndOperations,
};

/// Other ways to write a valid request are taken.
pub(crate) const ACCEPTS_EQUIVALENT: Rule = Rule {
    check: "accepts-equivalent",
    authority: Authority::Protocol,
    source: "RFC 8259, RFC 9110, Smithy restJson1",
    grouping: Grouping::SitesAndOperations,
};

/// A request that is not rightly signed is rejected.
pub(crate) const VERIFIES_SIGNATURE: Rule = Rule {
    check: "verifies-signature",
    authority: Authority::Protocol,
    source: "SigV4; facts section 1.8",
    grouping: Grouping::SitesAndOperations,
};

/// The refusal of a request that is not rightly signed has a code that AWS uses.
pub(crate) const SIGNATURE_ERROR_CODE: Rule = Rule {
    check: "signature-error-code",
    authority: Authority::Inferred,
    source: "facts section 1.8",
    grouping: Grouping::SitesAndOperations,
};

/// A rightly signed request is not refused for its signature.
pub(crate) const TAKES_SIGNATURE: Rule = Rule {
    check: "takes-signature",
    authority: Authority::Protocol,
    source: "SigV4; facts section 1.8",
    grouping: Grouping::SitesAndOperations,
};

/// The checks whose findings may be facts of the endpoint as a whole, each with the suite that puts it to the test:
/// they have a conformance trial of their own, and do not fail those of the operations.
#[must_use]
pub fn endpoint_checks() -> Vec<(&'static str, SuiteName)> {
    let own = [
        (REJECTS_MALFORMED, SuiteName::Protocol),
        (ACCEPTS_EQUIVALENT, SuiteName::Protocol),
        (VERIFIES_SIGNATURE, SuiteName::Auth),
        (SIGNATURE_ERROR_CODE, SuiteName::Auth),
        (TAKES_SIGNATURE, SuiteName::Auth),
    ];
    let universal = ivs_judge::checks().iter().map(|check| (*check.rule(), SuiteName::Validation));
    own.into_iter()
        .chain(universal)
        .filter(|(rule, _)| rule.grouping != Grouping::Never)
        .map(|(rule, suite)| (rule.check, suite))
        .collect()
}
