//! The target of a run: endpoints, credentials, and the permission to write.

mod again;
mod choice;
#[cfg(feature = "aws")]
mod credential_chain;
mod error;
#[cfg(not(feature = "aws"))]
mod no_credential_chain;
mod options;

use std::path::Path;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use ivs_client::{ClientConfig, Clock, Endpoints, Limits, Trust};
use ivs_emulator::{Emulator, Running};
use ivs_judge::Reproducer;
use ivs_model::{Model, Service};

use self::again::Again;
use self::choice::{TargetChoice, TargetSource};
#[cfg(not(feature = "aws"))]
use self::no_credential_chain as credential_chain;
pub(crate) use self::{error::TargetError, options::TargetOptions};
use crate::settings::SettingsFile;

/// The region to sign for if none is configured.
const DEFAULT_REGION: &str = "us-west-2";
/// The access key ID and the secret for a loopback endpoint if none are configured.
const LOOPBACK_KEY: &str = "test";

/// A target that can be called.
pub(crate) struct ResolvedTarget {
    /// The configuration of the client, for [`ivs_client::Client::new`].
    pub client: ClientConfig,
    /// The name of the endpoint in reports.
    pub name: String,
    /// True if the endpoint serves one region only.
    pub is_single_region: bool,
    /// The services that have an endpoint; empty means all.
    pub services: Vec<String>,
    /// True if requests that create, change or delete may be sent.
    pub allow_writes: bool,
    /// True if requests are signed.
    pub sign_requests: bool,
    /// The emulator, if the command runs it.
    pub emulator: Option<Running>,
    /// Remarks for the user, to print before the run.
    pub notes: Vec<String>,
    /// The arguments that select the same target from any folder, for [`Reproducer::target`].
    pub arguments: Vec<String>,
}

impl ResolvedTarget {
    /// Returns whether every endpoint is a loopback address.
    pub(crate) fn is_loopback(&self) -> bool {
        self.client.endpoints.is_loopback()
    }

    /// Builds the writer of the reproduction lines of findings, with the seed, the endpoints, and the secrets to mask.
    pub(crate) async fn reproducer(&self, seed: u64) -> anyhow::Result<Reproducer> {
        let mut reproducer = Reproducer::new(seed);
        for service in &self.client.services {
            reproducer = reproducer.endpoint(&service.id, &self.client.endpoints.of(&service.id)?.to_string());
        }
        if let Some(provider) = &self.client.credentials {
            let credentials = provider.provide_credentials().await?;
            reproducer = reproducer.secret(credentials.secret_access_key());
            if let Some(token) = credentials.session_token() {
                reproducer = reproducer.secret(token);
            }
        }
        Ok(reproducer)
    }
}

/// Resolves the target from flags, environment and settings, and starts the emulator if that is the target.
pub(crate) async fn resolve(
    flags: &TargetOptions,
    file: &SettingsFile,
    models: &[Model],
) -> Result<ResolvedTarget, TargetError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let sources =
        [TargetSource::from_flags(flags), TargetSource::from_environment(variable), TargetSource::from_settings(file)];
    let target = TargetChoice::from_sources(&sources)?;
    let profile = flags.profile.clone().or_else(|| variable("AWS_PROFILE")).or_else(|| file.profile.clone());
    let region = flags
        .region
        .clone()
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| file.region.clone());

    let mut emulator = None;
    let mut services = Vec::new();
    let (endpoints, region) = match &target {
        TargetChoice::Embedded => {
            // The emulator has no asynchronous states here, since polling for them would only take time.
            let options = ivs_emulator::Options { settling: Duration::ZERO, ..ivs_emulator::Options::default() };
            let running = Emulator::start(options).await?;
            let endpoints = Endpoints::one(&running.url())?;
            emulator = Some(running);
            (endpoints, region.unwrap_or_else(|| DEFAULT_REGION.to_owned()))
        }
        TargetChoice::Url(url, by_service) => {
            let mut endpoints = Endpoints::one(url)?;
            for (service, url) in by_service {
                endpoints = endpoints.with(service, url)?;
            }
            (endpoints, region_or_default(region, profile.as_deref()).await?)
        }
        TargetChoice::Services(by_service) => {
            // Every service needs a URL. Omitted services get one as well, but no request is sent to them.
            let any = by_service.values().next().map_or("", String::as_str);
            let mut endpoints = Endpoints::one(any)?;
            for (service, url) in by_service {
                endpoints = endpoints.with(service, url)?;
            }
            services = by_service.keys().map(|&service| service.to_owned()).collect();
            (endpoints, region_or_default(region, profile.as_deref()).await?)
        }
        TargetChoice::Aws(by_service) => {
            let region = region_or_default(region, profile.as_deref()).await?;
            let mut endpoints = Endpoints::aws(models.iter().map(|model| &model.service), &region)?;
            for (service, url) in by_service {
                endpoints = endpoints.with(service, url)?;
            }
            (endpoints, region)
        }
    };

    let loopback = endpoints.is_loopback();
    let mut notes = Vec::new();
    let credentials = if flags.no_sign_request {
        None
    } else {
        Some(credentials(loopback, matches!(target, TargetChoice::Embedded), profile.as_deref(), &region).await?)
    };
    let allowed = flags.allow_writes.clone().or_else(|| variable("IVS_CONTRACT_ALLOW_WRITES"));
    let allow_writes = match (&credentials, allowed.clone()) {
        _ if loopback => true,
        (Some(credentials), Some(account)) => {
            confirm_account(&account, credentials, &region).await?;
            true
        }
        (None, _) => {
            notes.push("writes are skipped: unsigned requests may not write to a non-loopback endpoint".to_owned());
            false
        }
        (Some(_), None) => {
            notes.push(
                "writes are skipped: writes to a non-loopback endpoint require --allow-writes ACCOUNT_ID".to_owned(),
            );
            false
        }
    };

    let ca_bundle = flags
        .ca_bundle
        .clone()
        .or_else(|| variable("AWS_CA_BUNDLE").map(Into::into))
        .or_else(|| file.ca_bundle.clone());
    let trust = match &ca_bundle {
        _ if flags.no_verify_ssl => Trust::Anything,
        Some(path) => Trust::Bundle(read_bundle(path)?),
        None => Trust::System,
    };
    let defaults = Limits::default();
    let seconds = |flag: Option<u64>, file: Option<u64>, default| flag.or(file).map_or(default, Duration::from_secs);
    let limits = Limits {
        connect: seconds(flags.connect_timeout, file.connect_timeout, defaults.connect),
        read: seconds(flags.read_timeout, file.read_timeout, defaults.read),
        ..defaults
    };

    let sign_requests = credentials.is_some();
    let name = match &target {
        TargetChoice::Embedded => "embedded emulator".to_owned(),
        TargetChoice::Aws(_) => format!("aws ({region})"),
        TargetChoice::Url(..) | TargetChoice::Services(_) => {
            let mut names: Vec<String> = endpoints.all().map(ToString::to_string).collect();
            names.dedup();
            names.join(", ")
        }
    };
    let client = ClientConfig {
        services: models.iter().map(|model| model.service.clone()).collect::<Vec<Service>>(),
        endpoints,
        region,
        credentials,
        clock: Clock::system(),
        trust,
        limits,
    };
    let is_single_region = matches!(target, TargetChoice::Aws(_));
    let arguments = Again { flags, file, profile: profile.as_deref(), ca_bundle: ca_bundle.as_deref(), allowed };
    let arguments = arguments.of(&target, &client);
    Ok(ResolvedTarget {
        client,
        name,
        is_single_region,
        services,
        allow_writes,
        sign_requests,
        emulator,
        notes,
        arguments,
    })
}

