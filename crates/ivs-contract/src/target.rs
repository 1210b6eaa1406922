//! The target of a run: endpoints, credentials, and the permission to write.
//!
//! Command, conformance test and library resolve a target here: from flags, environment, settings file and the shared AWS
//! files, in this order.

mod again;
mod choice;
#[cfg(feature = "aws")]
mod credential_chain;
mod emulator_folder;
mod environment;
mod error;
mod identity;
mod keys;
#[cfg(not(feature = "aws"))]
mod no_credential_chain;
mod options;
mod private_network;
mod proxies;
mod shared_files;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use ivs_client::{Caller, Client, ClientConfig, ClientError, Clock, Endpoints, Limits, RateLimited, Trust};
use ivs_emulator::{Emulator, Running};
use ivs_judge::Reproducer;
use ivs_model::{Model, Service, bundled};

use self::again::Again;
use self::choice::{Choice, TargetChoice, TargetSource};
use self::emulator_folder::EmulatorFolder;
pub(crate) use self::environment::Environment;
pub(crate) use self::error::TargetError;
use self::identity::CallerIdentity;
use self::keys::{KeySources, SigningKeys};
#[cfg(not(feature = "aws"))]
use self::no_credential_chain as credential_chain;
pub(crate) use self::options::TargetOptions;
use self::proxies::Proxies;
use self::shared_files::{SharedPaths, SharedProfile};
use crate::settings::SettingsFile;

/// The region to sign for if none is configured.
const DEFAULT_REGION: &str = "us-west-2";
/// The URL of an emulator in this process.
#[cfg(feature = "cli")]
const IN_PROCESS: &str = "http://localhost";
/// The permission to write to endpoints at private addresses.
const LOCAL: &str = "local";

/// A target that can be called.
pub(crate) struct ResolvedTarget {
    /// The configuration of the client, for [`ivs_client::Client::new`].
    pub client: ClientConfig,
    /// The name of the endpoint in reports.
    pub name: String,
    /// Where the target is stated, and who signs the requests.
    pub origin: TargetOrigin,
    /// True if the endpoint serves one region only.
    pub is_single_region: bool,
    /// True if the endpoint is of this machine, or of the user at a private address.
    pub is_local: bool,
    /// The services that have an endpoint; empty means all.
    pub services: Vec<String>,
    /// True if requests that create, change or delete may be sent.
    pub allow_writes: bool,
    /// True if requests are signed.
    pub sign_requests: bool,
    /// True if the documented call rates are kept.
    pub keeps_rates: bool,
    /// The emulator, if the command runs it.
    pub emulator: Option<Running>,
    /// Remarks for the user, to print before the run.
    pub notes: Vec<String>,
    /// The arguments that select the same target from any folder, for [`Reproducer::target`].
    pub arguments: Vec<String>,
}

/// Where a target comes from, and who signs the requests to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetOrigin {
    /// Such as `AWS_ENDPOINT_URL`, or `endpoint_url of profile 'x' in FILE`.
    pub source: String,
    /// Such as `access key test (built in)`.
    pub identity: String,
}

impl std::fmt::Display for TargetOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "from {}, as {}", self.source, self.identity)
    }
}

impl ResolvedTarget {
    /// Returns whether every endpoint is a loopback address.
    #[cfg(feature = "load")]
    pub(crate) fn is_loopback(&self) -> bool {
        self.client.endpoints.is_loopback()
    }

    /// Restricts the selected services, of which none means all, to those that have an endpoint URL.
    ///
    /// # Errors
    ///
    /// The selected services, if none of them has one.
    pub(crate) fn restrict(&self, services: &mut Vec<String>) -> Result<(), Vec<String>> {
        if self.services.is_empty() {
            return Ok(());
        }
        let selected = std::mem::take(services);
        let is_selected = |service: &&String| selected.is_empty() || selected.contains(service);
        *services = self.services.iter().filter(is_selected).cloned().collect();
        if services.is_empty() { Err(selected) } else { Ok(()) }
    }

