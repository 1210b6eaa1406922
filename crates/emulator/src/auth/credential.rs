//! The signature of a request, in the Authorization header or in the query.

use std::borrow::Cow;

use http::HeaderName;
use http::request::Parts;
use time::{Date, Month, Time};

use crate::clock::Timestamp;
use crate::service_error::{ErrorCode, ServiceError};
use crate::wire::{percent_decode, query_pairs};

/// A credential scope: `AKID/20260102/eu-west-1/ivs/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CredentialScope<'a> {
    /// The whole scope, as sent.
    pub(super) text: &'a str,
    pub(super) access_key: &'a str,
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) terminator: &'a str,
}

/// The parts of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestSignature<'a> {
    pub(super) scope: CredentialScope<'a>,
    /// The names of the signed headers, joined by `;`.
    pub(super) signed_headers: Cow<'a, str>,
    /// Hex digits.
    pub(super) signature: Cow<'a, str>,
    /// The time as sent: `20260102T030405Z`.
    pub(super) date_time: Cow<'a, str>,
    pub(super) at: Timestamp,
    /// The lifetime of a presigned URL in seconds; `None` for a signed header.
    pub(super) lifetime: Option<i64>,
    pub(super) session_token: Option<Cow<'a, str>>,
    /// True if the signature is in the query.
    pub(super) in_query: bool,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

impl<'a> RequestSignature<'a> {
    /// Reads the signature of a request.
    ///
    /// # Errors
    /// MissingAuthenticationTokenException without a signature, IncompleteSignatureException for an incomplete one.
    pub(super) fn of(parts: &'a Parts) -> Result<Self, ServiceError> {
        let mut headers = parts.headers.get_all(http::header::AUTHORIZATION).iter();
        match (headers.next(), headers.next()) {
            (Some(header), None) => {
                let header = header.to_str().ok();
                header
                    .and_then(|header| Self::from_header(parts, header))
                    .ok_or_else(|| incomplete("The Authorization header is not a complete SigV4 signature"))
            }
            (Some(_), Some(_)) => Err(incomplete("More than one Authorization header")),
            (None, _) => match parts.uri.query() {
                Some(query) if query.contains("X-Amz-Signature") || query.contains("X-Amz-Algorithm") => {
                    Self::from_query(query).ok_or_else(|| incomplete("The query is not a complete SigV4 signature"))
                }
                _ => Err(ServiceError::new(ErrorCode::MissingAuthentication, "Missing Authentication Token")),
            },
        }
    }

    fn from_header(parts: &'a Parts, header: &'a str) -> Option<Self> {
        let rest = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in rest.split(',') {
            let (name, value) = field.trim().split_once('=')?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return None,
            };
            if slot.replace(value).is_some() {
                return None;
            }
        }
        let (date_time, at) = date_of(parts)?;
        let token = match parts.headers.get(SECURITY_TOKEN) {
            Some(token) => Some(Cow::Borrowed(token.to_str().ok()?)),
            None => None,
        };
        Some(Self {
            scope: CredentialScope::parse(credential?)?,
            signed_headers: Cow::Borrowed(filled(signed_headers?)?),
            signature: Cow::Borrowed(filled(signature?)?),
            date_time,
            at,
            lifetime: None,
            session_token: token,
            in_query: false,
        })
    }

    fn from_query(query: &'a str) -> Option<Self> {
        let value = |wanted: &str| -> Option<Cow<'a, str>> {
            let mut found = query_pairs(query).filter(|(name, _)| *name == wanted);
            let (_, value) = found.next()?;
            if found.next().is_some() {
                return None;
            }
            percent_decode(value)
        };
        if value("X-Amz-Algorithm")? != ALGORITHM {
            return None;
        }
        // The scope is borrowed from the query. Its only character that must be encoded is `/`.
        let (_, credential) = query_pairs(query).find(|(name, _)| *name == "X-Amz-Credential")?;
        let date_time = value("X-Amz-Date")?;
        let lifetime: i64 = value("X-Amz-Expires")?.parse().ok()?;
        Some(Self {
            scope: CredentialScope::parse(credential)?,
            signed_headers: value("X-Amz-SignedHeaders")?,
            signature: value("X-Amz-Signature")?,
            at: compact_time(&date_time)?,
            date_time,
            lifetime: (1..=604_800).contains(&lifetime).then_some(lifetime),
            session_token: value("X-Amz-Security-Token"),
            in_query: true,
        })
        .filter(|signed| signed.lifetime.is_some())
    }
}

impl<'a> CredentialScope<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if text.contains('%') { Self::of(text, text.split("%2F")) } else { Self::of(text, text.split('/')) }
    }

    fn of(text: &'a str, mut fields: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut field = || fields.next().and_then(filled);
        let scope = Self {
            text,
            access_key: field()?,
            date: field()?,
            region: field()?,
            service: field()?,
            terminator: field()?,
        };
        fields.next().is_none().then_some(scope)
    }
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Returns the time of a signed header: `x-amz-date`, else `date`.
fn date_of(parts: &Parts) -> Option<(Cow<'_, str>, Timestamp)> {
    if let Some(date) = parts.headers.get(DATE) {
        let text = date.to_str().ok()?;
        return Some((Cow::Borrowed(text), compact_time(text)?));
    }
    let text = parts.headers.get(http::header::DATE)?.to_str().ok()?;
    let at = match compact_time(text) {
        Some(at) => at,
        None => {
            use time::OffsetDateTime;
            use time::format_description::well_known::Rfc2822;
            let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
            Timestamp(at.unix_timestamp() * 1000)
        }
    };
    let utc = at.date_time();
    let compact = format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        utc.year(),
        u8::from(utc.month()),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    );
    Some((Cow::Owned(compact), at))
}

/// Parses a time such as `20260102T030405Z`.
fn compact_time(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    let (date, time) = digits.split_once('T')?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || time.len() != 6 || !all_digits(date) || !all_digits(time) {
        return None;
    }
    let month = Month::try_from(date[4..6].parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(date[..4].parse().ok()?, month, date[6..].parse().ok()?).ok()?;
    let time = Time::from_hms(time[..2].parse().ok()?, time[2..4].parse().ok()?, time[4..].parse().ok()?).ok()?;
    Some(Timestamp(date.with_time(time).assume_utc().unix_timestamp() * 1000))
}

fn incomplete(text: &str) -> ServiceError {
    ServiceError::new(ErrorCode::IncompleteSignature, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compact_time_is_read_to_the_second() {
        assert_eq!(compact_time("19700101T000102Z"), Some(Timestamp(62_000)));
    }

    #[test]
    fn a_text_that_is_not_a_moment_is_refused() {
        for text in ["", "T", "20260230T000000Z", "20260101T250000Z", "20260101T000000", "2026010éT00000Z"] {
            assert_eq!(compact_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_scope_has_five_fields() {
        assert!(CredentialScope::parse("AK/20260101/eu-west-1/ivs/aws4_request").is_some());
        assert!(CredentialScope::parse("AK%2F20260101%2Feu-west-1%2Fivs%2Faws4_request").is_some());
        assert!(CredentialScope::parse("AK/20260101/eu-west-1/ivs").is_none());
        assert!(CredentialScope::parse("AK/20260101/eu-west-1/ivs/aws4_request/").is_none());
        assert!(CredentialScope::parse("AK/20260101//ivs/aws4_request").is_none());
    }
}
