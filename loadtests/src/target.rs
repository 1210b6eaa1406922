//! What the load falls on, and what keeps it from falling on anything else.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use ivs_client::{Clock, Endpoints, Limits};

use crate::LoadError;

/// The endpoint under load, with all that is needed to reach it.
#[derive(Clone)]
pub struct Target {
    /// Where each service is.
    pub endpoints: Endpoints,
    /// The region of the signatures.
    pub region: String,
    /// Where credentials come from.
    pub credentials: SharedCredentialsProvider,
    /// The clock of the signatures.
    pub clock: Clock,
    /// TLS settings for https endpoints; plain ones need none.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Time-outs and the longest answer taken. `read` covers one whole exchange here.
    pub limits: Limits,
    /// A proxy URL. With one, requests go through reqwest instead of the engine's own connections.
    pub proxy: Option<String>,
    /// The explicit word that lets load fall on something other than this machine.
    pub allow_remote: bool,
    /// Whether calls to AWS's hosts may exceed the documented rates.
    pub lift_rates: bool,
}

impl Target {
    /// Whether the load may start.
    pub(crate) fn check(&self) -> Result<(), LoadError> {
        if !self.allow_remote
            && let Some(remote) = self.endpoints.all().find(|endpoint| !endpoint.is_loopback())
        {
            return Err(LoadError::Remote { endpoint: remote.origin() });
        }
        if self.tls.is_none() && self.endpoints.all().any(|endpoint| endpoint.tls) {
            return Err(LoadError::NoTls);
        }
        Ok(())
    }

    /// Whether the documented calls per second bind: on AWS's own hosts, unless lifted by name.
    pub(crate) fn keeps_rates(&self) -> bool {
        let aws = |host: &str| host == "amazonaws.com" || host.ends_with(".amazonaws.com");
        !self.lift_rates && self.endpoints.all().any(|endpoint| aws(endpoint.host.trim_end_matches('.')))
    }
}

impl fmt::Debug for Target {
    // The provider's Debug may show its configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("endpoints", &self.endpoints)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// The credentials in force; signers notice a change by its number.
pub(crate) struct Keyring {
    provider: SharedCredentialsProvider,
    current: RwLock<Credentials>,
    edition: AtomicU64,
}

impl Keyring {
    /// Asks the provider for the first time.
    pub(crate) async fn open(provider: SharedCredentialsProvider) -> Result<Self, LoadError> {
        let current = provide(&provider).await?;
        Ok(Self { provider, current: RwLock::new(current), edition: AtomicU64::new(1) })
    }

    /// Counts the renewals; starts at 1.
    pub(crate) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    pub(crate) fn current(&self) -> Credentials {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the credentials end within five minutes.
    pub(crate) fn is_stale(&self, now: SystemTime) -> bool {
        let expiry = self.current.read().unwrap_or_else(PoisonError::into_inner).expiry();
        expiry.is_some_and(|expiry| expiry < now + std::time::Duration::from_secs(300))
    }

    /// Asks the provider anew.
    pub(crate) async fn renew(&self) -> Result<(), LoadError> {
        let fresh = provide(&self.provider).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.edition.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

async fn provide(provider: &SharedCredentialsProvider) -> Result<Credentials, LoadError> {
    provider.provide_credentials().await.map_err(|error| LoadError::Credentials { reason: error.to_string() })
}
