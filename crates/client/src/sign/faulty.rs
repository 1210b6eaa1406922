//! Signatures with exactly one fault.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use super::{Scope, canonical, standard};
use crate::{Failure, Malformation, Part, Request};

/// A well-formed access key id that does not exist.
const UNKNOWN_ACCESS_KEY: &str = "AKIAIOSFODNN7UNKNOWN";
/// A plausible session token that was never issued.
const UNKNOWN_SESSION_TOKEN: &str = "IvsContractUnknownSessionToken0123456789abcdef0123456789abcdef";

const DAY: Duration = Duration::from_secs(86_400);

/// Returns the credentials with another secret.
pub(super) fn wrong_secret(credentials: &Credentials) -> Credentials {
    let secret = format!("{}wrong", credentials.secret_access_key());
    with(credentials.access_key_id(), &secret, credentials.session_token())
}

/// Returns the credentials with an access key that does not exist.
pub(super) fn unknown_access_key(credentials: &Credentials) -> Credentials {
    // Omits the session token: it belongs to another key, which would be a second fault.
    with(UNKNOWN_ACCESS_KEY, credentials.secret_access_key(), None)
}

/// Returns the credentials with a session token that was never issued.
pub(super) fn unknown_session_token(credentials: &Credentials) -> Credentials {
    with(credentials.access_key_id(), credentials.secret_access_key(), Some(UNKNOWN_SESSION_TOKEN))
}

fn with(key: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(key, secret, token.map(str::to_owned), None, "ivs-contract")
}

/// Signs an altered copy and adds its signature to the request itself. The request sent is well-formed and differs from
/// the signed one in one part.
pub(super) fn tampered(
    mut request: Request,
    part: Part,
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: SystemTime,
) -> Result<Request, Failure> {
    if part == Part::Header {
        request.set_header("x-amz-meta-ivs-contract", "sent");
    }
    let mut altered = request.clone();
    match part {
        Part::Method => altered.method = if request.method == "PUT" { "POST".into() } else { "PUT".into() },
        Part::Path => altered.path.push('x'),
        Part::Query => {
            let joint = if altered.query.is_empty() { "" } else { "&" };
            altered.query = format!("{}{joint}tampered=1", altered.query);
        }
        Part::Header => altered.set_header("x-amz-meta-ivs-contract", "signed"),
        Part::Body | Part::HashedBody => altered.body = [altered.body.as_ref(), b" "].concat().into(),
    }
    if part == Part::HashedBody {
        let hash = canonical::sha256_hex(&altered.body);
        altered.set_header("x-amz-content-sha256", hash.clone());
        request.set_header("x-amz-content-sha256", hash);
    }
    let signed = standard::in_headers(altered, credentials, scope, time)?;
    for name in ["x-amz-date", "x-amz-security-token", "authorization"] {
        if let Some(value) = signed.header(name) {
            request.set_header(name, value);
        }
    }
    Ok(request)
}

/// The fault of a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SigningFault {
    /// Scope and key of the previous day.
    ScopeDate,
    /// Another last part of the scope.
    Terminator,
    /// `host` is missing from the signed headers.
    Host,
    /// No fault, for the test that compares with `aws-sigv4`.
    #[cfg(test)]
    Nothing,
}

/// Signs without `aws-sigv4`, with one fault.
pub(super) fn by_hand(
    mut request: Request,
    fault: SigningFault,
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: SystemTime,
) -> Request {
    request.set_header("x-amz-date", canonical::timestamp(time));
    if let Some(token) = credentials.session_token() {
        request.set_header("x-amz-security-token", token);
    }
    let day = if fault == SigningFault::ScopeDate { time - DAY } else { time };
    let terminator = if fault == SigningFault::Terminator { "aws5_request" } else { "aws4_request" };
    let scope_text = format!("{}/{}/{}/{terminator}", canonical::scope_date(day), scope.region, scope.service);
    let mut signed = canonical::signable_headers(&request);
    if fault == SigningFault::Host {
        signed.retain(|name| *name != "host");
    }
    let text = canonical::canonical_request(&request, &signed);
    let text = canonical::string_to_sign(&canonical::timestamp(time), &scope_text, &text);
    let signature = canonical::signature(credentials.secret_access_key(), day, scope, &text);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope_text}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id(),
        signed.join(";"),
    );
    request.set_header("authorization", authorization);
    request
}

/// Corrupts the `authorization` header of a correctly signed request.
pub(super) fn malformed(mut request: Request, malformation: Malformation) -> Request {
    let authorization = request.header("authorization").unwrap_or_default().to_owned();
    let parts = authorization.strip_prefix("AWS4-HMAC-SHA256 ").unwrap_or(&authorization);
    let without = |start: &str| {
        let kept: Vec<&str> = parts.split(", ").filter(|part| !part.starts_with(start)).collect();
        format!("AWS4-HMAC-SHA256 {}", kept.join(", "))
    };
    let value = match malformation {
        Malformation::NoParts => "AWS4-HMAC-SHA256".to_owned(),
        Malformation::NoCredential => without("Credential="),
        Malformation::NoSignedHeaders => without("SignedHeaders="),
        Malformation::NoSignature => without("Signature="),
        Malformation::ShortScope => authorization.replacen("/aws4_request", "", 1),
        Malformation::UnknownAlgorithm => format!("AWS4-HMAC-SHA1 {parts}"),
        Malformation::SignatureNotHex => {
            format!("{}, Signature=not-hexadecimal", without("Signature="))
        }
        Malformation::OtherScheme => "Bearer ivs-contract".to_owned(),
    };
    request.set_header("authorization", value);
    request
}
