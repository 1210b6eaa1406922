//! From settings to a client: endpoints, credentials, and what may be written.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use ivs_client::{ClientConfig, Clock, Endpoints, Limits, Trust};
use ivs_emulator::{Emulator, Running};
use ivs_judge::Reproducer;
use ivs_model::{Model, Service};

use crate::arguments::TargetArguments;
use crate::settings::{FileSettings, Target, TargetLayer};

/// Signed for where nobody names a region.
const DEFAULT_REGION: &str = "us-west-2";
/// The key that a loopback target gets where none is configured, and its secret.
const LOOPBACK_KEY: &str = "test";

/// A target ready to be called.
pub(crate) struct Ready {
    /// Where and how calls are made; [`ivs_client::Client::new`] takes it.
    pub client: ClientConfig,
    /// The endpoint as reports name it.
    pub name: String,
    /// Whether the endpoint is one region's alone.
    pub regional: bool,
    /// Services that have an endpoint; empty means all.
    pub services: Vec<String>,
    /// Whether calls that create, change or delete may be sent.
    pub writes: bool,
    /// Whether requests are signed.
    pub signs: bool,
    /// The emulator, if the command runs it.
    pub emulator: Option<Running>,
    /// What the user should be told before the run.
    pub notes: Vec<String>,
}

impl Ready {
    /// Whether every endpoint is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.client.endpoints.is_loopback()
    }

    /// How findings of a run on that seed name the endpoints, and what none of them may hold.
    pub(crate) async fn reproducer(&self, seed: u64) -> Result<Reproducer> {
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

/// Settles the target and makes it ready.
pub(crate) async fn ready(flags: &TargetArguments, file: &FileSettings, models: &[Model]) -> Result<Ready> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let layers = [TargetLayer::of_flags(flags), TargetLayer::of_environment(variable), TargetLayer::of_file(file)];
    let target = Target::settle(&layers)?;
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
        Target::Embedded => {
            // States settle at once here: nobody watches them, and polling for them would only cost time.
            let options = ivs_emulator::Options { settling: Duration::ZERO, ..ivs_emulator::Options::default() };
            let running = Emulator::start(options).await.context("cannot start the emulator")?;
            let endpoints = Endpoints::one(&running.url())?;
            emulator = Some(running);
            (endpoints, region.unwrap_or_else(|| DEFAULT_REGION.to_owned()))
        }
        Target::Url(url, by_service) => {
            let mut endpoints = Endpoints::one(url)?;
            for (service, url) in by_service {
                endpoints = endpoints.with(service, url)?;
            }
            (endpoints, region_of(region, profile.as_deref()).await)
        }
        Target::Services(by_service) => {
            let mut by_service_rest = by_service.iter();
            let (first, url) = by_service_rest.next().ok_or_else(|| anyhow!("no endpoint is given"))?;
            // The first URL also stands for the services that are left out: nothing is sent to them.
            let mut endpoints = Endpoints::one(url)?.with(first, url)?;
            for (service, url) in by_service_rest {
                endpoints = endpoints.with(service, url)?;
            }
            services = by_service.keys().map(|&service| service.to_owned()).collect();
            (endpoints, region_of(region, profile.as_deref()).await)
        }
        Target::Aws(by_service) => {
            let region = region_of(region, profile.as_deref()).await;
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
        Some(credentials(loopback, matches!(target, Target::Embedded), profile.as_deref(), &region).await?)
    };
    let allowed = flags.allow_writes.clone().or_else(|| variable("IVS_CONTRACT_ALLOW_WRITES"));
    let writes = match (&credentials, allowed) {
        _ if loopback => true,
        (Some(credentials), Some(account)) => {
            confirm_account(&account, credentials, &region).await?;
            true
        }
        (None, _) => {
            notes.push("requests are unsigned and the target is not on this machine: no call that creates, changes or deletes is sent".to_owned());
            false
        }
        (Some(_), None) => {
            notes.push("the target is not on this machine: no call that creates, changes or deletes is sent. Allow them with --allow-writes ACCOUNT-ID".to_owned());
            false
        }
    };

    let ca_bundle = flags
        .ca_bundle
        .clone()
        .or_else(|| variable("AWS_CA_BUNDLE").map(Into::into))
        .or_else(|| file.ca_bundle.clone());
    let trust = match ca_bundle {
        _ if flags.no_verify_ssl => Trust::Anything,
        Some(path) => Trust::Bundle(read_bundle(&path)?),
        None => Trust::System,
    };
    let defaults = Limits::default();
    let seconds = |flag: Option<u64>, file: Option<u64>, default| flag.or(file).map_or(default, Duration::from_secs);
    let limits = Limits {
        connect: seconds(flags.connect_timeout, file.connect_timeout, defaults.connect),
        read: seconds(flags.read_timeout, file.read_timeout, defaults.read),
        ..defaults
    };

    let signs = credentials.is_some();
    let name = match &target {
        Target::Embedded => "embedded emulator".to_owned(),
        Target::Aws(_) => format!("aws ({region})"),
        Target::Url(..) | Target::Services(_) => {
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
    let regional = matches!(target, Target::Aws(_));
    Ok(Ready { client, name, regional, services, writes, signs, emulator, notes })
}

fn read_bundle(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read the certificate bundle {}", path.display()))
}

/// The region that is given, else the profile's.
async fn region_of(given: Option<String>, profile: Option<&str>) -> String {
    if let Some(region) = given {
        return region;
    }
    let mut builder = aws_config::profile::ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        builder = builder.profile_name(profile);
    }
    use aws_config::meta::region::ProvideRegion as _;
    builder.build().region().await.map_or_else(|| DEFAULT_REGION.to_owned(), |region| region.to_string())
}

/// Keys for a target. Nothing is asked of the network for a loopback target unless a profile is named.
async fn credentials(
    loopback: bool,
    embedded: bool,
    profile: Option<&str>,
    region: &str,
) -> Result<SharedCredentialsProvider> {
    let test_key =
        || SharedCredentialsProvider::new(Credentials::new(LOOPBACK_KEY, LOOPBACK_KEY, None, None, "loopback"));
    if embedded {
        return Ok(test_key());
    }
    if loopback && profile.is_none() {
        let environment = aws_config::environment::EnvironmentVariableCredentialsProvider::new();
        return Ok(match environment.provide_credentials().await {
            Ok(keys) => SharedCredentialsProvider::new(keys),
            Err(_) => test_key(),
        });
    }
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).region(Region::new(region.to_owned()));
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let provider = loader.load().await.credentials_provider();
    let provider = provider.ok_or_else(no_credentials)?;
    provider.provide_credentials().await.map_err(|error| no_credentials().context(error.to_string()))?;
    Ok(provider)
}

fn no_credentials() -> anyhow::Error {
    anyhow!(
        "no credentials for a target that is not on this machine. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
         name a profile with --profile, or send unsigned requests with --no-sign-request"
    )
}

/// Asks STS who signs, and refuses to write for anyone but the account that was named.
async fn confirm_account(account: &str, credentials: &SharedCredentialsProvider, region: &str) -> Result<()> {
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("--allow-writes takes the 12 digits of an account id, not `{account}`");
    }
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials.clone())
        .load()
        .await;
    let identity =
        aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.context(
            "cannot ask STS whose credentials these are (AWS_ENDPOINT_URL_STS names another endpoint for it)",
        )?;
    match identity.account() {
        Some(found) if found == account => Ok(()),
        Some(found) => bail!("--allow-writes names account {account}, but the credentials belong to {found}"),
        None => bail!("STS did not say whose credentials these are"),
    }
}
