//! HTTP proxies: which endpoint goes through which proxy.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;

use crate::percent::decode;

/// The port of a proxy whose URL has none.
const DEFAULT_PORT: u16 = 80;

/// An HTTP proxy: its address and the credentials for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Host name or IP address; IPv6 without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Host and port as a URL has them.
    authority: String,
    /// `USER:PASSWORD`, percent-encoded as in the URL.
    user_info: Option<String>,
}

/// The reason why a proxy URL was refused. It never repeats the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// The scheme is not http.
    #[error("only HTTP proxies are supported (example: http://127.0.0.1:3128)")]
    Scheme,
    /// The text is not a URL.
    #[error("it is not a URL (example: http://127.0.0.1:3128)")]
    Malformed,
}

impl Proxy {
    /// Parses `http://[USER:PASSWORD@]HOST[:PORT]`. The scheme may be missing; the default port is 80.
    ///
    /// # Errors
    ///
    /// [`ProxyError`] if it is not the URL of an HTTP proxy.
    pub fn parse(url: &str) -> Result<Self, ProxyError> {
        let rest = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(ProxyError::Scheme),
            None => url,
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user_info, place) = match rest.rsplit_once('@') {
            Some((user_info, place)) => (Some(user_info.to_owned()), place),
            None => (None, rest),
        };
        let authority: http::uri::Authority = place.parse().map_err(|_| ProxyError::Malformed)?;
        let port = match place.strip_prefix(authority.host()) {
            Some("" | ":") => DEFAULT_PORT,
            _ => authority.port_u16().ok_or(ProxyError::Malformed)?,
        };
        let shown_host = authority.host().to_ascii_lowercase();
        let host = shown_host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(ProxyError::Malformed);
        }
        let authority = if port == DEFAULT_PORT { shown_host } else { format!("{shown_host}:{port}") };
        Ok(Self { host, port, authority, user_info })
    }

    /// Returns the value of `proxy-authorization`, if the proxy has credentials.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        let user_info = self.user_info.as_deref()?;
        let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
        let plain = [&decode(user)[..], b":", &decode(password)].concat();
        Some(format!("Basic {}", BASE64.encode(plain)))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

impl fmt::Debug for Proxy {
    // The credentials are a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// The hosts that are reached without a proxy, as `NO_PROXY` lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoProxy {
    rules: Vec<NoProxyRule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum NoProxyRule {
    Everything,
    /// A host and its subdomains.
    Domain(String),
    /// The addresses that share a prefix of this length with an address.
    Network(IpAddr, u8),
}

impl NoProxy {
    /// Parses a list of hosts, addresses and networks, separated by commas. `*` stands for every host.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        let entries = list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty());
        Self { rules: entries.map(NoProxyRule::parse).collect() }
    }

    /// Returns whether the host, an IPv6 address without brackets, is on the list.
    #[must_use]
    pub fn holds(&self, host: &str) -> bool {
        self.rules.iter().any(|rule| rule.holds(host))
    }
}

impl NoProxyRule {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::Everything;
        }
        let (place, length) = entry.split_once('/').unwrap_or((entry, "128"));
        let bare = place.trim_start_matches('[').trim_end_matches(']');
        if let (Ok(address), Ok(length)) = (bare.parse(), length.parse()) {
            return Self::Network(address, length);
        }
        // A port in an entry is not compared.
        let host = entry.split(':').next().unwrap_or_default();
        Self::Domain(host.trim_start_matches('*').trim_matches('.').to_ascii_lowercase())
    }

    fn holds(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        match self {
            Self::Everything => true,
            Self::Domain(domain) => {
                host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            Self::Network(network, length) => match (network, host.parse()) {
                (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                    let shift = 32 - u32::from(*length).min(32);
                    (network.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
                }
                (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                    let shift = 128 - u32::from(*length).min(128);
                    (network.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
                }
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_direct(list: &str, host: &str) -> bool {
        NoProxy::parse(list).holds(host)
    }

    #[test]
    fn a_proxy_url_may_lack_its_scheme_and_hold_credentials() {
        let proxy = Proxy::parse("http://user:p%40ss@Proxy.example.com:3128/").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.example.com", 3128));
        assert_eq!(proxy.authorization().as_deref(), Some("Basic dXNlcjpwQHNz"));
        assert_eq!(format!("{proxy} {proxy:?}").matches("p%40ss").count(), 0);
        assert_eq!(Proxy::parse("127.0.0.1:3128").unwrap().to_string(), "http://127.0.0.1:3128");
        assert_eq!(Proxy::parse("socks5://127.0.0.1:1080"), Err(ProxyError::Scheme));
        assert_eq!(Proxy::parse("http://:1"), Err(ProxyError::Malformed));
    }

    #[test]
    fn no_proxy_lists_hosts_addresses_and_networks() {
        for (list, host) in [
            ("*", "a.example.com"),
            ("example.com", "a.example.com"),
            (".example.com", "a.example.com"),
            ("other, Example.com:443", "example.com"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("10.1.2.3", "10.1.2.3"),
            ("fd00::/8", "fd12::1"),
        ] {
            assert!(goes_direct(list, host), "{list} {host}");
        }
        for (list, host) in [
            ("", "example.com"),
            ("example.com", "notexample.com"),
            ("10.0.0.0/8", "11.1.2.3"),
            ("10.1.2.3", "10.1.2.4"),
        ] {
            assert!(!goes_direct(list, host), "{list} {host}");
        }
    }
}
