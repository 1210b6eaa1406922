//! SigV4 header signatures with a cached key: the bytes of `aws-sigv4` at a sixth of its cost.

use std::fmt;
use std::fmt::Write as _;

use aws_credential_types::Credentials;
use ring::{digest, hmac};

/// The parts of a request that all its signatures share: everything but body and time.
///
/// Prepared once for each request template, so that a signature costs two hashes and one HMAC.
#[derive(Clone)]
pub struct PreparedRequest {
    /// Method, canonical path and canonical query, one on each line.
    head: String,
    /// Canonical headers that sort before `x-amz-date`.
    before: String,
    /// Canonical headers between `x-amz-date` and `x-amz-security-token`.
    between: String,
    /// Canonical headers after `x-amz-security-token`.
    after: String,
    /// The names of all signed headers.
    signed_headers: String,
    /// True if a session token is one of them.
    with_token: bool,
}

/// The headers of a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// The value of `x-amz-date`.
    pub date: String,
    /// The value of `authorization`.
    pub authorization: String,
}

impl fmt::Debug for Signature {
    // A signature is a credential for five minutes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", self.date)
    }
}

/// Headers that are never signed: those that a proxy may change, and the signature itself.
const EXCLUDED: [&str; 4] = ["authorization", "user-agent", "x-amzn-trace-id", "transfer-encoding"];

const DATE: &str = "x-amz-date";
const TOKEN: &str = "x-amz-security-token";

impl PreparedRequest {
    /// Prepares a request. `path` and `query` are raw, as they are sent; `headers` has all headers that are sent,
    /// including `host`; `with_token` states whether the credentials have a session token.
    #[must_use]
    pub fn new(method: &str, path: &str, query: &str, headers: &[(&str, &str)], with_token: bool) -> Self {
        let mut lines: Vec<(String, String)> = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if EXCLUDED.contains(&name.as_str()) || name == DATE || (with_token && name == TOKEN) {
                continue;
            }
            let value = collapse_spaces(value);
            match lines.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => {
                    values.push(',');
                    values.push_str(&value);
                }
                None => lines.push((name, value)),
            }
        }
        lines.sort();

        let (mut before, mut between, mut after) = (String::new(), String::new(), String::new());
        for (name, value) in &lines {
            let part = if name.as_str() < DATE {
                &mut before
            } else if name.as_str() < TOKEN {
                &mut between
            } else {
                &mut after
            };
            // Writing to a String cannot fail.
            let _ = writeln!(part, "{name}:{value}");
        }
        let mut names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
        names.push(DATE);
        if with_token {
            names.push(TOKEN);
        }
        names.sort_unstable();

        Self {
            head: format!("{method}\n{}\n{}\n", canonical_path(path), canonical_query(query)),
            before,
            between,
            after,
            signed_headers: names.join(";"),
            with_token,
        }
    }
}

/// Signs for one region and service, and caches the key of the day.
pub struct Signer {
    credentials: Credentials,
    region: String,
    service: String,
    /// The second that `date` represents; `None` before the first signature.
    second: Option<i64>,
    /// `20260102T030405Z`.
    date: String,
    /// `20260102/us-west-2/ivs/aws4_request`.
    scope: String,
    key: hmac::Key,
    /// The canonical request and the string to sign; reused to save allocations.
    buffer: Vec<u8>,
}

impl Signer {
    /// Creates a signer for a region and the signing name of a service.
    #[must_use]
    pub fn new(credentials: Credentials, region: &str, service: &str) -> Self {
        Self {
            credentials,
            region: region.to_owned(),
            service: service.to_owned(),
            second: None,
            date: String::new(),
            scope: String::new(),
            key: hmac::Key::new(hmac::HMAC_SHA256, b""),
            buffer: Vec::with_capacity(1024),
        }
    }

