//! A `curl` line that sends a request again.

use std::fmt::Write as _;

use ivs_client::Request;

use crate::printable::{COMMAND_ANYWHERE, is_plain};

/// Bodies beyond this many bytes are named, not printed.
const LONGEST_BODY: usize = 8 * 1024;

/// Marks within a text, which a script replaces by what a shell expands. No byte of a request is one of them. The first opens
/// a variable, the second closes it, the third opens one that stands percent-encoded, and the fourth one that stands as
/// [`PERCENT`] says. The last mark follows each percent sign of a path that curl signs.
pub(crate) const MARKS: [char; 5] = ['\u{e000}', '\u{e001}', '\u{e002}', '\u{e003}', PERCENT];
const PERCENT: char = '\u{e004}';

/// Sets `E` to what must follow a percent sign in the path of a URL, so that curl signs the path as AWS does: encoded once
/// more. Since 8.9 curl encodes it by itself. The path that is sent is the one of `--request-target`.
pub(crate) const SET_E: &str = "case $(curl -V) in 'curl 7.'*|'curl 8.'[0-8].*) E=25;; *) E=;; esac";

/// Headers that curl writes itself, or that change with every request.
const LEFT_OUT: [&str; 13] = [
    "accept",
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];

/// The request as a line for a POSIX shell. `origin` is a shell word for scheme and host; `text` makes any part of
/// the request fit to print; `body` is the body fit to print, if it is text.
pub(crate) fn line(
    request: &Request,
    origin: &str,
    rightly_signed: bool,
    body: Option<&str>,
    text: &mut dyn FnMut(&str) -> String,
) -> String {
    let mut curl = String::from("curl -sS -i -g --path-as-is");
    let mut remark = None;
    let presigned = request.query.contains("X-Amz-Signature=");
    match scope(request) {
        _ if presigned => remark = Some("signed in the query, see the replay line"),
        Some((region, service)) => {
            let _ = write!(curl, " --aws-sigv4 {}", quoted(&format!("aws:amz:{region}:{service}")));
            curl.push_str(" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"");
            if request.header("x-amz-security-token").is_some() {
                curl.push_str(" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\"");
            }
            if !rightly_signed {
                remark = Some("sent with a wrong signature, see the replay line");
            }
        }
        None if request.header("authorization").is_some() => {
            remark = Some("sent with a malformed Authorization header, see the replay line");
        }
        None => {}
    }
    let _ = write!(curl, " -X {}", quoted(&text(&request.method)));
    let target = |path: &str, query: &str| {
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    };
    let path = text(&request.path);
    let sent = target(&path, &text(&request.query));
    let sorted = sorted(&request.query);
    let is_signed = curl.contains(" --aws-sigv4 ");
    if is_signed && (request.path.contains('%') || sorted != request.query || sent.contains(MARKS[2])) {
        let signed = path.replace('%', &format!("%{PERCENT}")).replace(MARKS[2], &MARKS[3].to_string());
        let signed = target(&signed, &text(&sorted));
        let _ = write!(curl, " --request-target {} {origin}{}", quoted(&sent), quoted(&signed));
    } else {
        let _ = write!(curl, " {origin}{}", quoted(&sent));
    }
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/%".contains(&byte);
    if is_signed && !request.path.bytes().all(is_usual) && remark.is_none() {
        remark = Some("curl 8.9 and later sign this path as AWS does; for others see the replay line");
    }
    match request.header("content-type") {
        Some(value) => {
            let _ = write!(curl, " -H {}", quoted(&format!("content-type: {}", text(value))));
        }
        // An empty value keeps curl from sending its own.
        None if !request.body.is_empty() => curl.push_str(" -H content-type:"),
        None => {}
    }
    if let Some(accept) = request.header("accept").filter(|value| *value != "application/json") {
        let _ = write!(curl, " -H {}", quoted(&format!("accept: {}", text(accept))));
    }
    for (name, value) in request.headers.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        let header = format!("{name}: {}", text(&String::from_utf8_lossy(value)));
        let _ = write!(curl, " -H {}", quoted(&header));
    }
    let mut line = with_body(curl, request, body);
    if let Some(remark) = remark {
        let _ = write!(line, " # {remark}");
    }
    line
}

