//! The endpoints of the services: one URL for all, one for each, or the AWS hosts.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ivs_model::Service;

use crate::Proxy;

/// The origin of one service, the path prefix of its operations, and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// True if the connection is encrypted.
    pub tls: bool,
    /// Host name or IP address; IPv6 without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The value of the `host` header: host, and port unless it is the scheme's default.
    pub authority: String,
    /// The prefix of every operation's path, without a trailing slash.
    pub prefix: String,
    /// The addresses to connect to in place of resolving the host; empty means that every connection resolves it.
    pub addresses: Vec<IpAddr>,
    /// The proxy that connections go through.
    pub proxy: Option<Proxy>,
}

/// The reason why an endpoint URL was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is not a URL.
    #[error("`{url}` is not a URL (example: http://127.0.0.1:4566)")]
    Malformed {
        /// The text given.
        url: String,
    },
    /// The scheme is neither http nor https.
    #[error("`{url}` does not start with http:// or https:// (example: http://127.0.0.1:4566)")]
    Scheme {
        /// The text given.
        url: String,
    },
    /// The URL has a query, a fragment, or a user name and password. The error does not repeat it, since it may contain
    /// a secret.
    #[error("an endpoint URL must not have a {part}")]
    Superfluous {
        /// The unexpected part.
        part: &'static str,
    },
    /// A service has no endpoint.
    #[error("no endpoint for the service `{service}`")]
    Missing {
        /// The service id.
        service: String,
    },
}

impl Endpoint {
    /// Parses a URL such as `http://127.0.0.1:4566` or `https://host/prefix`.
    ///
    /// # Errors
    ///
    /// [`EndpointError`] if it is not a plain http or https URL.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let given = || url.to_owned();
        if url.contains('#') {
            return Err(EndpointError::Superfluous { part: "fragment" });
        }
        let (scheme, rest) = url.split_once("://").ok_or_else(|| EndpointError::Scheme { url: given() })?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(EndpointError::Scheme { url: given() }),
        };
        if rest.split('/').next().is_some_and(|authority| authority.contains('@')) {
            return Err(EndpointError::Superfluous { part: "user name or password" });
        }
        let uri: http::Uri = url.parse().map_err(|_| EndpointError::Malformed { url: given() })?;
        if uri.query().is_some() {
            return Err(EndpointError::Superfluous { part: "query" });
        }
        let authority = uri.authority().ok_or_else(|| EndpointError::Malformed { url: given() })?;
        let own_port = if tls { 443 } else { 80 };
        // `port_u16` is `None` both without a port and for one out of range. Only the first lacks a colon after the
        // host.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("" | ":") => own_port,
            _ => authority.port_u16().ok_or_else(|| EndpointError::Malformed { url: given() })?,
        };
        let shown_host = authority.host().to_ascii_lowercase();
        let host = shown_host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(EndpointError::Malformed { url: given() });
        }
        let authority = if port == own_port { shown_host } else { format!("{shown_host}:{port}") };
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { tls, host, port, authority, prefix, addresses: Vec::new(), proxy: None })
    }

    /// Returns scheme, host and port, as in `http://127.0.0.1:4566`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority)
    }

    /// Returns whether a proxy forwards the requests, and so reads them. It tunnels those of https endpoints.
    #[must_use]
    pub fn is_forwarded(&self) -> bool {
        self.proxy.is_some() && !self.tls
    }

    /// Returns whether the host is one of AWS, where the documented call rates apply.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        let host = self.host.trim_end_matches('.');
        ["amazonaws.com", "amazonaws.com.cn", "api.aws"]
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|labels| labels.is_empty() || labels.ends_with('.')))
    }

    /// Returns whether the host is `localhost`, a subdomain of it, or a loopback address. Names are not resolved.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let name = self.host.trim_end_matches('.');
        let mapped = |address: IpAddr| match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        name == "localhost"
            || name.ends_with(".localhost")
            || name.parse::<IpAddr>().is_ok_and(|address| mapped(address).is_loopback())
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.origin(), self.prefix)
    }
}

/// The endpoints of all services, by [`Service::id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    by_service: BTreeMap<String, Endpoint>,
    rest: Option<Endpoint>,
}

impl Endpoints {
    /// Uses one URL for all services.
    ///
    /// # Errors
    ///
    /// [`EndpointError`] if the URL is not an endpoint.
    pub fn one(url: &str) -> Result<Self, EndpointError> {
        Ok(Self { by_service: BTreeMap::new(), rest: Some(Endpoint::parse(url)?) })
    }

