//! The proxy of each endpoint: `--proxy`, else the variables that curl and the AWS CLI read.

use ivs_client::{Endpoint, NoProxy, Proxy};

use super::{Environment, TargetError};

/// The proxies of a run.
#[derive(Debug, Clone)]
pub(super) struct Proxies {
    https: Option<Proxy>,
    http: Option<Proxy>,
    direct: NoProxy,
}

impl Proxies {
    /// Reads the proxies: one flag for all endpoints, else `HTTPS_PROXY` and `HTTP_PROXY`, else `ALL_PROXY`, else that of the
    /// settings file.
    pub(super) fn of(
        flag: Option<&str>,
        environment: &Environment,
        setting: Option<&str>,
    ) -> Result<Self, TargetError> {
        let parse = |origin: &str, url: &str| {
            Proxy::parse(url).map_err(|source| TargetError::Proxy { origin: origin.to_owned(), source })
        };
        let from = |names: &[&str]| match (flag, environment.first(names)) {
            (Some(url), _) => parse("--proxy", url).map(Some),
            (None, Some((name, url))) => parse(name, &url).map(Some),
            (None, None) => setting.map(|url| parse("the settings file", url)).transpose(),
        };
        let direct = environment.first(&["NO_PROXY", "no_proxy"]).map(|(_, list)| NoProxy::parse(&list));
        Ok(Self {
            https: from(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])?,
            http: from(&["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])?,
            direct: direct.unwrap_or_default(),
        })
    }

    /// Sets the proxy of an endpoint. Loopback and pinned addresses are reached directly.
    pub(super) fn set(&self, endpoint: &mut Endpoint) {
        let proxy = if endpoint.tls { &self.https } else { &self.http };
        let is_direct = endpoint.is_loopback() || !endpoint.addresses.is_empty() || self.direct.holds(&endpoint.host);
        endpoint.proxy = proxy.clone().filter(|_| !is_direct);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_of(flag: Option<&str>, variables: &[(&str, &str)], url: &str) -> Option<String> {
        let mut endpoint = Endpoint::parse(url).unwrap();
        Proxies::of(flag, &Environment::of(variables), None).unwrap().set(&mut endpoint);
        endpoint.proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn proxies_come_from_the_flag_and_then_from_the_variables() {
        let both = [("HTTPS_PROXY", "http://p:1"), ("http_proxy", "http://q:2"), ("NO_PROXY", ".internal")];
        let proxy_of = |flag, url| proxy_of(flag, &both, url);
        assert_eq!(proxy_of(None, "https://ivs.us-west-2.amazonaws.com").as_deref(), Some("http://p:1"));
        assert_eq!(proxy_of(None, "http://example.com").as_deref(), Some("http://q:2"));
        assert_eq!(proxy_of(Some("http://f:3"), "https://example.com").as_deref(), Some("http://f:3"));
        for direct in ["https://a.internal", "http://127.0.0.1:4566", "https://localhost:4566"] {
            assert_eq!(proxy_of(Some("http://f:3"), direct), None, "{direct}");
        }
    }

    #[test]
    fn the_setting_counts_after_the_variables() {
        let of = |variables: &[(&str, &str)]| {
            let mut endpoint = Endpoint::parse("https://example.com").unwrap();
            Proxies::of(None, &Environment::of(variables), Some("http://s:4")).unwrap().set(&mut endpoint);
            endpoint.proxy.map(|proxy| proxy.to_string())
        };
        assert_eq!(of(&[]).as_deref(), Some("http://s:4"));
        assert_eq!(of(&[("HTTPS_PROXY", "http://p:1")]).as_deref(), Some("http://p:1"));
    }

    #[test]
    fn a_proxy_that_is_none_is_named_by_its_origin_without_its_password() {
        let variables = [("HTTPS_PROXY", "socks5://user:hush@p:1")];
        let error = Proxies::of(None, &Environment::of(&variables), None).unwrap_err();
        let text = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(text.contains("HTTPS_PROXY") && text.contains("only HTTP proxies"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }
}
