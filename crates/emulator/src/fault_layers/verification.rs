//! Faults that leave out a part of the verification of a signature.

use http::Method;

use crate::auth::SignatureChecks;
use crate::fault::{Fault, PlantedFault, faults};

faults! {
    BODY_HASH_UNCHECKED "body-hash-unchecked" Auth "auth" "verifies-signature" []
        "The hash of the body is copied from x-amz-content-sha256 instead of being computed.";
    PRESIGNED_NEVER_EXPIRES "presigned-never-expires" Auth "auth" "verifies-signature" []
        "A presigned URL is accepted after its lifetime.";
    SCOPE_DATE_UNCHECKED "scope-date-unchecked" Auth "auth" "verifies-signature" []
        "The date of the credential scope may differ from that of the request.";
    SCOPE_SERVICE_UNCHECKED "scope-service-unchecked" Auth "auth" "verifies-signature" []
        "A signature for another service is accepted.";
    SESSION_TOKEN_UNCHECKED "session-token-unchecked" Auth "auth" "verifies-signature" []
        "Any session token is accepted.";
    SIGNATURE_UNCHECKED "signature-unchecked" Auth "auth" "verifies-signature" []
        "No signature is verified.";
    SIGNATURE_UNCHECKED_ON_READS "signature-unchecked-on-reads" Auth "auth" "verifies-signature"
        ["ivs.ListTagsForResource", "ivs-realtime.ListTagsForResource", "ivschat.ListTagsForResource"]
        "The signature of a GET is not verified.";
    SKEW_OF_AMINUTE "skew-of-a-minute" Auth "auth" "takes-signature" []
        "A clock that differs by more than one minute is refused.";
    SKEW_UNCHECKED "skew-unchecked" Auth "auth" "verifies-signature" []
        "A signature of any age is accepted.";
    UNKNOWN_KEY_TAKEN "unknown-key-taken" Auth "auth" "verifies-signature" []
        "An unknown access key is accepted.";
    UNSIGNED_HEADERS_TAKEN "unsigned-headers-taken" Auth "auth" "verifies-signature" []
        "The x-amz headers of a request need not be signed.";
    UNSIGNED_TAKEN "unsigned-taken" Auth "auth" "verifies-signature" []
        "A request without a signature is accepted.";
}

/// Returns the checks that the planted fault leaves of the verification of a request with that method.
pub(crate) fn signature_checks(planted: PlantedFault, method: &Method) -> SignatureChecks {
    let mut checks = SignatureChecks::default();
    match planted.fault() {
        Some(Fault::BODY_HASH_UNCHECKED) => checks.body_hash = false,
        Some(Fault::PRESIGNED_NEVER_EXPIRES) => checks.presigned_lifetime = false,
        Some(Fault::SCOPE_DATE_UNCHECKED) => checks.scope_date = false,
        Some(Fault::SCOPE_SERVICE_UNCHECKED) => checks.scope_service = false,
        Some(Fault::SESSION_TOKEN_UNCHECKED) => checks.session_token = false,
        Some(Fault::SIGNATURE_UNCHECKED) => checks.signature = false,
        Some(Fault::SIGNATURE_UNCHECKED_ON_READS) => checks.signature = *method != Method::GET,
        Some(Fault::SKEW_OF_AMINUTE) => checks.max_skew_ms = 60_000,
        Some(Fault::SKEW_UNCHECKED) => checks.max_skew_ms = i64::MAX,
        Some(Fault::UNKNOWN_KEY_TAKEN) => checks.access_key = false,
        Some(Fault::UNSIGNED_HEADERS_TAKEN) => checks.signed_headers = false,
        Some(Fault::UNSIGNED_TAKEN) => checks.is_signed = false,
        _ => {}
    }
    checks
}
