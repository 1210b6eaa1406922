//! An emulator of one's own, and an official SDK client for each of its services.

use aws_sdk_ivs::config::retry::RetryConfig;
use aws_sdk_ivs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use ivs_emulator::{Emulator, Options, Running};

use crate::control::Control;
use crate::ledger::Ledger;

/// The region that all clients sign for.
pub(crate) const REGION: &str = "us-west-2";

/// The account that a key which is no account number belongs to.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A running emulator with its clients. Each walk has its own, so none sees another's resources.
#[derive(Debug)]
pub(crate) struct Sdk {
    pub(crate) ivs: aws_sdk_ivs::Client,
    pub(crate) realtime: aws_sdk_ivsrealtime::Client,
    pub(crate) chat: aws_sdk_ivschat::Client,
    /// What the emulator offers beside the services: the world around the control plane.
    pub(crate) control: Control,
    ledger: Ledger,
    running: Running,
}

/// The configuration of one SDK's client: the three crates have types of their own, and the same settings.
macro_rules! client {
    ($sdk:ident, $url:expr, $access_key:expr, $region:expr, $ledger:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new($region))
                .endpoint_url($url)
                .credentials_provider(credentials($access_key))
                .http_client(Builder::new().build_http())
                // A refusal is asserted as it comes; a retry would only hide it.
                .retry_config(RetryConfig::disabled())
                .interceptor($ledger.clone())
                .build(),
        )
    };
}

impl Sdk {
    /// Starts an emulator with these options, on a free port; calls are noted in `ledger`.
    pub(crate) async fn start(options: Options, ledger: &Ledger) -> Self {
        let running = Emulator::start(options).await.expect("a port is free");
        let url = running.url();
        Self {
            ivs: client!(aws_sdk_ivs, &url, "test", REGION, ledger),
            realtime: client!(aws_sdk_ivsrealtime, &url, "test", REGION, ledger),
            chat: client!(aws_sdk_ivschat, &url, "test", REGION, ledger),
            control: Control::new(&url),
            ledger: ledger.clone(),
            running,
        }
    }

    /// A client of `ivs` with another access key, or for another region.
    pub(crate) fn ivs_of(&self, access_key: &str, region: &'static str) -> aws_sdk_ivs::Client {
        client!(aws_sdk_ivs, self.running.url(), access_key, region, self.ledger)
    }

    /// Stops the emulator.
    pub(crate) async fn stop(self) {
        // Idle connections would keep the emulator until its grace is over.
        drop((self.ivs, self.realtime, self.chat, self.control));
        self.running.stop().await;
    }
}

fn credentials(access_key: &str) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(access_key, "test", None, None, "sdk-tests"))
}

/// A well-formed ARN of a resource that was never made, such as `absent("ivs", "channel")`.
pub(crate) fn absent(namespace: &str, kind: &str) -> String {
    format!("arn:aws:{namespace}:{REGION}:{ACCOUNT}:{kind}/AbCdEfGh1234")
}

/// Text that breaks the pattern of every name and every ARN.
pub(crate) const MALFORMED: &str = "not well formed";
