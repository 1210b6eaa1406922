//! The replacement of the AWS credential chain in a build without the feature `aws`.

use aws_credential_types::provider::SharedCredentialsProvider;

use super::{TargetError, environment_keys};

/// Returns no region, and an error if a profile is named.
pub(super) async fn profile_region(profile: Option<&str>) -> Result<Option<String>, TargetError> {
    match profile {
        Some(_) => Err(no_profile()),
        None => Ok(None),
    }
}

/// Returns the keys of the environment.
pub(super) async fn credentials(profile: Option<&str>, _: &str) -> Result<SharedCredentialsProvider, TargetError> {
    if profile.is_some() {
        return Err(no_profile());
    }
    environment_keys(|name| std::env::var(name).ok()).map(SharedCredentialsProvider::new).ok_or(
        TargetError::MissingFeature {
            needed_by: "the AWS credential chain",
            otherwise: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        },
    )
}

/// Returns an error, since only STS can confirm an account.
pub(super) async fn account(_: &SharedCredentialsProvider, _: &str) -> Result<Option<String>, TargetError> {
    Err(TargetError::MissingFeature {
        needed_by: "--allow-writes asks STS for the account, and that",
        otherwise: "use a loopback endpoint",
    })
}

fn no_profile() -> TargetError {
    TargetError::MissingFeature {
        needed_by: "--profile",
        otherwise: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and no profile",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_refused_with_the_feature_that_is_missing() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(credentials(Some("testing"), "us-west-2")).unwrap_err().to_string();
        assert!(error.starts_with("--profile needs the feature 'aws'") && error.contains("--features aws"), "{error}");
    }
}
