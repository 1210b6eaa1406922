//! The replacement of the AWS credential chain in a build without the feature `aws`.

use aws_credential_types::provider::SharedCredentialsProvider;

use super::{Environment, TargetError, environment_keys};

/// A profile whose credentials are used.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChainProfile<'a> {
    pub(super) name: &'a str,
    pub(super) is_only_source: bool,
}

/// Returns the keys of the environment.
pub(super) async fn credentials(
    profile: Option<ChainProfile<'_>>,
    _: &str,
    _: Option<&str>,
    _: bool,
) -> Result<SharedCredentialsProvider, TargetError> {
    if profile.is_some_and(|profile| profile.is_only_source || !profile.name.is_empty()) {
        return Err(no_profile());
    }
    environment_keys(&Environment::of_process()).map(SharedCredentialsProvider::new).ok_or(
        TargetError::MissingFeature {
            needed_by: "the AWS credential chain",
            otherwise: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        },
    )
}

/// The error of a named profile.
pub(super) fn no_profile() -> TargetError {
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
        let profile = ChainProfile { name: "testing", is_only_source: true };
        let error = runtime.block_on(credentials(Some(profile), "us-west-2", None, false)).unwrap_err().to_string();
        assert!(error.starts_with("--profile needs the feature 'aws'") && error.contains("--features aws"), "{error}");
    }
}