    /// The signing name of the service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The value of `x-amz-security-token`, if the credentials have one.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.credentials.session_token()
    }

    /// Replaces the credentials and drops the cached key.
    pub fn renew(&mut self, credentials: Credentials) {
        self.credentials = credentials;
        self.second = None;
        self.scope.clear();
    }

    /// Signs a prepared request with its body at a time in Unix seconds.
    ///
    /// `prepared` must fit the credentials (with or without a session token). Otherwise the signature is wrong.
    pub fn sign(&mut self, prepared: &PreparedRequest, body: &[u8], unix_seconds: i64) -> Signature {
        self.advance(unix_seconds);

        let buffer = &mut self.buffer;
        buffer.clear();
        buffer.extend_from_slice(prepared.head.as_bytes());
        buffer.extend_from_slice(prepared.before.as_bytes());
        buffer.extend_from_slice(DATE.as_bytes());
        buffer.push(b':');
        buffer.extend_from_slice(self.date.as_bytes());
        buffer.push(b'\n');
        buffer.extend_from_slice(prepared.between.as_bytes());
        if prepared.with_token {
            buffer.extend_from_slice(TOKEN.as_bytes());
            buffer.push(b':');
            buffer.extend_from_slice(self.credentials.session_token().unwrap_or_default().as_bytes());
            buffer.push(b'\n');
        }
        buffer.extend_from_slice(prepared.after.as_bytes());
        buffer.push(b'\n');
        buffer.extend_from_slice(prepared.signed_headers.as_bytes());
        buffer.push(b'\n');
        push_hex(buffer, digest::digest(&digest::SHA256, body).as_ref());

        let hash = digest::digest(&digest::SHA256, buffer);
        buffer.clear();
        buffer.extend_from_slice(b"AWS4-HMAC-SHA256\n");
        buffer.extend_from_slice(self.date.as_bytes());
        buffer.push(b'\n');
        buffer.extend_from_slice(self.scope.as_bytes());
        buffer.push(b'\n');
        push_hex(buffer, hash.as_ref());
        let tag = hmac::sign(&self.key, buffer);

        buffer.clear();
        push_hex(buffer, tag.as_ref());
        let signature = std::str::from_utf8(buffer).expect("hex is ASCII");
        let key_id = self.credentials.access_key_id();
        let mut authorization =
            String::with_capacity(100 + key_id.len() + self.scope.len() + prepared.signed_headers.len() + 64);
        for part in [
            "AWS4-HMAC-SHA256 Credential=",
            key_id,
            "/",
            &self.scope,
            ", SignedHeaders=",
            &prepared.signed_headers,
            ", Signature=",
            signature,
        ] {
            authorization.push_str(part);
        }
        Signature { date: self.date.clone(), authorization }
    }

    /// Updates date, scope and key to a second. The key is derived once each UTC day.
    fn advance(&mut self, unix_seconds: i64) {
        if self.second == Some(unix_seconds) {
            return;
        }
        let time = time::OffsetDateTime::from_unix_timestamp(unix_seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        self.second = Some(unix_seconds);
        self.date.clear();
        let _ = write!(
            self.date,
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        let day = &self.date[..8];
        if self.scope.get(..8) != Some(day) {
            let secret = format!("AWS4{}", self.credentials.secret_access_key());
            let mut tag = hmac_sha256(secret.as_bytes(), day.as_bytes());
            for part in [&self.region, &self.service, "aws4_request"] {
                tag = hmac_sha256(tag.as_ref(), part.as_bytes());
            }
            self.key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
            self.scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}/{})", self.region, self.service)
    }
}

fn hmac_sha256(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
}

fn push_hex(buffer: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        buffer.push(DIGITS[usize::from(byte >> 4)]);
        buffer.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Removes dot segments and empty segments, and percent-encodes the path once more (the rule for all services but S3).
fn canonical_path(path: &str) -> String {
    let rooted = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let normal = if rooted.contains('.') || rooted.contains("//") {
        let mut segments: Vec<&str> = Vec::new();
        for segment in rooted.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop();
                }
                other => segments.push(other),
            }
        }
        let mut joined = format!("/{}", segments.join("/"));
        let ends_open = ["/", "/.", "/..", "/./", "/../"].iter().any(|end| rooted.ends_with(end));
        if ends_open && !joined.ends_with('/') {
            joined.push('/');
        }
        joined
    } else {
        rooted
    };
    percent_encode(&normal, true)
}

/// Decodes names and values of a query, encodes them uniformly, and sorts them.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (percent_encode(&name, false), percent_encode(&value, false)))
        .collect();
    pairs.sort();
    let mut canonical = String::with_capacity(query.len() + 8);
    for (name, value) in pairs {
        if !canonical.is_empty() {
            canonical.push('&');
        }
        canonical.push_str(&name);
        canonical.push('=');
        canonical.push_str(&value);
    }
    canonical
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 and, with `keep_slash`, the slash.
fn percent_encode(text: &str, keep_slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (keep_slash && byte == b'/') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Trims spaces and collapses runs of them. Other whitespace stays.
fn collapse_spaces(value: &str) -> String {
    let mut collapsed = String::with_capacity(value.len());
    for character in value.trim_matches(' ').chars() {
        if character != ' ' || !collapsed.ends_with(' ') {
            collapsed.push(character);
        }
    }
    collapsed
}
