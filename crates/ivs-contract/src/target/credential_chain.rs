//! The AWS credential chain, profiles and STS.

use aws_config::meta::region::ProvideRegion as _;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::TargetError;

/// Returns the region of the profile, if it has one.
pub(super) async fn profile_region(profile: Option<&str>) -> Result<Option<String>, TargetError> {
    let mut builder = aws_config::profile::ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        builder = builder.profile_name(profile);
    }
    Ok(builder.build().region().await.map(|region| region.to_string()))
}

/// Returns the credentials that the AWS CLI would use.
pub(super) async fn credentials(profile: Option<&str>, region: &str) -> Result<SharedCredentialsProvider, TargetError> {
    let mut loader = loader(region);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let provider = loader.load().await.credentials_provider().ok_or(TargetError::NoCredentials(None))?;
    provider.provide_credentials().await.map_err(|error| TargetError::NoCredentials(Some(error.into())))?;
    Ok(provider)
}

/// Asks STS which account the credentials belong to.
pub(super) async fn account(
    credentials: &SharedCredentialsProvider,
    region: &str,
) -> Result<Option<String>, TargetError> {
    let config = loader(region).credentials_provider(credentials.clone()).load().await;
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
    let identity = identity.map_err(|error| TargetError::Sts(error.into()))?;
    Ok(identity.account().map(str::to_owned))
}

fn loader(region: &str) -> ConfigLoader {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).region(Region::new(region.to_owned()))
}
