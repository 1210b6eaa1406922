//! The current credentials of a run, renewed before they expire.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::error::LoadError;

/// The current credentials. Signers notice a renewal by its number.
pub(crate) struct CredentialStore {
    provider: SharedCredentialsProvider,
    current: RwLock<Credentials>,
    version: AtomicU64,
}

impl CredentialStore {
    /// Gets the first credentials from the provider.
    pub(crate) async fn open(provider: SharedCredentialsProvider) -> Result<Self, LoadError> {
        let current = provide(&provider).await?;
        Ok(Self { provider, current: RwLock::new(current), version: AtomicU64::new(1) })
    }

    /// The number of the current credentials, from 1.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The current credentials.
    pub(crate) fn current(&self) -> Credentials {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether the credentials expire within five minutes.
    pub(crate) fn is_stale(&self, now: SystemTime) -> bool {
        let expiry = self.current.read().unwrap_or_else(PoisonError::into_inner).expiry();
        expiry.is_some_and(|expiry| expiry < now + std::time::Duration::from_secs(300))
    }

    /// Gets new credentials from the provider.
    pub(crate) async fn renew(&self) -> Result<(), LoadError> {
        let fresh = provide(&self.provider).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.version.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

async fn provide(provider: &SharedCredentialsProvider) -> Result<Credentials, LoadError> {
    provider.provide_credentials().await.map_err(|error| LoadError::Credentials { reason: error.to_string() })
}