    /// Describes the target in one line: the endpoint, where it is stated, and who signs.
    #[cfg(feature = "cli")]
    #[must_use]
    pub(crate) fn summary(&self) -> String {
        let TargetOrigin { source, identity } = &self.origin;
        let proxy = self.client.endpoints.all().find_map(|endpoint| endpoint.proxy.as_ref());
        let proxy = proxy.map(|proxy| format!(", through {proxy}")).unwrap_or_default();
        let rates = if self.keeps_rates { ", at the documented call rates" } else { "" };
        let region = &self.client.region;
        format!("{} (from {source}), region {region}, as {identity}{proxy}{rates}", self.name)
    }

    /// Creates the client of the target, which keeps the documented call rates if the target asks for them.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the client cannot be set up.
    pub(crate) fn caller(&self) -> Result<Arc<dyn Caller>, ClientError> {
        let client = Client::new(self.client.clone())?;
        Ok(if self.keeps_rates {
            Arc::new(RateLimited::documented(client, bundled::models(), bundled::knowledge()))
        } else {
            Arc::new(client)
        })
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
    Resolution::new(flags, file, &Environment::of_process()).await?.resolve(models).await
}

/// A target whose place is known, and that nothing was sent to.
#[cfg(feature = "cli")]
pub(crate) struct LocatedTarget {
    /// The configuration of the client, without credentials.
    pub(crate) client: ClientConfig,
    /// The name of the endpoint in reports.
    pub(crate) name: String,
    /// Where the target is stated.
    pub(crate) source: String,
    pub(crate) region: String,
    pub(crate) is_aws: bool,
    pub(crate) is_embedded: bool,
    /// True if the endpoint is of this machine, or is said to be the user's.
    pub(crate) is_local: bool,
}

#[cfg(feature = "cli")]
impl LocatedTarget {
    /// Describes the target in one line.
    pub(crate) fn summary(&self) -> String {
        format!("{} (from {}), region {}", self.name, self.source, self.region)
    }
}

/// Finds the target without asking anybody: no name is resolved, no credentials are loaded.
#[cfg(feature = "cli")]
pub(crate) async fn locate(
    flags: &TargetOptions,
    file: &SettingsFile,
    models: &[Model],
) -> Result<LocatedTarget, TargetError> {
    let environment = Environment::of_process();
    let resolution = Resolution::new(flags, file, &environment).await?;
    let region = resolution.region();
    let located = resolution.endpoints(&region, models)?;
    let is_embedded = located.is_none();
    let endpoints = match located {
        Some((endpoints, _)) => endpoints,
        None => Endpoints::one(IN_PROCESS)?,
    };
    let is_aws = endpoints.all().any(ivs_client::Endpoint::is_aws);
    let is_local = endpoints.is_loopback() || flags.allow_writes.as_deref() == Some(LOCAL) && !is_aws;
    let client = ClientConfig {
        services: models.iter().map(|model| model.service.clone()).collect(),
        endpoints,
        region: region.clone(),
        credentials: None,
        clock: Clock::system(),
        // No connection is made.
        trust: Trust::Anything,
        limits: resolution.limits()?,
    };
    Ok(LocatedTarget {
        name: resolution.name(&client),
        client,
        source: resolution.choice.origin,
        region,
        is_aws,
        is_embedded,
        is_local,
    })
}

/// The choice of a target, before anything is started or sent.
struct Resolution<'a> {
    flags: &'a TargetOptions,
    file: &'a SettingsFile,
    environment: &'a Environment,
    choice: Choice,
    /// The profile, unless the target needs none.
    profile: Option<SharedProfile>,
    /// The name of the profile, if one is named.
    named_profile: Option<String>,
    folder: Option<EmulatorFolder>,
    notes: Vec<String>,
}

