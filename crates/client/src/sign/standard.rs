//! Correct signatures, by `aws-sigv4`.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;

use super::Scope;
use crate::{Failure, FailureKind, Request, percent};

/// Adds `x-amz-date`, `x-amz-security-token` if there is one, and `authorization`.
pub(super) fn in_headers(
    mut request: Request,
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: SystemTime,
) -> Result<Request, Failure> {
    let (headers, _) = instructions(&request, credentials, scope, time, None)?;
    for (name, value) in headers {
        request.set_header(name, value);
    }
    Ok(request)
}

/// Adds the `X-Amz-*` parameters of a presigned URL to the query.
pub(super) fn in_query(
    mut request: Request,
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: SystemTime,
    expires: Duration,
) -> Result<Request, Failure> {
    let (_, params) = instructions(&request, credentials, scope, time, Some(expires))?;
    for (name, value) in params {
        if !request.query.is_empty() {
            request.query.push('&');
        }
        request.query.push_str(&format!("{name}={}", percent::encode(value)));
    }
    Ok(request)
}

type Additions = (Vec<(&'static str, String)>, Vec<(&'static str, String)>);

fn instructions(
    request: &Request,
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: SystemTime,
    expires: Option<Duration>,
) -> Result<Additions, Failure> {
    let failure = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::Unsendable, format!("the request cannot be signed: {error}"))
    };
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Double;
    if expires.is_some() {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = expires;
    }
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(time)
        .settings(settings)
        .build()
        .map_err(|error| failure(&error))?
        .into();
    // The signer cannot sign a header that is not UTF-8, so it is sent unsigned.
    let headers =
        request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), std::str::from_utf8(value).ok()?)));
    // The signer needs an authority only if the headers lack `host`.
    let uri = format!("https://unused{}", origin_form(&request.target()));
    let signable = SignableRequest::new(&request.method, uri, headers, SignableBody::Bytes(&request.body))
        .map_err(|error| failure(&error))?;
    let (instructions, _) = sign(signable, &params).map_err(|error| failure(&error))?.into_parts();
    let (headers, params) = instructions.into_parts();
    let headers = headers.iter().map(|header| (header.name(), header.value().to_owned())).collect();
    Ok((headers, params.into_iter().map(|(name, value)| (name, value.into_owned())).collect()))
}

/// Returns the target without scheme and authority, which `Request::path` may contain on purpose (absolute form).
fn origin_form(target: &str) -> String {
    let after_scheme = target.strip_prefix("http://").or_else(|| target.strip_prefix("https://"));
    match after_scheme {
        Some(rest) => rest.find('/').map_or_else(|| "/".to_owned(), |slash| rest[slash..].to_owned()),
        None if target.starts_with('/') => target.to_owned(),
        None => format!("/{target}"),
    }
}
