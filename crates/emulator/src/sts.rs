//! STS beside the services: `GetCallerIdentity`, which names the account of the caller's keys.
//!
//! The endpoint that takes the writes can so confirm whose account it takes them for.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};

use crate::auth::{self, KnownKeys, SignatureChecks};
use crate::clock::Timestamp;
use crate::ids;
use crate::service_error::{ErrorCode, ServiceError};
use crate::wire::{WireResponse, percent_decode, query_pairs};

/// The service of the credential scope.
const SIGNING_NAME: &str = "sts";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Returns whether a request is for STS: a form at the root that is signed for it.
pub(crate) fn is_for_sts(parts: &Parts) -> bool {
    parts.method == Method::POST && parts.uri.path() == "/" && auth::scope_service(parts) == Some(SIGNING_NAME)
}

/// Responds to a request for STS, and names the error if it is one.
pub(crate) fn respond(
    keys: &KnownKeys,
    parts: &Parts,
    body: &Bytes,
    now: Timestamp,
) -> (WireResponse, Option<&'static str>) {
    let caller = auth::verify(keys, parts, body, Some(SIGNING_NAME), now, &SignatureChecks::default());
    let (status, xml, error) = match caller {
        Err(error) => {
            let code = error_name(&error);
            (error.code.status(), error_document(code, &error.message), Some(code))
        }
        Ok(_) if action(body).as_deref() != Some("GetCallerIdentity") => {
            let code = "InvalidAction";
            (400, error_document(code, "The emulator knows the action GetCallerIdentity only"), Some(code))
        }
        Ok(caller) => (200, identity_document(caller.account), None),
    };
    let mut response = WireResponse::new(Bytes::from(xml));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    (response, error)
}

/// Returns the action of a form.
fn action(body: &Bytes) -> Option<String> {
    let form = std::str::from_utf8(body).ok()?;
    let (_, action) = query_pairs(form).find(|(name, _)| *name == "Action")?;
    Some(percent_decode(action)?.into_owned())
}

/// Returns the name of an error as STS has it.
fn error_name(error: &ServiceError) -> &'static str {
    match error.code {
        ErrorCode::UnrecognizedClient => "InvalidClientTokenId",
        ErrorCode::InvalidSignature => "SignatureDoesNotMatch",
        ErrorCode::MissingAuthentication => "MissingAuthenticationToken",
        ErrorCode::IncompleteSignature => "IncompleteSignature",
        ErrorCode::ExpiredToken => "ExpiredToken",
        other => other.name(),
    }
}

fn identity_document(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        ids::uuid()
    )
}

/// The messages are this crate's own and need no escaping.
fn error_document(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>{}</RequestId></ErrorResponse>",
        ids::uuid()
    )
}