    /// Uses one endpoint for all services.
    #[must_use]
    pub fn of_one(endpoint: Endpoint) -> Self {
        Self { by_service: BTreeMap::new(), rest: Some(endpoint) }
    }

    /// Uses the AWS hosts, `{endpoint prefix}.{region}.amazonaws.com` (fact `service-hosts`).
    ///
    /// # Errors
    ///
    /// [`EndpointError`] if the region does not give a valid host name.
    pub fn aws<'a>(services: impl IntoIterator<Item = &'a Service>, region: &str) -> Result<Self, EndpointError> {
        let mut by_service = BTreeMap::new();
        for service in services {
            let url = format!("https://{}.{region}.amazonaws.com", service.endpoint_prefix);
            by_service.insert(service.id.clone(), Endpoint::parse(&url)?);
        }
        Ok(Self { by_service, rest: None })
    }

    /// Replaces the URL of one service.
    ///
    /// # Errors
    ///
    /// [`EndpointError`] if the URL is not an endpoint.
    pub fn with(mut self, service: &str, url: &str) -> Result<Self, EndpointError> {
        self.by_service.insert(service.to_owned(), Endpoint::parse(url)?);
        Ok(self)
    }

    /// Returns the endpoint of a service.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Missing`] if the service has none.
    pub fn of(&self, service: &str) -> Result<&Endpoint, EndpointError> {
        let endpoint = self.by_service.get(service).or(self.rest.as_ref());
        endpoint.ok_or_else(|| EndpointError::Missing { service: service.to_owned() })
    }

    /// Changes every endpoint.
    ///
    /// # Errors
    ///
    /// The first error of `change`.
    pub fn try_change<E>(&mut self, mut change: impl FnMut(&mut Endpoint) -> Result<(), E>) -> Result<(), E> {
        self.by_service.values_mut().chain(&mut self.rest).try_for_each(&mut change)
    }

    /// Returns every endpoint, the shared one last.
    pub fn all(&self) -> impl Iterator<Item = &Endpoint> {
        self.by_service.values().chain(&self.rest)
    }

    /// Returns whether every endpoint is a loopback address. If not, writes need permission (docs/safety.md#writes).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.all().all(Endpoint::is_loopback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_prefix_and_drops_its_own_port() {
        let endpoint = Endpoint::parse("HTTPS://Example.com:443/a/b/").unwrap();
        assert_eq!((endpoint.authority.as_str(), endpoint.prefix.as_str()), ("example.com", "/a/b"));
        assert_eq!(endpoint.to_string(), "https://example.com/a/b");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for url in [
            "http://localhost:1",
            "http://127.9.9.9",
            "http://[::1]:8080",
            "http://a.localhost",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(Endpoint::parse(url).unwrap().is_loopback(), "{url}");
        }
        for url in ["http://10.0.0.1", "http://localhost.example.com", "http://127.0.0.1.nip.io", "http://0.0.0.0"] {
            assert!(!Endpoint::parse(url).unwrap().is_loopback(), "{url}");
        }
    }

    #[test]
    fn hosts_of_aws_are_known_by_their_domain() {
        for host in ["ivs.us-west-2.amazonaws.com", "vpce-1.ivs.eu-west-1.vpce.amazonaws.com", "ivs.x.amazonaws.com."] {
            assert!(Endpoint::parse(&format!("https://{host}")).unwrap().is_aws(), "{host}");
        }
        for host in ["amazonaws.com.example.com", "notamazonaws.com", "127.0.0.1"] {
            assert!(!Endpoint::parse(&format!("https://{host}")).unwrap().is_aws(), "{host}");
        }
    }

    #[test]
    fn invalid_endpoints_are_refused() {
        for url in [
            "",
            "127.0.0.1:80",
            "ftp://a",
            "http://",
            "http://a:99999",
            "http://a:b",
            "http://u:p@a",
            "http://a?b",
            "http://a/#c",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_is_not_repeated() {
        let error = Endpoint::parse("http://user:hunter2@a").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn one_service_may_have_another_endpoint() {
        let endpoints =
            Endpoints::one("http://127.0.0.1:1").unwrap().with("ivschat", "https://chat.example.com").unwrap();
        assert_eq!(endpoints.of("ivs").unwrap().port, 1);
        assert_eq!(endpoints.of("ivschat").unwrap().host, "chat.example.com");
        assert!(!endpoints.is_loopback());
    }
}
