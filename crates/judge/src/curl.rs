//! A `curl` line that sends a request again.

use std::fmt::Write as _;

use ivs_client::Request;

/// Bodies beyond this many bytes are named, not printed.
const LONGEST_BODY: usize = 8 * 1024;

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
    let mut target = text(&request.path);
    if !request.query.is_empty() {
        target.push('?');
        target.push_str(&text(&request.query));
    }
    let _ = write!(curl, " {origin}{}", quoted(&target));
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
        Some(body) if !body.contains('\0') => {
            let _ = write!(curl, " --data-raw {}", quoted(body));
            curl
        }
        _ => format!("printf '{}' | {curl} --data-binary @-", octal(&request.body)),
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

/// A word for a POSIX shell.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:=@%+,-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Bytes as a format for `printf`.
fn octal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'\\' | b'%' | b'\'' | 0..=31 | 127..=255 => {
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
