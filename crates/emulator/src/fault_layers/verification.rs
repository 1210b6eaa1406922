//! Faults that leave out a part of the verification of a signature.

use http::Method;

use crate::auth::SignatureChecks;
use crate::fault::{Fault, PlantedFault};

/// Returns the checks that the planted fault leaves of the verification of a request with that method.
pub(crate) fn signature_checks(planted: PlantedFault, method: &Method) -> SignatureChecks {
    let mut checks = SignatureChecks::default();
    match planted.fault() {
        Some(Fault::BodyHashUnchecked) => checks.body_hash = false,
        Some(Fault::PresignedNeverExpires) => checks.presigned_lifetime = false,
        Some(Fault::ScopeDateUnchecked) => checks.scope_date = false,
        Some(Fault::ScopeServiceUnchecked) => checks.scope_service = false,
        Some(Fault::SessionTokenUnchecked) => checks.session_token = false,
        Some(Fault::SignatureUnchecked) => checks.signature = false,
        Some(Fault::SignatureUncheckedOnReads) => checks.signature = *method != Method::GET,
        Some(Fault::SkewOfAMinute) => checks.max_skew_ms = 60_000,
        Some(Fault::SkewUnchecked) => checks.max_skew_ms = i64::MAX,
        Some(Fault::UnknownKeyTaken) => checks.access_key = false,
        Some(Fault::UnsignedHeadersTaken) => checks.signed_headers = false,
        Some(Fault::UnsignedTaken) => checks.is_signed = false,
        _ => {}
    }
    checks
}
