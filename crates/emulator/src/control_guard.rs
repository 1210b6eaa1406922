//! The guard of the control API: it serves programs of this machine, and no page of another site.
//!
//! A page that a browser shows may send requests to the loopback address. The control API takes no signature, so it refuses
//! such requests by what browsers say: the headers `Origin` and `Sec-Fetch-Site`. A page can also point a name of its own at
//! the loopback address (DNS rebinding). Then `Host` holds that name, so names other than `localhost` must be allowed.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::{HOST, HeaderName, ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns why a request to the control API is refused, if it is.
pub(crate) fn refusal(headers: &HeaderMap, allowed_hosts: &[String]) -> Option<String> {
    let text =
        |name: &HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let host = text(&HOST).unwrap_or_default();
    if !is_own(name_of(&host), allowed_hosts) {
        return Some(format!(
            "The Host \"{}\" is not allowed to control the emulator (allow it by --control-host)",
            host.escape_default()
        ));
    }
    let is_other_site = text(&SEC_FETCH_SITE).is_some_and(|site| !matches!(site.as_str(), "same-origin" | "none"));
    let is_other_origin = text(&ORIGIN).is_some_and(|origin| origin.split_once("://").is_none_or(|(_, of)| of != host));
    (is_other_site || is_other_origin).then(|| "Pages of other sites may not control the emulator".to_owned())
}

/// Whether a name cannot be somebody else's: an address, `localhost`, or an allowed one.
fn is_own(name: &str, allowed_hosts: &[String]) -> bool {
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    let name = name.to_ascii_lowercase();
    address.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name))
}

/// The name in `name:port` or `[address]:port`.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn is_refused(headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        refusal(&headers.collect(), &["emulator".to_owned()]).is_some()
    }

    #[test]
    fn programs_of_this_machine_are_served() {
        for host in ["127.0.0.1:4566", "localhost:4566", "localhost", "[::1]:4566", "ivs.localhost:1", "Emulator:4566"]
        {
            assert!(!is_refused(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn names_that_may_be_somebody_elses_are_refused() {
        for host in ["evil.example", "evil.example:4566", "localhost.evil.example:1", "127.0.0.1.evil.example", ""] {
            assert!(is_refused(&[("host", host)]), "{host}");
        }
        assert!(is_refused(&[]));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let own = ("host", "127.0.0.1:4566");
        for origin in ["https://evil.example", "null", "http://127.0.0.1:8080", "http://127.0.0.1:4566.evil.example"] {
            assert!(is_refused(&[own, ("origin", origin)]), "{origin}");
        }
        assert!(is_refused(&[own, ("sec-fetch-site", "cross-site")]));
        assert!(!is_refused(&[own, ("origin", "http://127.0.0.1:4566"), ("sec-fetch-site", "same-origin")]));
        assert!(!is_refused(&[own, ("sec-fetch-site", "none")]));
    }
}
