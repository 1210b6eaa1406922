//! The errors of resolving a target.

#[cfg(feature = "aws")]
use std::error::Error;
use std::net::IpAddr;
use std::path::PathBuf;

use ivs_client::{ClientError, EndpointError, ProxyError};
use ivs_emulator::StartError;

/// The reason why a target could not be resolved. Each message states what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    #[error(
        "'{text}' is not a target: expected `embedded`, `aws`, `aws-emulator` or a URL (example: http://127.0.0.1:4566)"
    )]
    NotATarget { text: String },
    #[error("'{text}' has no valid port (example: aws-emulator:9297)")]
    EmulatorPort { text: String },
    #[error(
        "the target is `embedded`, but one service has an endpoint URL. Remove that URL, or set one URL for all services \
         (example: --endpoint-url http://127.0.0.1:4566)"
    )]
    EmbeddedWithUrl,
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("the URL in {origin} cannot be used")]
    EndpointOf { origin: String, source: EndpointError },
    #[error("cannot start the embedded emulator")]
    Emulator(#[from] StartError),
    #[error("cannot read the certificate bundle {} ({origin})", path.display())]
    CaBundle { path: PathBuf, origin: String, source: std::io::Error },
    #[error("{} ({origin}) is not a certificate bundle: {reason}. It must be a PEM file with certificates", path.display())]
    NotACaBundle { path: PathBuf, origin: String, reason: String },
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the proxy of {origin} cannot be used")]
    Proxy { origin: String, source: ProxyError },
    #[cfg(feature = "aws")]
    #[error("cannot read the shared AWS files. Mend them, or name others with AWS_CONFIG_FILE")]
    SharedFiles { source: Box<dyn Error + Send + Sync> },
    #[cfg(feature = "aws")]
    #[error(
        "there is no profile '{name}' in {} or {} (profiles: {known}). Name another one with --profile or AWS_PROFILE, \
         or unset it",
        config.display(),
        credentials.display()
    )]
    NoProfile { name: String, config: PathBuf, credentials: PathBuf, known: String },
    #[cfg(feature = "aws")]
    #[error(
        "profile '{profile}' names the services section '{section}', but {} has no [services {section}]. Add it, or remove \
         `services = {section}`",
        file.display()
    )]
    NoServicesSection { section: String, profile: String, file: PathBuf },
    #[cfg(feature = "aws")]
    #[error(
        "[services {section}] in {} has no URL for '{service}': under `{service} =`, an indented line \
         `endpoint_url = URL` must follow",
        file.display()
    )]
    BadServicesSection { section: String, service: &'static str, file: PathBuf },
    #[error(
        "there is no AWS Emulator on port {port}: {} has no {missing}. Start it with `aws-emulator --port {port}` or \
         `ivs-contract serve --port {port} --tls {}`",
        folder.display(),
        folder.display()
    )]
    NoEmulatorFolder { folder: PathBuf, missing: &'static str, port: u16 },
    #[error(
        "{} is left over from an emulator that has ended, or belongs to another one: {reason}. Start the emulator again",
        folder.display()
    )]
    ExpiredEmulatorFolder { folder: PathBuf, reason: String },
    #[error("cannot resolve the host '{host}'. Is the name right, and is its container running?")]
    UnknownHost { host: String, source: std::io::Error },
    #[error(
        "--allow-writes local is refused: '{host}' has the public address {address}, and only loopback and private \
         addresses are yours for sure. Name the account instead (example: --allow-writes 111122223333)"
    )]
    PublicAddress { host: String, address: IpAddr },
    #[error("--allow-writes local is for endpoints of your own, not for AWS (example: --allow-writes 111122223333)")]
    LocalAws,
    #[cfg(feature = "aws")]
    #[error(
        "no credentials for a non-loopback endpoint. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with \
         --profile, or send unsigned requests with --no-sign-request"
    )]
    NoCredentials(#[source] Option<Box<dyn Error + Send + Sync>>),
    #[cfg(feature = "aws")]
    #[error("cannot load the credentials of {origin}")]
    Credentials { origin: String, source: Box<dyn Error + Send + Sync> },
    #[cfg(not(feature = "aws"))]
    #[error("{needed_by} needs the feature 'aws', which this build lacks. Build with `--features aws`, or {otherwise}")]
    MissingFeature { needed_by: &'static str, otherwise: &'static str },
    #[error(
        "'{text}' is neither an AWS account ID (example: --allow-writes 111122223333) nor `local`, for an endpoint at a \
         private address"
    )]
    NotAnAccountId { text: String },
    #[error(
        "cannot confirm the account of the credentials: STS at {sts} failed: {reason}. For an endpoint of your own at a \
         private address, use --allow-writes local"
    )]
    Sts { sts: String, reason: String },
    #[error("--allow-writes names account {named}, but the credentials belong to account {found} (STS at {sts})")]
    OtherAccount { named: String, found: String, sts: String },
    #[error("{name} = {value} is out of range: it must be between 1 and {max} ({example})")]
    OutOfRange { name: &'static str, value: u64, max: u64, example: &'static str },
}
