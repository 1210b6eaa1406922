//! The keys that sign requests, and how they are described.

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};

use super::credential_chain::{self, ChainProfile};
use super::shared_files::SharedProfile;
use super::{Environment, TargetError, environment_keys};

/// The access key ID and the secret for a local endpoint if none are configured.
const BUILT_IN: &str = "test";

/// Keys, and where they come from.
#[derive(Debug)]
pub(super) struct SigningKeys {
    pub(super) provider: SharedCredentialsProvider,
    /// Such as `access key test (built in)`.
    pub(super) describe: String,
    /// A remark for the user.
    pub(super) note: Option<String>,
}

impl SigningKeys {
    fn of(credentials: Credentials, origin: &str) -> Self {
        let describe = format!("access key {} ({origin})", masked(credentials.access_key_id()));
        Self { provider: SharedCredentialsProvider::new(credentials), describe, note: None }
    }

    /// The keys that an emulator accepts by convention.
    pub(super) fn built_in() -> Self {
        Self::of(Credentials::new(BUILT_IN, BUILT_IN, None, None, "built in"), "built in")
    }
}

/// Masks the middle of a long access key ID.
fn masked(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() < 12 {
        return id.to_owned();
    }
    let part = |range: &[char]| range.iter().collect::<String>();
    format!("{}…{}", part(&characters[..4]), part(&characters[characters.len() - 4..]))
}

/// The sources of keys of one target.
#[derive(Debug)]
pub(super) struct KeySources<'a> {
    pub(super) environment: &'a Environment,
    /// The profile of the flag, which beats the variables of keys.
    pub(super) flag: Option<&'a str>,
    /// The profile of any source, if one is named.
    pub(super) named: Option<&'a str>,
    /// The profile as the files have it.
    pub(super) profile: Option<&'a SharedProfile>,
    /// True if the user named the files, or the profile states the endpoint.
    pub(super) is_meant: bool,
    /// True if the keys of the profile are the only ones that count.
    pub(super) is_only_profile: bool,
    /// True if the endpoint is local: then neither AWS nor instance metadata is asked.
    pub(super) is_local: bool,
    /// True if the endpoint is of AWS.
    pub(super) is_aws: bool,
    pub(super) region: &'a str,
    pub(super) proxy: Option<&'a str>,
}

impl KeySources<'_> {
    /// Finds the keys.
    pub(super) async fn find(&self) -> Result<SigningKeys, TargetError> {
        if self.is_local { self.local().await } else { self.remote().await }
    }

    /// The keys that the user configured, else the built-in ones.
    async fn local(&self) -> Result<SigningKeys, TargetError> {
        let of_environment = environment_keys(self.environment);
        if let (Some(keys), None, false) = (&of_environment, self.flag, self.is_only_profile) {
            return Ok(SigningKeys::of(keys.clone(), "AWS_ACCESS_KEY_ID"));
        }
        let Some(profile) = self.profile.filter(|_| self.is_meant || self.named.is_some()) else {
            return Ok(SigningKeys::built_in());
        };
        if let Some(keys) = &profile.keys {
            return Ok(SigningKeys::of(keys.clone(), &profile.describe()));
        }
        if profile.has_process {
            return self.chain(Some(ChainProfile { name: &profile.name, is_only_source: true })).await;
        }
        let mut keys = SigningKeys::built_in();
        if profile.has_remote_keys {
            keys.note = Some(format!(
                "the keys of {} come from AWS, which is not asked for a local endpoint: signing as '{BUILT_IN}'",
                profile.describe()
            ));
        }
        Ok(keys)
    }

    /// The keys of the AWS credential chain.
    async fn remote(&self) -> Result<SigningKeys, TargetError> {
        self.chain(self.named.map(|name| ChainProfile { name, is_only_source: self.flag.is_some() })).await
    }

    async fn chain(&self, profile: Option<ChainProfile<'_>>) -> Result<SigningKeys, TargetError> {
        let provider = credential_chain::credentials(profile, self.region, self.proxy, self.is_aws).await?;
        let credentials = provider.provide_credentials().await.ok();
        let id = credentials.as_ref().map(|credentials| masked(credentials.access_key_id())).unwrap_or_default();
        let is_of_environment = environment_keys(self.environment)
            .is_some_and(|keys| credentials.as_ref().is_some_and(|it| it.access_key_id() == keys.access_key_id()));
        let origin = match profile {
            _ if is_of_environment => "AWS_ACCESS_KEY_ID".to_owned(),
            Some(profile) => format!("profile '{}'", profile.name),
            None => "the AWS credential chain".to_owned(),
        };
        Ok(SigningKeys { provider, describe: format!("access key {id} ({origin})"), note: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_are_masked() {
        assert_eq!(masked("AKIAIOSFODNN7EXAMPLE"), "AKIA…MPLE");
        assert_eq!(masked("test"), "test");
    }

    #[test]
    fn keys_come_from_the_environment_only_in_pairs() {
        let keys = |variables: &[(&str, &str)]| environment_keys(&Environment::of(variables));
        let both = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_SESSION_TOKEN", "")];
        let found = keys(&both).unwrap();
        assert_eq!((found.access_key_id(), found.secret_access_key()), ("AKID", "secret"));
        assert_eq!(found.session_token(), None);
        assert!(keys(&[("AWS_ACCESS_KEY_ID", "AKID")]).is_none());
        assert!(keys(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "secret")]).is_none());
    }
}