/// The parameters of a query in the order in which they are signed.
fn sorted(query: &str) -> String {
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_by_key(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
    parameters.join("&")
}

/// A header that stands for a right signature of that scope, in requests that are only shown.
pub(crate) fn scope_header(region: &str, signing_name: &str) -> (String, Vec<u8>) {
    ("authorization".to_owned(), format!("Credential=/-/{region}/{signing_name}/aws4_request").into_bytes())
}

fn with_body(mut curl: String, request: &Request, body: Option<&str>) -> String {
    match body {
        _ if request.body.is_empty() => {
            if request.method == "POST" {
                curl.push_str(" --data-raw ''");
            }
            curl
        }
        _ if request.body.len() > LONGEST_BODY => {
            let _ = write!(curl, " --data-binary @BODY # BODY: {} bytes, see the replay line", request.body.len());
            curl
        }
        Some(body) if is_plain(body) => {
            let _ = write!(curl, " --data-raw {}", quoted(body));
            curl
        }
        Some(body) => format!("printf '{}' | {curl} --data-binary @-", octal_text(body)),
        None => format!("printf '{}' | {curl} --data-binary @-", octal(&request.body)),
    }
}

/// Region and service of the SigV4 scope in the Authorization header.
fn scope(request: &Request) -> Option<(String, String)> {
    let (_, credential) = request.header("authorization")?.split_once("Credential=")?;
    let mut parts = credential.split([',', ' ']).next()?.split('/').skip(2);
    let (region, service) = (parts.next()?, parts.next()?);
    (parts.next().is_some() && !region.is_empty() && !service.is_empty())
        .then(|| (region.to_owned(), service.to_owned()))
}

/// A word for a POSIX shell. What may not be printed comes out of `printf`.
#[must_use]
pub fn quoted(word: &str) -> String {
    // Quotes in between keep a log from taking it for a command.
    let apart = |text: &str| text.replace(COMMAND_ANYWHERE, "#''#[");
    if !is_plain(&word.replace(COMMAND_ANYWHERE, "")) {
        return format!("\"$(printf '{}')\"", octal_text(word));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:=@%+,-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", apart(&word.replace('\'', r"'\''")))
}

/// A text as a format for `printf`. The marks of a script stay as they are.
fn octal_text(text: &str) -> String {
    text.split_inclusive(MARKS).fold(String::new(), |mut octals, part| {
        let plain = part.trim_end_matches(MARKS);
        octals.push_str(&octal(plain.as_bytes()));
        octals.push_str(&part[plain.len()..]);
        octals
    })
}

/// Bytes as a format for `printf`.
fn octal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'\\' | b'%' | b'\'' | b'#' | 0..=31 | 127..=255 => {
                let _ = write!(text, "\\{byte:03o}");
            }
            _ => text.push(char::from(*byte)),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str =
        "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-west-2/ivs/aws4_request, SignedHeaders=host, Signature=abc";

    fn request(headers: &[(&str, &str)], body: &[u8]) -> Request {
        Request {
            method: "POST".to_owned(),
            path: "/CreateChannel".to_owned(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect(),
            body: body.to_vec().into(),
        }
    }

    fn shown(request: &Request, signed: bool) -> String {
        let body = std::str::from_utf8(&request.body).ok().map(str::to_owned);
        line(request, "\"$AWS_ENDPOINT_URL\"", signed, body.as_deref(), &mut str::to_owned)
    }

    #[test]
    fn a_signed_call_is_signed_by_curl_with_the_scope_as_sent() {
        let request =
            request(&[("authorization", SIGNED), ("content-type", "application/json")], b"{\"name\":\"it's\"}");
        assert_eq!(
            shown(&request, true),
            "curl -sS -i -g --path-as-is --aws-sigv4 aws:amz:us-west-2:ivs --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \
             -X POST \"$AWS_ENDPOINT_URL\"/CreateChannel -H 'content-type: application/json' \
             --data-raw '{\"name\":\"it'\\''s\"}'"
        );
    }

    #[test]
    fn an_unsigned_call_stays_unsigned() {
        let request = request(&[("content-type", "application/json")], b"{}");
        assert!(!shown(&request, false).contains("sigv4"));
    }

    #[test]
    fn a_wrong_signature_is_remarked_and_never_printed() {
        let line = shown(&request(&[("authorization", SIGNED)], b""), false);
        assert!(
            line.contains("wrong signature") && !line.contains("Signature=abc") && !line.contains("AKID"),
            "{line}"
        );
    }

    #[test]
    fn bytes_that_are_no_text_go_through_printf() {
        let line = shown(&request(&[], b"\xff\x00'%"), true);
        assert!(line.starts_with(r"printf '\377\000\047\045' | curl "), "{line}");
    }

    #[test]
    fn a_huge_body_is_named_only() {
        let line = shown(&request(&[], &[b'a'; 100_000]), true);
        assert!(line.len() < 400 && line.contains("100000 bytes"), "{line}");
    }
}
