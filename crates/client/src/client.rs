//! The client, which combines endpoints, credentials, signing and transport.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_credential_types::provider::SharedCredentialsProvider;
use ivs_model::{OperationId, Service};

use crate::credentials::CredentialCache;
use crate::error::ClientError;
use crate::transport::{StreamOpener, Transport};
use crate::{
    BoxFuture, Caller, Clock, Endpoints, Exchange, Failure, FailureKind, Limits, Request, Response, Signing, Trust,
    sign,
};

/// The `user-agent` of every request.
const USER_AGENT: &str = concat!("ivs-contract/", env!("CARGO_PKG_VERSION"));

/// The configuration of a [`Client`].
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The services that can be called.
    pub services: Vec<Service>,
    /// The endpoints of the services.
    pub endpoints: Endpoints,
    /// The region of the credential scope.
    pub region: String,
    /// The provider of signing credentials. With `None`, every [`Signing`] but `AsIs` and `Unsigned` fails.
    pub credentials: Option<SharedCredentialsProvider>,
    /// The clock of the signatures.
    pub clock: Clock,
    /// The trusted certificates.
    pub trust: Trust,
    /// Timeouts and the maximum response size.
    pub limits: Limits,
}

/// Sends signed requests to the configured endpoints, once each, without retries or redirects.
pub struct Client {
    signing_names: BTreeMap<String, String>,
    endpoints: Endpoints,
    region: String,
    credentials: CredentialCache,
    clock: Clock,
    transport: Transport,
}

impl Client {
    /// Creates a client. It opens connections later, with the first requests.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if a service has no endpoint or the certificates cannot be used.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        Self::with_connections(config, None)
    }

    /// Creates a client that opens its connections to a service in this process. The endpoints give the `host` header only.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if a service has no endpoint.
    pub fn in_process(config: ClientConfig, open: StreamOpener) -> Result<Self, ClientError> {
        Self::with_connections(config, Some(open))
    }

    fn with_connections(config: ClientConfig, in_process: Option<StreamOpener>) -> Result<Self, ClientError> {
        for service in &config.services {
            config.endpoints.of(&service.id)?;
        }
        let transport = Transport::new(&config.endpoints, &config.trust, in_process, config.limits)?;
        let signing_names = config.services.into_iter().map(|service| (service.id, service.signing_name)).collect();
        Ok(Self {
            signing_names,
            endpoints: config.endpoints,
            region: config.region,
            credentials: CredentialCache::new(config.credentials),
            clock: config.clock,
            transport,
        })
    }

    /// The endpoints of the services.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The region of the credential scope.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Adds path prefix, `host` and `user-agent` to a request and signs it. Send the result, edited or not, with
    /// [`Signing::AsIs`].
    ///
    /// # Errors
    ///
    /// A [`Failure`] of kind `Credentials` or `Unsendable`.
    pub async fn sign(&self, service: &str, request: Request, signing: &Signing) -> Result<Request, Failure> {
        if *signing == Signing::AsIs {
            return Ok(request);
        }
        let mut request = self.complete(service, request)?;
        if !sign::needs_credentials(signing) {
            return Ok(request);
        }
        let now = self.clock.now();
        let credentials = self.credentials.get(now).await?;
        for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
            request.remove_header(name);
        }
        let unknown = || Failure::new(FailureKind::Unsendable, format!("the service `{service}` is not configured"));
        let signing_name = self.signing_names.get(service).ok_or_else(unknown)?;
        let scope = sign::Scope { region: &self.region, service: signing_name };
        sign::sign(request, signing, &credentials, &scope, now)
    }

    fn complete(&self, service: &str, mut request: Request) -> Result<Request, Failure> {
        let endpoint = self.endpoint(service)?;
        if request.path.starts_with('/') && !endpoint.prefix.is_empty() {
            request.path.insert_str(0, &endpoint.prefix);
        }
        if request.header("host").is_none() {
            request.headers.insert(0, ("host".to_owned(), endpoint.authority.clone().into_bytes()));
        }
        if request.header("user-agent").is_none() {
            request.headers.push(("user-agent".to_owned(), USER_AGENT.as_bytes().to_vec()));
        }
        Ok(request)
    }

    fn endpoint(&self, service: &str) -> Result<&crate::Endpoint, Failure> {
        self.endpoints.of(service).map_err(|error| Failure::new(FailureKind::Unsendable, error.to_string()))
    }

    /// Signs a request and sends it once. A failure is the outcome of the returned exchange.
    pub async fn send(&self, operation: OperationId, request: Request, signing: &Signing) -> Exchange {
        let (request, outcome, duration) = match self.sign(operation.service(), request.clone(), signing).await {
            Ok(signed) => {
                let start = Instant::now();
                let outcome = self.transmit(operation.service(), &signed).await;
                (signed, outcome, start.elapsed())
            }
            Err(failure) => (request, Err(failure), Duration::ZERO),
        };
        Exchange { operation, request, outcome, duration }
    }

    async fn transmit(&self, service: &str, request: &Request) -> Result<Response, Failure> {
        self.transport.send(self.endpoint(service)?, request).await
    }
}

impl Caller for Client {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(Self::send(self, operation, request, signing))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("endpoints", &self.endpoints)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