impl<'a> Resolution<'a> {
    /// Reads flags, environment, settings and shared files.
    async fn new(
        flags: &'a TargetOptions,
        file: &'a SettingsFile,
        environment: &'a Environment,
    ) -> Result<Self, TargetError> {
        let named_profile =
            flags.profile.clone().or_else(|| environment.variable("AWS_PROFILE")).or_else(|| file.profile.clone());
        let paths = SharedPaths::of(environment);
        let read = || shared_files::read(environment, &paths, named_profile.as_deref());
        let is_ignored =
            |profile: Option<&SharedProfile>| match environment.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
                Some(text) => text.eq_ignore_ascii_case("true"),
                None => profile.is_some_and(|profile| profile.ignores_endpoint_urls),
            };
        let sources = |profile: Option<&SharedProfile>| {
            let is_ignored = is_ignored(profile);
            let mut sources = vec![
                TargetSource::from_flags(flags),
                TargetSource::from_environment(environment, !is_ignored),
                TargetSource::from_settings(file),
            ];
            sources.extend(profile.filter(|_| !is_ignored).map(TargetSource::from_profile));
            sources
        };
        // Targets that need no profile do not read the files: a wrong one must not stop them.
        let alone = TargetChoice::from_sources(&sources(None)[..1]);
        let needs_none = |choice: &Choice| {
            choice.last_source == Some(0)
                && matches!(choice.target, TargetChoice::Embedded | TargetChoice::AwsEmulator(_))
        };
        let (choice, profile) = match alone {
            Ok(choice) if needs_none(&choice) => (choice, None),
            _ => {
                let profile = read().await?;
                (TargetChoice::from_sources(&sources(Some(&profile)))?, Some(profile))
            }
        };
        let mut notes = Vec::new();
        if let (TargetChoice::Embedded, Some(name), None) = (&choice.target, &named_profile, choice.last_source) {
            notes.push(format!(
                "profile '{name}' has no endpoint_url, so the embedded emulator is the target. For AWS, add --target aws"
            ));
        }
        let folder = match choice.target {
            TargetChoice::AwsEmulator(port) => Some(emulator_folder::read(environment, port).await?),
            _ => None,
        };
        Ok(Self { flags, file, environment, choice, profile, named_profile, folder, notes })
    }

    /// Returns the region, from the first place that states one.
    fn region(&self) -> String {
        let of_folder = || self.folder.as_ref().and_then(|folder| folder.profile.region.clone());
        let given = self.flags.region.clone();
        let given = given.or_else(|| self.environment.variable("AWS_REGION"));
        let given = given.or_else(|| self.environment.variable("AWS_DEFAULT_REGION"));
        let given = given.or_else(|| self.file.region.clone()).or_else(of_folder);
        let of_profile = || match self.choice.target {
            TargetChoice::Embedded => None,
            _ => self.profile.as_ref().and_then(|profile| profile.region.clone()),
        };
        given.or_else(of_profile).unwrap_or_else(|| DEFAULT_REGION.to_owned())
    }

    /// Returns the endpoints and the services that have one; empty means all. There are none of the embedded emulator.
    fn endpoints(&self, region: &str, models: &[Model]) -> Result<Option<(Endpoints, Vec<String>)>, TargetError> {
        let in_origin = |source| TargetError::EndpointOf { origin: self.choice.origin.clone(), source };
        let with = |endpoints: Endpoints, by_service: &std::collections::BTreeMap<&'static str, String>| {
            by_service.iter().try_fold(endpoints, |endpoints, (service, url)| endpoints.with(service, url))
        };
        let endpoints = match &self.choice.target {
            TargetChoice::Embedded => return Ok(None),
            TargetChoice::AwsEmulator(_) => {
                let url = self.folder.as_ref().map(EmulatorFolder::url).unwrap_or_default();
                Endpoints::one(&url).map_err(in_origin)?
            }
            TargetChoice::Url(url, by_service) => {
                with(Endpoints::one(url).map_err(in_origin)?, by_service).map_err(in_origin)?
            }
            TargetChoice::Services(by_service) => {
                // Every service needs a URL. Omitted services get one as well, but no request is sent to them.
                let any = by_service.values().next().map_or("", String::as_str);
                let endpoints = with(Endpoints::one(any).map_err(in_origin)?, by_service).map_err(in_origin)?;
                return Ok(Some((endpoints, by_service.keys().map(|&service| service.to_owned()).collect())));
            }
            TargetChoice::Aws(by_service) => {
                let endpoints = Endpoints::aws(models.iter().map(|model| &model.service), region)?;
                with(endpoints, by_service).map_err(in_origin)?
            }
        };
        Ok(Some((endpoints, Vec::new())))
    }

    /// Returns the certificates to trust, and the file that has them.
    fn trust(&self) -> Result<(Trust, Option<PathBuf>), TargetError> {
        let stated = |path: Option<PathBuf>, origin: &str| path.map(|path| (path, origin.to_owned()));
        let bundle = stated(self.flags.ca_bundle.clone(), "--ca-bundle")
            .or_else(|| {
                stated(self.folder.as_ref().map(|folder| folder.authority.clone()), "the folder of AWS Emulator")
            })
            .or_else(|| stated(self.environment.variable("AWS_CA_BUNDLE").map(Into::into), "AWS_CA_BUNDLE"))
            .or_else(|| stated(self.file.ca_bundle.clone(), "the settings file"))
            .or_else(|| {
                let profile = self.profile.as_ref()?;
                let origin = format!("ca_bundle of {}", profile.describe());
                Some((profile.ca_bundle.clone()?, origin))
            });
        match bundle {
            _ if self.flags.no_verify_ssl => Ok((Trust::Anything, bundle.map(|(path, _)| path))),
            Some((path, origin)) => Ok((read_bundle(&path, &origin)?, Some(path))),
            None => Ok((Trust::System, None)),
        }
    }

    fn limits(&self) -> Result<Limits, TargetError> {
        let defaults = Limits::default();
        let seconds = |name, flag: Option<u64>, file: Option<u64>, default: Duration| match flag.or(file) {
            None => Ok(default),
            Some(value) if (1..=options::MAX_TIMEOUT).contains(&value) => Ok(Duration::from_secs(value)),
            Some(value) => Err(TargetError::OutOfRange { name, value, max: options::MAX_TIMEOUT, example: "30" }),
        };
        Ok(Limits {
            connect: seconds(
                "connect_timeout",
                self.flags.connect_timeout,
                self.file.connect_timeout,
                defaults.connect,
            )?,
            read: seconds("read_timeout", self.flags.read_timeout, self.file.read_timeout, defaults.read)?,
            ..defaults
        })
    }

    /// The sources of keys.
    fn keys(&self, is_local: bool, region: &'a str) -> KeySources<'_> {
        KeySources {
            environment: self.environment,
            flag: self.flags.profile.as_deref(),
            named: self.named_profile.as_deref(),
            profile: self.folder.as_ref().map(|folder| &folder.profile).or(self.profile.as_ref()),
            // A folder of AWS Emulator is a file that the user named, as is a profile that states the endpoint.
            is_meant: self.folder.is_some()
                || SharedPaths::of(self.environment).are_named
                || self.choice.last_source == Some(3),
            is_only_profile: self.folder.is_some(),
            is_local,
            is_aws: matches!(self.choice.target, TargetChoice::Aws(_)),
            region,
            proxy: self.flags.proxy.as_deref().or_else(|| {
                let is_set =
                    self.environment.first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]).is_some();
                self.file.proxy.as_deref().filter(|_| !is_set)
            }),
        }
    }

    /// Starts the emulator if that is the target, finds the keys, and confirms the permission to write.
    async fn resolve(mut self, models: &[Model]) -> Result<ResolvedTarget, TargetError> {
        let mut notes = std::mem::take(&mut self.notes);
        let region = self.region();
        let limits = self.limits()?;
        let located = self.endpoints(&region, models)?;
        let (trust, ca_bundle) = self.trust()?;
        let mut emulator = None;
        let (mut endpoints, services) = match located {
            Some(located) => located,
            None => {
                // No asynchronous states, since polling for them would only take time, and no log, since nobody reads it.
                let options = ivs_emulator::Options {
                    settling: Duration::ZERO,
                    logged_requests: 0,
                    ..ivs_emulator::Options::default()
                };
                let running = Emulator::start(options).await?;
                let endpoints = Endpoints::one(&running.url())?;
                emulator = Some(running);
                (endpoints, Vec::new())
            }
        };
        let allowed =
            self.flags.allow_writes.clone().or_else(|| self.environment.variable("IVS_CONTRACT_ALLOW_WRITES"));
        let is_loopback = endpoints.is_loopback();
        let is_local = is_loopback || allowed.as_deref() == Some(LOCAL);
        if !is_loopback && is_local {
            if endpoints.all().any(ivs_client::Endpoint::is_aws) {
                return Err(TargetError::LocalAws);
            }
            private_network::pin(&mut endpoints).await?;
        }
        let proxies = Proxies::of(self.flags.proxy.as_deref(), self.environment, self.file.proxy.as_deref())?;
        endpoints.try_change(|endpoint| {
            proxies.set(endpoint);
            Ok::<(), TargetError>(())
        })?;
        if let Some(folder) = &self.folder {
            is_running(folder, &endpoints, &trust, &limits).await?;
        }

        let is_embedded = emulator.is_some();
        let keys = match () {
            () if self.flags.no_sign_request => None,
            () if is_embedded => Some(SigningKeys::built_in()),
            () => Some(self.keys(is_local, &region).find().await?),
        };
        notes.extend(keys.iter().filter_map(|keys| keys.note.clone()));
        let credentials = keys.as_ref().map(|keys| keys.provider.clone());
        let mut client = ClientConfig {
            services: models.iter().map(|model| model.service.clone()).collect::<Vec<Service>>(),
            endpoints,
            region,
            credentials: None,
            clock: Clock::system(),
            trust,
            limits,
        };
        let mut caller = None;
        let allow_writes = match (&credentials, &allowed) {
            _ if is_local => true,
            (Some(credentials), Some(account)) => {
                let sts = self.environment.variable("AWS_ENDPOINT_URL_STS");
                let sts = sts.filter(|_| !self.ignores_endpoint_urls());
                caller = Some(confirm_account(account, &client, credentials, sts.as_deref(), &proxies).await?);
                true
            }
            (None, _) => {
                notes.push("writes are skipped: unsigned requests may not write to a non-loopback endpoint".to_owned());
                false
            }
            (Some(_), None) => {
                notes.push(
                    "writes are skipped: writes to a non-loopback endpoint require --allow-writes ACCOUNT_ID, or \
                     --allow-writes local for one of your own at a private address"
                        .to_owned(),
                );
                false
            }
        };
        client.credentials = credentials;

        let name = self.name(&client);
        let arguments = Again {
            flags: self.flags,
            file: self.file,
            profile: self.named_profile.as_deref(),
            ca_bundle: ca_bundle.as_deref(),
            allowed,
        };
        let arguments = arguments.of(&self.choice.target, &client);
        let identity = match (&caller, &keys) {
            (Some(CallerIdentity { arn, .. }), Some(keys)) => format!("{arn} ({})", keys.describe),
            (_, Some(keys)) => keys.describe.clone(),
            (_, None) => "anonymous (unsigned)".to_owned(),
        };
        let source = match &self.folder {
            Some(folder) => format!("{}, folder {}", self.choice.origin, folder.folder.display()),
            None => self.choice.origin.clone(),
        };
        Ok(ResolvedTarget {
            is_single_region: matches!(self.choice.target, TargetChoice::Aws(_)),
            is_local,
            keeps_rates: self.flags.rates
                || self.file.rates
                || self
                    .environment
                    .variable("IVS_CONTRACT_RATES")
                    .is_some_and(|value| value != "0" && value != "false")
                || client.endpoints.all().any(ivs_client::Endpoint::is_aws),
            sign_requests: client.credentials.is_some(),
            origin: TargetOrigin { source, identity },
            client,
            name,
            services,
            allow_writes,
            emulator,
            notes,
            arguments,
        })
    }

    fn ignores_endpoint_urls(&self) -> bool {
        match self.environment.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            Some(text) => text.eq_ignore_ascii_case("true"),
            None => self.profile.as_ref().is_some_and(|profile| profile.ignores_endpoint_urls),
        }
    }

    fn name(&self, client: &ClientConfig) -> String {
        match &self.choice.target {
            TargetChoice::Embedded => "embedded emulator".to_owned(),
            TargetChoice::Aws(_) => format!("aws ({})", client.region),
            TargetChoice::Url(..) | TargetChoice::Services(_) | TargetChoice::AwsEmulator(_) => {
                let mut names: Vec<String> = client.endpoints.all().map(ToString::to_string).collect();
                names.dedup();
                names.join(", ")
            }
        }
    }
}

