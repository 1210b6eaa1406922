//! A generator thread: the signers, connectors and results that its users share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, UNIX_EPOCH};

use ivs_client::{Clock, Failure, FailureKind};

use crate::breach_log::{BreachKey, RecordedBreach};
use crate::credentials::CredentialStore;
use crate::error::LoadError;
use crate::recorder::MetricsRecorder;
use crate::step::StepCatalog;
use crate::target::LoadTarget;
use crate::transport::{AuthHeaders, Connector, Route, Signer};

/// The results of one thread. Only the progress display, once a second, contends for its lock.
#[derive(Default)]
pub(crate) struct Shard {
    pub(crate) recorder: MetricsRecorder,
    pub(crate) breaches: BTreeMap<BreachKey, RecordedBreach>,
    /// The time of the last response or failure.
    pub(crate) last_answer: Option<Instant>,
}

/// A generator thread.
pub(crate) struct Worker {
    /// The version of the credentials, and one signer for each service in the catalog's order.
    signers: Mutex<(u64, Vec<Signer>)>,
    shard: Mutex<Shard>,
    /// One connector for each distinct endpoint.
    pub(crate) connectors: Vec<Arc<Connector>>,
    /// The index of each service's connector.
    pub(crate) connector_of: Vec<usize>,
    credential_store: Arc<CredentialStore>,
    clock: Clock,
    /// The number of requests so far; selects the sample that gets the full checks.
    requests: AtomicU64,
}

impl Worker {
    pub(crate) fn new(
        target: &LoadTarget,
        catalog: &StepCatalog,
        credential_store: Arc<CredentialStore>,
    ) -> Result<Self, LoadError> {
        let credentials = credential_store.current();
        let mut signers = Vec::new();
        let (mut connectors, mut connector_of) = (Vec::<Arc<Connector>>::new(), Vec::new());
        for service in catalog.services() {
            signers.push(Signer::new(credentials.clone(), &target.region, &service.model.service.signing_name));
            let endpoint = target.endpoints.of(&service.model.service.id)?;
            let same = |connector: &Arc<Connector>| connector.endpoint().origin() == endpoint.origin();
            let connector = match connectors.iter().position(same) {
                Some(known) => known,
                None => {
                    connectors.push(Arc::new(Connector::new(target, endpoint).map_err(LoadError::InvalidTarget)?));
                    connectors.len() - 1
                }
            };
            connector_of.push(connector);
        }
        Ok(Self {
            signers: Mutex::new((credential_store.version(), signers)),
            shard: Mutex::default(),
            connectors,
            connector_of,
            credential_store,
            clock: target.clock.clone(),
            requests: AtomicU64::new(0),
        })
    }

    /// Locks the results.
    pub(crate) fn shard(&self) -> MutexGuard<'_, Shard> {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the next request, from 0.
    pub(crate) fn next_request_number(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Signs a request at the current time.
    pub(crate) fn sign(&self, service: usize, route: &Route, body: &[u8]) -> Result<AuthHeaders, Failure> {
        let seconds = self.clock.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let (signature, token) = {
            let mut guard = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
            let (version, signers) = &mut *guard;
            let current = self.credential_store.version();
            if *version != current {
                let credentials = self.credential_store.current();
                signers.iter_mut().for_each(|signer| signer.renew(credentials.clone()));
                *version = current;
            }
            let signer = &mut signers[service];
            (signer.sign(&route.prepared, body, seconds), signer.session_token().map(str::to_owned))
        };
        let unsendable =
            |_| Failure::new(FailureKind::Unsendable, "a credential has characters that are not allowed in a header");
        AuthHeaders::new(&signature.date, &signature.authorization, token.as_deref()).map_err(unsendable)
    }
}