fn read_bundle(path: &Path) -> Result<Vec<u8>, TargetError> {
    std::fs::read(path).map_err(|source| TargetError::CaBundle { path: path.to_owned(), source })
}

/// Returns the given region, else that of the profile, else the default.
async fn region_or_default(given: Option<String>, profile: Option<&str>) -> Result<String, TargetError> {
    match given {
        Some(region) => Ok(region),
        None => Ok(credential_chain::profile_region(profile).await?.unwrap_or_else(|| DEFAULT_REGION.to_owned())),
    }
}

/// Finds credentials. For a loopback endpoint without a profile, it does not use the network.
async fn credentials(
    loopback: bool,
    embedded: bool,
    profile: Option<&str>,
    region: &str,
) -> Result<SharedCredentialsProvider, TargetError> {
    let test_key = || Credentials::new(LOOPBACK_KEY, LOOPBACK_KEY, None, None, "loopback");
    if embedded {
        return Ok(SharedCredentialsProvider::new(test_key()));
    }
    if loopback && profile.is_none() {
        let keys = environment_keys(|name| std::env::var(name).ok()).unwrap_or_else(test_key);
        return Ok(SharedCredentialsProvider::new(keys));
    }
    credential_chain::credentials(profile, region).await
}

/// Reads the access key from the environment as the AWS SDKs do: an empty variable counts as unset.
fn environment_keys(variable: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    let value = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
    let id = value("AWS_ACCESS_KEY_ID")?;
    let secret = value("AWS_SECRET_ACCESS_KEY").or_else(|| value("SECRET_ACCESS_KEY"))?;
    Some(Credentials::new(id, secret, value("AWS_SESSION_TOKEN"), None, "environment"))
}

/// Returns an error unless STS confirms that the credentials belong to the named account.
async fn confirm_account(
    account: &str,
    credentials: &SharedCredentialsProvider,
    region: &str,
) -> Result<(), TargetError> {
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TargetError::NotAnAccountId { text: account.to_owned() });
    }
    match credential_chain::account(credentials, region).await? {
        Some(found) if found == account => Ok(()),
        Some(found) => Err(TargetError::OtherAccount { named: account.to_owned(), found }),
        None => Err(TargetError::NoAccount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_the_environment_only_in_pairs() {
        let keys = |variables: &'static [(&str, &str)]| {
            environment_keys(|name| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let both = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_SESSION_TOKEN", "")];
        let found = keys(Box::leak(Box::new(both))).unwrap();
        assert_eq!((found.access_key_id(), found.secret_access_key()), ("AKID", "secret"));
        assert_eq!(found.session_token(), None);
        assert!(keys(&[("AWS_ACCESS_KEY_ID", "AKID")]).is_none());
        assert!(keys(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "secret")]).is_none());
    }

    #[test]
    fn a_wrong_account_id_is_refused_before_sts_is_asked() {
        let keys = SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(confirm_account("1234", &keys, DEFAULT_REGION)).unwrap_err();
        assert_eq!(error.to_string(), "'1234' is not an AWS account ID (example: --allow-writes 111122223333)");
    }
}
