//! What the users of one generator thread share: signers, the shard of results, and the wires.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use http::HeaderValue;
use http::header::InvalidHeaderValue;
use ivs_client::{Clock, Failure, FailureKind};
use ivs_model::CaseId;

use crate::LoadError;
use crate::connection::Wire;
use crate::recorder::Recorder;
use crate::session::Shown;
use crate::signer::Signer;
use crate::target::{Keyring, Target};
use crate::template::{Catalogue, Route, StepId};

/// A breach where it showed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) check: &'static str,
    pub(crate) step: StepId,
    pub(crate) case: Option<CaseId>,
}

/// Everything that one thread counts; behind a lock that only the once-a-second look contends for.
#[derive(Default)]
pub(crate) struct Shard {
    pub(crate) recorder: Recorder,
    pub(crate) breaches: BTreeMap<Place, Shown>,
}

/// One generator thread's share.
pub(crate) struct Lane {
    /// One a service, in the catalogue's order, and the edition of their credentials.
    signers: Mutex<(u64, Vec<Signer>)>,
    pub(crate) shard: Mutex<Shard>,
    /// The distinct wires, and which of them each service takes.
    pub(crate) wires: Vec<Arc<Wire>>,
    pub(crate) wire_of: Vec<usize>,
    keyring: Arc<Keyring>,
    clock: Clock,
    /// Requests begun, for the stated sample of full checks.
    begun: AtomicU64,
}

impl Lane {
    pub(crate) fn new(target: &Target, catalogue: &Catalogue, keyring: Arc<Keyring>) -> Result<Self, LoadError> {
        let credentials = keyring.current();
        let mut signers = Vec::new();
        let (mut wires, mut wire_of) = (Vec::<Arc<Wire>>::new(), Vec::new());
        for service in catalogue.services() {
            signers.push(Signer::new(credentials.clone(), &target.region, &service.model.service.signing_name));
            let endpoint = target.endpoints.of(&service.model.service.id)?;
            let same = |wire: &Arc<Wire>| wire.endpoint().origin() == endpoint.origin();
            let wire = match wires.iter().position(same) {
                Some(known) => known,
                None => {
                    wires.push(Arc::new(Wire::new(target, endpoint).map_err(LoadError::Wire)?));
                    wires.len() - 1
                }
            };
            wire_of.push(wire);
        }
        Ok(Self {
            signers: Mutex::new((keyring.edition(), signers)),
            shard: Mutex::default(),
            wires,
            wire_of,
            keyring,
            clock: target.clock.clone(),
            begun: AtomicU64::new(0),
        })
    }

    pub(crate) fn shard(&self) -> MutexGuard<'_, Shard> {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the next request, from 0.
    pub(crate) fn number(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed)
    }

    /// A signature of this second.
    pub(crate) fn stamp(&self, service: usize, route: &Route, body: &[u8]) -> Result<Stamp, Failure> {
        let seconds = self.clock.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let (signature, token) = {
            let mut guard = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
            let (edition, signers) = &mut *guard;
            let current = self.keyring.edition();
            if *edition != current {
                let credentials = self.keyring.current();
                signers.iter_mut().for_each(|signer| signer.renew(credentials.clone()));
                *edition = current;
            }
            let signer = &mut signers[service];
            (signer.sign(&route.prepared, body, seconds), signer.session_token().map(str::to_owned))
        };
        let unsendable = |_| Failure::new(FailureKind::Unsendable, "a credential holds what no header can");
        Stamp::new(&signature.date, &signature.authorization, token.as_deref()).map_err(unsendable)
    }
}

/// The headers that a request is signed with. Their values are credentials for five minutes: never shown.
pub(crate) struct Stamp {
    date: HeaderValue,
    authorization: HeaderValue,
    token: Option<HeaderValue>,
}

impl Stamp {
    pub(crate) fn new(date: &str, authorization: &str, token: Option<&str>) -> Result<Self, InvalidHeaderValue> {
        Ok(Self {
            date: HeaderValue::from_str(date)?,
            authorization: HeaderValue::from_str(authorization)?,
            token: token.map(HeaderValue::from_str).transpose()?,
        })
    }

    /// Names and values, as they are sent.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &HeaderValue)> {
        let token = self.token.as_ref().map(|token| ("x-amz-security-token", token));
        [("x-amz-date", &self.date), ("authorization", &self.authorization)].into_iter().chain(token)
    }
}
