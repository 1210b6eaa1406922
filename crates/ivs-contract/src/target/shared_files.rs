//! The shared AWS files: the profile of a run, and its `services` section.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_credential_types::Credentials;

use super::{Environment, TargetError};

/// The name of each service in a `services` section.
#[cfg(feature = "aws")]
const SERVICES: [(&str, &str); 3] = [("ivs", "ivs"), ("ivs-realtime", "ivs_realtime"), ("ivschat", "ivschat")];

/// The profile of a run, as the shared AWS files have it.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedProfile {
    /// The name of the profile.
    pub(super) name: String,
    /// The config file.
    pub(super) file: PathBuf,
    /// The URL of all services.
    pub(super) endpoint_url: Option<String>,
    /// The `services` section that the profile names, and its URLs.
    pub(super) services: Option<String>,
    pub(super) by_service: BTreeMap<&'static str, String>,
    /// True if configured URLs are ignored.
    pub(super) ignores_endpoint_urls: bool,
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) region: Option<String>,
    /// The keys that are written in the files.
    pub(super) keys: Option<Credentials>,
    /// True if a program that the profile names gives the keys.
    pub(super) has_process: bool,
    /// True if the keys come from a role or a sign-on, which need AWS.
    pub(super) has_remote_keys: bool,
}

impl SharedProfile {
    /// Names the profile and its file, for messages.
    pub(super) fn describe(&self) -> String {
        format!("profile '{}' in {}", self.name, self.file.display())
    }
}

/// The places of the shared AWS files.
#[derive(Debug, Clone)]
pub(super) struct SharedPaths {
    pub(super) config: PathBuf,
    #[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "only the feature reads the file"))]
    pub(super) credentials: PathBuf,
    /// True if the user named one of them.
    pub(super) are_named: bool,
}

impl SharedPaths {
    pub(super) fn of(environment: &Environment) -> Self {
        let place = |variable: &str, usual: &str| match environment.variable(variable) {
            Some(path) => (environment.expand(&path), true),
            None => (environment.at_home(usual), false),
        };
        let (config, names_config) = place("AWS_CONFIG_FILE", ".aws/config");
        let (credentials, names_credentials) = place("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
        Self { config, credentials, are_named: names_config || names_credentials }
    }
}

/// Reads a profile. Without a name it is `default`, which may be absent.
#[cfg(feature = "aws")]
pub(super) async fn read(
    environment: &Environment,
    paths: &SharedPaths,
    named: Option<&str>,
) -> Result<SharedProfile, TargetError> {
    use aws_types::os_shim_internal::{Env, Fs};

    let mut variables = environment.all();
    variables.insert("AWS_CONFIG_FILE".to_owned(), paths.config.to_string_lossy().into_owned());
    variables.insert("AWS_SHARED_CREDENTIALS_FILE".to_owned(), paths.credentials.to_string_lossy().into_owned());
    let variables: std::collections::HashMap<String, String> = variables.into_iter().collect();
    let name = named.unwrap_or("default").to_owned();
    #[allow(deprecated, reason = "the crate re-exports its type of file lists under this name only")]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    let sections = aws_config::profile::load(&Fs::real(), &Env::from(variables), &files, Some(name.clone().into()))
        .await
        .map_err(|error| TargetError::SharedFiles { source: Box::new(error) })?;
    let mut shared = SharedProfile { name, file: paths.config.clone(), ..SharedProfile::default() };
    let Some(profile) = sections.get_profile(&shared.name) else {
        if named.is_some() {
            let mut known: Vec<&str> = sections.profiles().collect();
            known.sort_unstable();
            return Err(TargetError::NoProfile {
                name: shared.name,
                config: paths.config.clone(),
                credentials: paths.credentials.clone(),
                known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
            });
        }
        return Ok(shared);
    };
    let text = |key: &str| profile.get(key).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    shared.endpoint_url = text("endpoint_url");
    shared.ignores_endpoint_urls =
        text("ignore_configured_endpoint_urls").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    shared.ca_bundle = text("ca_bundle").map(|path| environment.expand(&path));
    shared.region = text("region");
    shared.keys = text("aws_access_key_id")
        .zip(text("aws_secret_access_key"))
        .map(|(id, secret)| Credentials::new(id, secret, text("aws_session_token"), None, "shared files"));
    shared.has_process = text("credential_process").is_some();
    shared.has_remote_keys = ["role_arn", "sso_session", "sso_start_url", "credential_source", "login_session"]
        .iter()
        .any(|key| text(key).is_some());
    if let Some(section) = text("services") {
        let stated = services_section(&paths.config, &section);
        let stated = stated.ok_or_else(|| TargetError::NoServicesSection {
            section: section.clone(),
            profile: shared.name.clone(),
            file: paths.config.clone(),
        })?;
        for (service, key) in SERVICES {
            let url = property(&sections, &section, key).filter(|url| !url.is_empty());
            match url {
                Some(url) => {
                    shared.by_service.insert(service, url);
                }
                None if stated.iter().any(|name| name == key) => {
                    return Err(TargetError::BadServicesSection { section, service: key, file: paths.config.clone() });
                }
                None => {}
            }
        }
        shared.services = Some(section);
    }
    Ok(shared)
}

/// Returns no profile: reading the files needs the feature `aws`.
#[cfg(not(feature = "aws"))]
pub(super) async fn read(
    _: &Environment,
    paths: &SharedPaths,
    named: Option<&str>,
) -> Result<SharedProfile, TargetError> {
    match named {
        Some(_) => Err(super::credential_chain::no_profile()),
        None => {
            Ok(SharedProfile { name: "default".to_owned(), file: paths.config.clone(), ..SharedProfile::default() })
        }
    }
}

/// Returns the `endpoint_url` of a service in a `services` section.
#[cfg(feature = "aws")]
fn property(sections: &aws_config::profile::ProfileSet, section: &str, service: &str) -> Option<String> {
    let key = aws_runtime::env_config::property::PropertiesKey::builder()
        .section_key("services")
        .section_name(section)
        .property_name(service)
        .sub_property_name("endpoint_url")
        .build()
        .ok()?;
    sections.other_sections().get(&key).map(|url| url.trim().to_owned())
}

/// Returns the services that a `services` section has a line for; `None` if the file has no such section.
#[cfg(feature = "aws")]
fn services_section(file: &std::path::Path, section: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(file).ok()?;
    let header = |line: &str| {
        let inner = line.trim_end().strip_prefix('[')?.split(']').next()?;
        Some(inner.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    let mut lines = text.lines();
    lines.find(|line| header(line).is_some_and(|words| words == ["services", section]))?;
    let own = lines.take_while(|line| !line.starts_with('['));
    let own = own.filter(|line| !line.starts_with([' ', '\t', '#', ';']));
    Some(own.filter_map(|line| Some(line.split_once('=')?.0.trim().to_ascii_lowercase())).collect())
}
