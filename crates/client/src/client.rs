//! The client: endpoints, credentials, signing and transport as one.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_credential_types::provider::SharedCredentialsProvider;
use ivs_model::{OperationId, Service};

use crate::credentials::CredentialCache;
use crate::error::ClientError;
use crate::transport::Transport;
use crate::{
    BoxFuture, Caller, Clock, Endpoints, Exchange, Failure, FailureKind, Limits, Request, Response, Signing, Trust,
    sign,
};

/// What every request says it comes from.
const USER_AGENT: &str = concat!("ivs-contract/", env!("CARGO_PKG_VERSION"));

/// What a [`Client`] is made of.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The services that may be called.
    pub services: Vec<Service>,
    /// Where they are.
    pub endpoints: Endpoints,
    /// The region of the credential scope.
    pub region: String,
    /// Who signs; `None` if nothing is signed (every way of signing but `AsIs` and `Unsigned` then fails).
    pub credentials: Option<SharedCredentialsProvider>,
    /// The time of signatures.
    pub clock: Clock,
    /// Which certificates are trusted.
    pub trust: Trust,
    /// Time-outs and the cap on answers.
    pub limits: Limits,
}

/// Sends signed requests to the configured endpoints, once each, and follows nothing.
pub struct Client {
    signing_names: BTreeMap<String, String>,
    endpoints: Endpoints,
    region: String,
    credentials: CredentialCache,
    clock: Clock,
    transport: Transport,
}

impl Client {
    /// A client for that configuration. Opens no connection yet.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if a service has no endpoint or the certificates cannot be used.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        for service in &config.services {
            config.endpoints.of(&service.id)?;
        }
        let transport = Transport::new(&config.endpoints, &config.trust, config.limits)?;
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

    /// Where the services are.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The region of the credential scope.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Completes the request for its endpoint (path prefix, `host`, `user-agent`) and signs it. Send the
    /// result, edited or not, with [`Signing::AsIs`].
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

    /// Signs, sends once, and gives back both sides. Every failure is the outcome of the exchange.
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
