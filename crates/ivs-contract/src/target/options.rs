//! The flags that say where requests go and how they are signed. Their names follow the AWS CLI.

use std::path::PathBuf;

use clap::Args;

/// The heading of these flags in the help.
const TARGET: &str = "Target";
const CONNECTION: &str = "Connection";
/// The longest timeout, in seconds.
pub(super) const MAX_TIMEOUT: u64 = 24 * 3600;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetOptions {
    /// Endpoint to use: `embedded`, `aws`, `aws-emulator[:PORT]` or a URL [env: IVS_CONTRACT_TARGET] [default: embedded]
    #[arg(long, value_name = "TARGET", conflicts_with = "endpoint_url", help_heading = TARGET)]
    pub target: Option<String>,
    /// Endpoint URL of all three services [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL", help_heading = TARGET)]
    pub endpoint_url: Option<String>,
    /// Endpoint URL of `ivs` [env: AWS_ENDPOINT_URL_IVS]
    #[arg(long, value_name = "URL", help_heading = TARGET)]
    pub endpoint_url_ivs: Option<String>,
    /// Endpoint URL of `ivs-realtime` [env: AWS_ENDPOINT_URL_IVS_REALTIME]
    #[arg(long, value_name = "URL", help_heading = TARGET)]
    pub endpoint_url_ivs_realtime: Option<String>,
    /// Endpoint URL of `ivschat` [env: AWS_ENDPOINT_URL_IVSCHAT]
    #[arg(long, value_name = "URL", help_heading = TARGET)]
    pub endpoint_url_ivschat: Option<String>,
    /// Region to sign requests for [env: AWS_REGION] [default: the region of the profile, else us-west-2]
    #[arg(long, value_name = "REGION", help_heading = TARGET)]
    pub region: Option<String>,
    /// Profile in the shared AWS configuration files [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME", help_heading = TARGET)]
    pub profile: Option<String>,
    /// Send unsigned requests and load no credentials
    #[arg(long, help_heading = TARGET)]
    pub no_sign_request: bool,
    /// Allow writes to this account, or to an endpoint of your own with `local` [env: IVS_CONTRACT_ALLOW_WRITES]
    ///
    /// Writes to a non-loopback endpoint require it. STS must confirm that the credentials belong to the account. `local` is
    /// granted if every address of the endpoint is loopback or private.
    #[arg(long, value_name = "ACCOUNT_ID|local", help_heading = TARGET)]
    pub allow_writes: Option<String>,
    /// Skip the verification of TLS certificates
    #[arg(long, help_heading = CONNECTION)]
    pub no_verify_ssl: bool,
    /// PEM file with the certificates to trust [env: AWS_CA_BUNDLE] [default: those of the system]
    #[arg(long, value_name = "FILE", help_heading = CONNECTION)]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds to wait for a response [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=MAX_TIMEOUT),
        help_heading = CONNECTION)]
    pub read_timeout: Option<u64>,
    /// Seconds to wait for a connection [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=MAX_TIMEOUT),
        help_heading = CONNECTION)]
    pub connect_timeout: Option<u64>,
    /// HTTP proxy for everything but loopback addresses and the hosts of NO_PROXY [env: HTTPS_PROXY]
    #[arg(long, value_name = "URL", help_heading = CONNECTION)]
    pub proxy: Option<String>,
    /// Keep the documented call rates of AWS, as on the hosts of AWS [env: IVS_CONTRACT_RATES]
    #[arg(long, help_heading = CONNECTION)]
    pub rates: bool,
}

#[cfg(feature = "cli")]
impl TargetOptions {
    /// The same signing and connection options for another target.
    pub(crate) fn for_target(&self, target: &str) -> Self {
        Self {
            target: Some(target.to_owned()),
            endpoint_url: None,
            endpoint_url_ivs: None,
            endpoint_url_ivs_realtime: None,
            endpoint_url_ivschat: None,
            ..self.clone()
        }
    }
}
