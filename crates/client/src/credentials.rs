//! A cache of credentials until shortly before they expire, so that signing rarely waits for the provider.

use std::fmt;
use std::sync::RwLock;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::{Failure, FailureKind};

/// The remaining lifetime below which credentials are fetched again.
const MARGIN: Duration = Duration::from_secs(60);

/// A provider and its last credentials.
pub(crate) struct CredentialCache {
    provider: Option<SharedCredentialsProvider>,
    last: RwLock<Option<Credentials>>,
    /// Held while the provider is called, so that concurrent requests call it once.
    asking: tokio::sync::Mutex<()>,
}

impl CredentialCache {
    pub(crate) fn new(provider: Option<SharedCredentialsProvider>) -> Self {
        Self { provider, last: RwLock::new(None), asking: tokio::sync::Mutex::new(()) }
    }

    /// Returns credentials that are valid at `now`.
    pub(crate) async fn get(&self, now: SystemTime) -> Result<Credentials, Failure> {
        if let Some(credentials) = self.fresh(now) {
            return Ok(credentials);
        }
        let Some(provider) = &self.provider else {
            return Err(Failure::new(FailureKind::Credentials, "no credentials are configured"));
        };
        let _asking = self.asking.lock().await;
        if let Some(credentials) = self.fresh(now) {
            return Ok(credentials);
        }
        let credentials = provider
            .provide_credentials()
            .await
            .map_err(|error| Failure::new(FailureKind::Credentials, format!("no credentials: {error}")))?;
        *self.last.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(credentials.clone());
        Ok(credentials)
    }

    fn fresh(&self, now: SystemTime) -> Option<Credentials> {
        let last = self.last.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        last.as_ref().filter(|credentials| credentials.expiry().is_none_or(|expiry| now + MARGIN < expiry)).cloned()
    }
}

impl fmt::Debug for CredentialCache {
    // The provider's own Debug may show its configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.provider.is_some() { "CredentialCache(..)" } else { "CredentialCache(none)" })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_credential_types::provider::future;

    use super::*;

    #[derive(Debug)]
    struct Counting {
        asked: Arc<AtomicU32>,
        expiry: Option<SystemTime>,
    }

    impl ProvideCredentials for Counting {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.asked.fetch_add(1, Ordering::Relaxed);
            future::ProvideCredentials::ready(Ok(Credentials::new("AKID", "SECRET", None, self.expiry, "test")))
        }
    }

    async fn asked_for(expiry: Option<SystemTime>, times: &[SystemTime]) -> u32 {
        let asked = Arc::new(AtomicU32::new(0));
        let provider = SharedCredentialsProvider::new(Counting { asked: Arc::clone(&asked), expiry });
        let cache = CredentialCache::new(Some(provider));
        for &time in times {
            cache.get(time).await.unwrap();
        }
        asked.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn credentials_without_expiry_are_fetched_once() {
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(asked_for(None, &[epoch, epoch + Duration::from_secs(1_000_000)]).await, 1);
    }

    #[tokio::test]
    async fn credentials_near_their_expiry_are_fetched_again() {
        let epoch = SystemTime::UNIX_EPOCH;
        let times = [epoch, epoch + Duration::from_secs(100), epoch + Duration::from_secs(541)];
        assert_eq!(asked_for(Some(epoch + Duration::from_secs(600)), &times).await, 2);
    }

    #[tokio::test]
    async fn no_provider_is_a_failure_of_credentials() {
        let failure = CredentialCache::new(None).get(SystemTime::UNIX_EPOCH).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Credentials);
    }
}
