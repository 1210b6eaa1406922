//! An emulator, and an official SDK client for each of its services.

use aws_sdk_ivs::config::retry::RetryConfig;
use aws_sdk_ivs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use ivs_emulator::{Emulator, Options, Running};

use crate::control::Control;
use crate::ledger::Ledger;

/// The region of all clients.
pub(crate) const REGION: &str = "us-west-2";

/// The account of access keys that are not account IDs.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A running emulator with its clients. Each walk has its own, so no walk sees the resources of another.
#[derive(Debug)]
pub(crate) struct Sdk {
    pub(crate) ivs: aws_sdk_ivs::Client,
    pub(crate) realtime: aws_sdk_ivsrealtime::Client,
    pub(crate) chat: aws_sdk_ivschat::Client,
    /// The client of the control API.
    pub(crate) control: Control,
    ledger: Ledger,
    running: Running,
}

/// Builds the configuration of one SDK client. The three crates have different types with the same settings.
macro_rules! client {
    ($sdk:ident, $url:expr, $access_key:expr, $region:expr, $ledger:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new($region))
                .endpoint_url($url)
                .credentials_provider(credentials($access_key))
                .http_client(Builder::new().build_http())
                // The tests assert the first error; a retry would hide it.
                .retry_config(RetryConfig::disabled())
                .interceptor($ledger.clone())
                .build(),
        )
    };
}

impl Sdk {
    /// Starts an emulator with these options. The ledger records its calls.
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

    /// Returns a client of `ivs` with another access key, or for another region.
    pub(crate) fn ivs_of(&self, access_key: &str, region: &'static str) -> aws_sdk_ivs::Client {
        client!(aws_sdk_ivs, self.running.url(), access_key, region, self.ledger)
    }

    /// Stops the emulator.
    pub(crate) async fn stop(self) {
        // Idle connections would delay the stop of the emulator.
        drop((self.ivs, self.realtime, self.chat, self.control));
        self.running.stop().await;
    }
}

fn credentials(access_key: &str) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(access_key, "test", None, None, "sdk-tests"))
}

/// Returns a well-formed ARN of a resource that does not exist, such as `absent("ivs", "channel")`.
pub(crate) fn absent(namespace: &str, kind: &str) -> String {
    format!("arn:aws:{namespace}:{REGION}:{ACCOUNT}:{kind}/AbCdEfGh1234")
}

/// A text that matches the pattern of no name and no ARN.
pub(crate) const MALFORMED: &str = "not well formed";
