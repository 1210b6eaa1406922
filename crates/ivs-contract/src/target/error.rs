//! The errors of resolving a target.

#[cfg(feature = "aws")]
use std::error::Error;
use std::path::PathBuf;

use ivs_client::EndpointError;
use ivs_emulator::StartError;

/// The reason why a target could not be resolved. Each message states what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("'{text}' is not a target: expected `embedded`, `aws` or a URL (example: http://127.0.0.1:4566)")]
    NotATarget { text: String },
    #[error(
        "the target is `embedded`, but one service has an endpoint URL. Remove that URL, or set one URL for all services \
         (example: --endpoint-url http://127.0.0.1:4566)"
    )]
    EmbeddedWithUrl,
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("cannot start the embedded emulator")]
    Emulator(#[from] StartError),
    #[error("cannot read the certificate bundle {}", path.display())]
    CaBundle { path: PathBuf, source: std::io::Error },
    #[cfg(feature = "aws")]
    #[error(
        "no credentials for a non-loopback endpoint. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with \
         --profile, or send unsigned requests with --no-sign-request"
    )]
    NoCredentials(#[source] Option<Box<dyn Error + Send + Sync>>),
    #[error("{needed_by} needs the feature 'aws', which this build lacks. Build with `--features aws`, or {otherwise}")]
    #[cfg(not(feature = "aws"))]
    MissingFeature { needed_by: &'static str, otherwise: &'static str },
    #[error("'{text}' is not an AWS account ID (example: --allow-writes 111122223333)")]
    NotAnAccountId { text: String },
    #[error("cannot ask STS which account the credentials belong to. AWS_ENDPOINT_URL_STS sets another STS endpoint")]
    #[cfg(feature = "aws")]
    Sts(#[source] Box<dyn Error + Send + Sync>),
    #[error("STS did not say which account the credentials belong to")]
    NoAccount,
    #[error("--allow-writes names account {named}, but the credentials belong to account {found}")]
    OtherAccount { named: String, found: String },
}