fn read_bundle(path: &Path, origin: &str) -> Result<Trust, TargetError> {
    let pem = std::fs::read(path).map_err(|source| TargetError::CaBundle {
        path: path.to_owned(),
        origin: origin.to_owned(),
        source,
    })?;
    let trust = Trust::Bundle(pem);
    // A bundle that is none is refused even if no endpoint needs it yet.
    match trust.tls() {
        Ok(_) => Ok(trust),
        Err(ClientError::Bundle { reason }) => {
            Err(TargetError::NotACaBundle { path: path.to_owned(), origin: origin.to_owned(), reason })
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns an error unless the emulator of the folder is running: its port takes connections, with a certificate of its
/// authority. Nothing is sent.
async fn is_running(
    folder: &EmulatorFolder,
    endpoints: &Endpoints,
    trust: &Trust,
    limits: &Limits,
) -> Result<(), TargetError> {
    for endpoint in endpoints.all() {
        if let Err(failure) = ivs_client::try_connection(endpoint, trust, limits).await? {
            let reason = format!("{endpoint}: {}", failure.detail);
            return Err(TargetError::ExpiredEmulatorFolder { folder: folder.folder.clone(), reason });
        }
    }
    Ok(())
}

/// Reads the access key from the environment as the AWS SDKs do: an empty variable counts as unset.
fn environment_keys(environment: &Environment) -> Option<ivs_client::Credentials> {
    let id = environment.variable("AWS_ACCESS_KEY_ID")?;
    let secret = environment.variable("AWS_SECRET_ACCESS_KEY").or_else(|| environment.variable("SECRET_ACCESS_KEY"))?;
    let token = environment.variable("AWS_SESSION_TOKEN");
    Some(ivs_client::Credentials::new(id, secret, token, None, "environment"))
}

/// Returns an error unless STS confirms, at every place that writes go to, that the credentials belong to the named account.
async fn confirm_account(
    account: &str,
    client: &ClientConfig,
    credentials: &SharedCredentialsProvider,
    configured_sts: Option<&str>,
    proxies: &Proxies,
) -> Result<CallerIdentity, TargetError> {
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TargetError::NotAnAccountId { text: account.to_owned() });
    }
    let mut asked = Vec::new();
    let mut confirmed = None;
    for endpoint in client.endpoints.all().filter(|endpoint| !endpoint.is_loopback()) {
        let mut sts = identity::sts_of(endpoint, &client.region, configured_sts)?;
        proxies.set(&mut sts);
        let Some(service) = client.services.first().filter(|_| !asked.contains(&sts)) else { continue };
        let found = identity::ask(&sts, client, credentials, service).await?;
        if found.account != account {
            let sts = sts.to_string();
            return Err(TargetError::OtherAccount { named: account.to_owned(), found: found.account, sts });
        }
        asked.push(sts);
        confirmed = Some(found);
    }
    confirmed.ok_or_else(|| TargetError::NotAnAccountId { text: account.to_owned() })
}

#[cfg(test)]
mod tests;
