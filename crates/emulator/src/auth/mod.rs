//! Who calls: SigV4, verified from the specification and apart from any client of this workspace.
//!
//! Which fault in a request gets which error is settled in facts section 1.8. What the emulator takes:
//! - Without keys in its options: any access key with the secret `test`, but those with `UNKNOWN` in their
//!   text, so that a client can see UnrecognizedClientException. A session token must begin with `test`.
//! - With keys: those and no others; a session token must be the key's own.
//! - An access key of 12 digits is the account; any other belongs to 123456789012.

mod canonical;
mod credential;
mod keyring;

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

pub use keyring::AccessKey;
pub(crate) use keyring::Keyring;

use crate::clock::Timestamp;
use crate::failure::{Code, Failure};
use crate::fault::{Fault, Faults};
use crate::hex;
use credential::{Scope, Signed};

/// The account of every access key that is not an account id itself.
pub(crate) const DEFAULT_ACCOUNT: &str = "123456789012";

/// Where a planted fault puts a caller who signs nothing.
const UNSIGNED_REGION: &str = "us-west-2";

const CONTENT_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// How far a caller's clock may be off, either way.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Who calls, as the signature says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
}

/// The service in the credential scope of a request, unverified: it tells services apart that share a path.
pub(crate) fn scope_service(parts: &Parts) -> Option<&str> {
    let (_, scope) = match parts.headers.get(http::header::AUTHORIZATION) {
        Some(header) => header.to_str().ok()?.split_once("Credential=")?,
        None => parts.uri.query()?.split_once("X-Amz-Credential=")?,
    };
    let scope = scope.split([',', '&', ' ']).next()?;
    let mut fields = scope.split(['/']).flat_map(|field| field.split("%2F"));
    fields.nth(3)
}

/// Verifies the signature of a request to a service of that signing name.
pub(crate) fn verify<'a>(
    keyring: &Keyring,
    parts: &'a Parts,
    body: &Bytes,
    signing_name: Option<&str>,
    now: Timestamp,
    faults: Faults,
) -> Result<Caller<'a>, Failure> {
    let signed = match Signed::of(parts) {
        Err(failure) if failure.code == Code::MissingAuthentication && faults.is(Fault::UnsignedTaken) => {
            return Ok(Caller { account: DEFAULT_ACCOUNT, region: UNSIGNED_REGION });
        }
        signed => signed?,
    };
    let scope = &signed.scope;
    for (name, _) in &parts.headers {
        let name = name.as_str();
        let must = name == "host" || name.starts_with("x-amz-") && !faults.is(Fault::UnsignedHeadersTaken);
        if must && !signed.signed_headers.split(';').any(|signed| signed == name) {
            let text = format!("The header {name} must be signed");
            return Err(Failure::new(Code::IncompleteSignature, text));
        }
    }
    if !signed.signed_headers.split(';').any(|name| name == "host") {
        let text = "The header host must be signed";
        return Err(Failure::new(Code::IncompleteSignature, text));
    }
    if scope.terminator != "aws4_request" {
        return Err(invalid("Credential should be scoped with aws4_request"));
    }
    let of_the_day = signed.date_time.starts_with(scope.date) || faults.is(Fault::ScopeDateUnchecked);
    if !of_the_day || scope.date.len() != 8 {
        return Err(invalid("Date in Credential scope does not match the date of the request"));
    }
    if signing_name.is_some_and(|name| name != scope.service) && !faults.is(Fault::ScopeServiceUnchecked) {
        return Err(invalid("Credential should be scoped to the correct service"));
    }
    if !is_region(scope.region) {
        return Err(invalid("Credential should be scoped to a valid region"));
    }
    if !keyring.knows(scope.access_key) && !faults.is(Fault::UnknownKeyTaken) {
        let text = "The security token included in the request is invalid";
        return Err(Failure::new(Code::UnrecognizedClient, text));
    }
    in_time(&signed, now, faults)?;
    let payload = payload_hash(&parts.headers, body, faults)?;
    let canonical = canonical::request(parts, &signed, &payload)
        .ok_or_else(|| invalid("The request cannot be brought into canonical form"))?;
    let hash = hex::encode(&Sha256::digest(&canonical));
    let Scope { date, region, service, terminator, .. } = *scope;
    let time = &*signed.date_time;
    let to_sign =
        ["AWS4-HMAC-SHA256\n", time, "\n", date, "/", region, "/", service, "/", terminator, "\n", hash.as_str()];
    let excused = faults.is(Fault::SignatureUnchecked)
        || faults.is(Fault::SignatureUncheckedOnReads) && parts.method == http::Method::GET;
    if !keyring.verifies(scope, &to_sign, &signed.signature) && !excused {
        return Err(invalid("The signature does not match the one calculated here"));
    }
    if let Some(token) = signed.session_token.as_deref()
        && !keyring.takes_token(scope.access_key, token)
        && !faults.is(Fault::SessionTokenUnchecked)
    {
        let text = "The security token included in the request is expired";
        return Err(Failure::new(Code::ExpiredToken, text));
    }
    Ok(Caller { account: account_of(scope.access_key), region: scope.region })
}

fn account_of(access_key: &str) -> &str {
    let is_account = access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { access_key } else { DEFAULT_ACCOUNT }
}

fn is_region(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn in_time(signed: &Signed<'_>, now: Timestamp, faults: Faults) -> Result<(), Failure> {
    let skew = match faults.0 {
        Some(Fault::SkewOfAMinute) => 60_000,
        Some(Fault::SkewUnchecked) => i64::MAX,
        _ => i64::try_from(SKEW.as_millis()).unwrap_or(i64::MAX),
    };
    let lifetime = match signed.lifetime {
        Some(_) if faults.is(Fault::PresignedNeverExpires) => i64::MAX,
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

/// The hash of the body that the signature covers.
fn payload_hash(headers: &HeaderMap, body: &Bytes, faults: Faults) -> Result<String, Failure> {
    let computed = || hex::encode(&Sha256::digest(body));
    match headers.get(CONTENT_HASH).map(http::HeaderValue::as_bytes) {
        None => Ok(computed()),
        Some(b"UNSIGNED-PAYLOAD") => Ok("UNSIGNED-PAYLOAD".to_owned()),
        Some(sent) => {
            let computed = computed();
            if sent == computed.as_bytes() {
                Ok(computed)
            } else if faults.is(Fault::BodyHashUnchecked) {
                Ok(String::from_utf8_lossy(sent).into_owned())
            } else {
                Err(invalid("The body does not match x-amz-content-sha256"))
            }
        }
    }
}

fn invalid(text: &str) -> Failure {
    Failure::new(Code::InvalidSignature, text)
}
