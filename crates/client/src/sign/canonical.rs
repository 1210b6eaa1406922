//! SigV4 stage by stage: canonical request, string to sign, signature. It produces the invalid signatures that
//! `aws-sigv4` cannot.

use std::fmt::Write as _;

use aws_sigv4::sign::v4;
use sha2::{Digest, Sha256};
use std::time::SystemTime;

use super::Scope;
use crate::{Request, percent};

/// The headers that are never signed, as in `aws-sigv4`: proxies change them.
const NEVER_SIGNED: [&str; 4] = ["authorization", "user-agent", "x-amzn-trace-id", "transfer-encoding"];

/// Formats the date of a scope, such as `20260102`.
pub(crate) fn scope_date(time: SystemTime) -> String {
    timestamp(time)[..8].to_owned()
}

/// Formats the value of `x-amz-date`, such as `20260102T030405Z`.
pub(crate) fn timestamp(time: SystemTime) -> String {
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    time::OffsetDateTime::from(time).format(&format).expect("every field of the format is at hand")
}

/// Returns the names of the headers to sign, sorted and unique.
pub(crate) fn signable_headers(request: &Request) -> Vec<&str> {
    let mut names: Vec<&str> =
        request.headers.iter().map(|(name, _)| name.as_str()).filter(|name| !NEVER_SIGNED.contains(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Builds the canonical request (stage one). `signed` is sorted. Several values of a header are joined by commas.
pub(crate) fn canonical_request(request: &Request, signed: &[&str]) -> String {
    let mut text = format!(
        "{}\n{}\n{}\n",
        request.method,
        percent::encode_greedy(&normalised_path(&request.path)),
        canonical_query(&request.query)
    );
    for name in signed {
        let values: Vec<String> =
            request.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| canonical_value(value)).collect();
        writeln!(text, "{name}:{}", values.join(",")).expect("writing to a String cannot fail");
    }
    write!(text, "\n{}\n{}", signed.join(";"), sha256_hex(&request.body)).expect("writing to a String cannot fail");
    text
}

/// Builds the string to sign (stage two). `scope` is `date/region/service/terminator`.
pub(crate) fn string_to_sign(timestamp: &str, scope: &str, canonical_request: &str) -> String {
    format!("AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{}", sha256_hex(canonical_request.as_bytes()))
}

/// Calculates the signature (stage three), with the key of the scope's day, region and service.
pub(crate) fn signature(secret: &str, day: SystemTime, scope: &Scope<'_>, string_to_sign: &str) -> String {
    let key = v4::generate_signing_key(secret, day, scope.region, scope.service);
    v4::calculate_signature(key, string_to_sign.as_bytes())
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
    }
    hex
}

/// Removes dot segments and empty segments. Signatures of all services but S3 require it.
fn normalised_path(path: &str) -> String {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    if !path.contains('.') && !path.contains("//") {
        return path;
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let slash_at_end = !kept.is_empty() && ["/", "/.", "/..", "/./", "/../"].iter().any(|end| path.ends_with(end));
    format!("/{}{}", kept.join("/"), if slash_at_end { "/" } else { "" })
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent::encode(percent::decode(name)), percent::encode(percent::decode(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Trims a value and collapses runs of spaces.
fn canonical_value(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
