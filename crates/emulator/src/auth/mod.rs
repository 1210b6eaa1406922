//! Verification of SigV4 signatures, written from the specification and independently of the workspace's client.
//!
//! Fact `auth-failures` states the error for each defect of a signature. The emulator accepts:
//! - Without keys in its options: every access key with the secret `test`, except those that contain `UNKNOWN`, so
//!   that a client can trigger UnrecognizedClientException. A session token must begin with `test`.
//! - With keys: those only. A session token must be the one of the key.
//!
//! An access key of 12 digits is the account ID. Every other key belongs to the account 123456789012.

mod canonical;
mod credential;
mod known_keys;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

pub use known_keys::AccessKey;
pub(crate) use known_keys::KnownKeys;

use crate::clock::Timestamp;
use crate::hex;
use crate::service_error::{ErrorCode, ServiceError};
use credential::{CredentialScope, RequestSignature};

/// The account of every access key that is not an account ID itself.
pub(crate) const DEFAULT_ACCOUNT: &str = "123456789012";

/// The region of a caller without a signature, which a planted fault accepts.
const UNSIGNED_REGION: &str = "us-west-2";

const CONTENT_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// The largest difference between a caller's clock and this one, either way, in milliseconds (fact `auth-clock-skew`).
const MAX_SKEW_MS: i64 = 5 * 60 * 1000;

/// The checks that verify a signature. A planted fault turns one of them off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignatureChecks {
    /// The request is signed.
    pub(crate) is_signed: bool,
    /// All `x-amz` headers are signed.
    pub(crate) signed_headers: bool,
    /// The credential scope has the date of the request.
    pub(crate) scope_date: bool,
    /// The credential scope has the service of the operation.
    pub(crate) scope_service: bool,
    /// The access key is known.
    pub(crate) access_key: bool,
    /// The signed hash is that of the body.
    pub(crate) body_hash: bool,
    /// The signature matches.
    pub(crate) signature: bool,
    /// The session token belongs to the access key.
    pub(crate) session_token: bool,
    /// A presigned URL has not expired.
    pub(crate) presigned_lifetime: bool,
    /// The largest accepted clock difference, in milliseconds.
    pub(crate) max_skew_ms: i64,
}

impl Default for SignatureChecks {
    fn default() -> Self {
        Self {
            is_signed: true,
            signed_headers: true,
            scope_date: true,
            scope_service: true,
            access_key: true,
            body_hash: true,
            signature: true,
            session_token: true,
            presigned_lifetime: true,
            max_skew_ms: MAX_SKEW_MS,
        }
    }
}

/// The caller that a verified signature names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VerifiedCaller<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
}

/// Returns the service in the credential scope of a request, unverified. It distinguishes services that share a path.
pub(crate) fn scope_service(parts: &Parts) -> Option<&str> {
    let (_, scope) = match parts.headers.get(http::header::AUTHORIZATION) {
        Some(header) => header.to_str().ok()?.split_once("Credential=")?,
        None => parts.uri.query()?.split_once("X-Amz-Credential=")?,
    };
    let scope = scope.split([',', '&', ' ']).next()?;
    let mut fields = scope.split(['/']).flat_map(|field| field.split("%2F"));
    fields.nth(3)
}

