//! The AWS credential chain and profiles.

mod aws_alone;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};

use self::aws_alone::aws_alone;
use super::TargetError;

/// A profile whose credentials are used.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChainProfile<'a> {
    pub(super) name: &'a str,
    /// True if no other source of credentials counts, as with the flag of the AWS CLI.
    pub(super) is_only_source: bool,
}

/// Returns the credentials that the AWS CLI would use. Those for AWS come from AWS, whatever URL of STS is configured.
pub(super) async fn credentials(
    profile: Option<ChainProfile<'_>>,
    region: &str,
    proxy: Option<&str>,
    are_for_aws: bool,
) -> Result<SharedCredentialsProvider, TargetError> {
    let region = Region::new(region.to_owned());
    let proxies = match proxy {
        Some(url) => ProxyConfig::all(url).map_or_else(
            |_| ProxyConfig::from_env(),
            |proxy| match no_proxy() {
                Some(rules) => proxy.no_proxy(rules),
                None => proxy,
            },
        ),
        None => ProxyConfig::from_env(),
    };
    let http = Builder::new().build_with_connector_fn(move |settings, _| {
        let mut connector =
            Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).proxy_config(proxies.clone());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    });
    let http = if are_for_aws { aws_alone(http) } else { http };
    let provider = match profile {
        Some(ChainProfile { name, is_only_source: true }) => {
            let config = ProviderConfig::without_region().with_region(Some(region)).with_http_client(http);
            let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
            SharedCredentialsProvider::new(provider)
        }
        profile => {
            let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http).region(region);
            if let Some(profile) = profile {
                loader = loader.profile_name(profile.name);
            }
            loader.load().await.credentials_provider().ok_or(TargetError::NoCredentials(None))?
        }
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(provider),
        Err(error @ CredentialsError::CredentialsNotLoaded(_)) if profile.is_none() => {
            Err(TargetError::NoCredentials(Some(error.into())))
        }
        Err(error) => {
            let origin = profile.map_or("the AWS credential chain".to_owned(), |it| format!("profile '{}'", it.name));
            Err(TargetError::Credentials { origin, source: error.into() })
        }
    }
}

fn no_proxy() -> Option<String> {
    ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| std::env::var(name).ok())
}
