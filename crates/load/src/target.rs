//! The target of the load, and the guards against load on any other endpoint.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use ivs_client::{ClientConfig, ClientError, Clock, Endpoint, Endpoints, Limits};

use crate::error::LoadError;

/// The endpoints under load, and everything needed to reach them.
#[derive(Clone)]
pub struct LoadTarget {
    /// The endpoint of each service.
    pub endpoints: Endpoints,
    /// The region of the signatures.
    pub region: String,
    /// The source of credentials.
    pub credentials: SharedCredentialsProvider,
    /// The clock of the signatures.
    pub clock: Clock,
    /// TLS settings for https endpoints; plain ones need none.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Timeouts and the maximum response size. `read` covers one whole exchange here.
    pub limits: Limits,
    /// True if load on an endpoint that is not a loopback address is allowed.
    pub allow_remote: bool,
    /// True if the documented rates are kept on any host.
    pub keep_rates: bool,
    /// True if requests to AWS hosts may exceed the documented rates.
    pub lift_rates: bool,
}

impl LoadTarget {
    /// Creates the target of a client's configuration, on this machine and without rates; none if it has no credentials.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the certificates cannot be used.
    pub fn of(client: ClientConfig) -> Result<Option<Self>, ClientError> {
        let Some(credentials) = client.credentials else { return Ok(None) };
        let is_tls = client.endpoints.all().any(|endpoint| endpoint.tls);
        let tls = is_tls.then(|| client.trust.tls()).transpose()?.map(Arc::new);
        Ok(Some(Self {
            endpoints: client.endpoints,
            region: client.region,
            credentials,
            clock: client.clock,
            tls,
            limits: client.limits,
            allow_remote: false,
            keep_rates: false,
            lift_rates: false,
        }))
    }

    /// Checks that the load may start.
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

    /// Returns whether the documented rates apply: on AWS hosts and where they are asked for, unless they are disabled
    /// explicitly.
    #[must_use]
    pub fn keeps_rates(&self) -> bool {
        !self.lift_rates && (self.keep_rates || self.endpoints.all().any(Endpoint::is_aws))
    }
}

impl fmt::Debug for LoadTarget {
    // The provider's Debug may show its configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadTarget")
            .field("endpoints", &self.endpoints)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