/// Verifies the signature of a request to a service with that signing name.
pub(crate) fn verify<'a>(
    keys: &KnownKeys,
    parts: &'a Parts,
    body: &Bytes,
    signing_name: Option<&str>,
    now: Timestamp,
    checks: &SignatureChecks,
) -> Result<VerifiedCaller<'a>, ServiceError> {
    let signed = match RequestSignature::of(parts) {
        Err(failure) if failure.code == ErrorCode::MissingAuthentication && !checks.is_signed => {
            return Ok(VerifiedCaller { account: DEFAULT_ACCOUNT, region: UNSIGNED_REGION });
        }
        signed => signed?,
    };
    let scope = &signed.scope;
    for (name, _) in &parts.headers {
        let name = name.as_str();
        let must_be_signed = name == "host" || name.starts_with("x-amz-") && checks.signed_headers;
        if must_be_signed && !signed.signed_headers.split(';').any(|signed| signed == name) {
            let text = format!("The header {name} must be signed");
            return Err(ServiceError::new(ErrorCode::IncompleteSignature, text));
        }
    }
    if !signed.signed_headers.split(';').any(|name| name == "host") {
        let text = "The header host must be signed";
        return Err(ServiceError::new(ErrorCode::IncompleteSignature, text));
    }
    if scope.terminator != "aws4_request" {
        return Err(invalid("Credential should be scoped with aws4_request"));
    }
    let has_scope_date = signed.date_time.starts_with(scope.date) || !checks.scope_date;
    if !has_scope_date || scope.date.len() != 8 {
        return Err(invalid("Date in Credential scope does not match the date of the request"));
    }
    if signing_name.is_some_and(|name| name != scope.service) && checks.scope_service {
        return Err(invalid("Credential should be scoped to the correct service"));
    }
    if !is_region(scope.region) {
        return Err(invalid("Credential should be scoped to a valid region"));
    }
    if !keys.knows(scope.access_key) && checks.access_key {
        let text = "The security token included in the request is invalid";
        return Err(ServiceError::new(ErrorCode::UnrecognizedClient, text));
    }
    check_time(&signed, now, checks)?;
    let payload = payload_hash(&parts.headers, body, checks)?;
    let canonical = canonical::request(parts, &signed, &payload)
        .ok_or_else(|| invalid("The request cannot be brought into canonical form"))?;
    let hash = hex::encode(&Sha256::digest(&canonical));
    let CredentialScope { date, region, service, terminator, .. } = *scope;
    let time = &*signed.date_time;
    let to_sign =
        ["AWS4-HMAC-SHA256\n", time, "\n", date, "/", region, "/", service, "/", terminator, "\n", hash.as_str()];
    if !keys.verifies(scope, &to_sign, &signed.signature) && checks.signature {
        return Err(invalid("The signature does not match the one calculated here"));
    }
    if let Some(token) = signed.session_token.as_deref()
        && !keys.accepts_token(scope.access_key, token)
        && checks.session_token
    {
        let text = "The security token included in the request is expired";
        return Err(ServiceError::new(ErrorCode::ExpiredToken, text));
    }
    Ok(VerifiedCaller { account: account_of(scope.access_key), region: scope.region })
}

fn account_of(access_key: &str) -> &str {
    let is_account = access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { access_key } else { DEFAULT_ACCOUNT }
}

fn is_region(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn check_time(signed: &RequestSignature<'_>, now: Timestamp, checks: &SignatureChecks) -> Result<(), ServiceError> {
    let skew = checks.max_skew_ms;
    let lifetime = match signed.lifetime {
        Some(_) if !checks.presigned_lifetime => i64::MAX,
        Some(lifetime) => lifetime * 1000,
        None => skew,
    };
    if now.0 > signed.at.0.saturating_add(lifetime) {
        return Err(invalid("Signature expired"));
    }
    if now.0 < signed.at.0.saturating_sub(skew) {
        return Err(invalid("Signature not yet current"));
    }
    Ok(())
}

/// Returns the hash of the body that the signature covers.
fn payload_hash(headers: &HeaderMap, body: &Bytes, checks: &SignatureChecks) -> Result<String, ServiceError> {
    let computed = || hex::encode(&Sha256::digest(body));
    match headers.get(CONTENT_HASH).map(http::HeaderValue::as_bytes) {
        None => Ok(computed()),
        Some(b"UNSIGNED-PAYLOAD") => Ok("UNSIGNED-PAYLOAD".to_owned()),
        Some(sent) => {
            let computed = computed();
            if sent == computed.as_bytes() {
                Ok(computed)
            } else if !checks.body_hash {
                Ok(String::from_utf8_lossy(sent).into_owned())
            } else {
                Err(invalid("The body does not match x-amz-content-sha256"))
            }
        }
    }
}

fn invalid(text: &str) -> ServiceError {
    ServiceError::new(ErrorCode::InvalidSignature, text)
}
