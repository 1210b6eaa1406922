//! The command's route to endpoints that need neither a proxy nor a fixed address: the connection pool of reqwest.
//!
//! A library build goes without it and takes the pool of hyper for all endpoints, which needs far fewer crates.

use rustls::ClientConfig;

use super::{IDLE, Limits, Received, failure, headers, method, within};
use crate::endpoint::Endpoint;
use crate::error::ClientError;
use crate::{Failure, Request, Response};

/// A pool of direct connections.
pub(super) struct DirectPool {
    client: reqwest::Client,
}

impl DirectPool {
    pub(super) fn new(tls: ClientConfig, limits: &Limits) -> Result<Self, ClientError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // Credentials go to the configured endpoint only.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A retry would hide the first response.
            .retry(reqwest::retry::never())
            .no_proxy()
            // Other crates in the build may enable reqwest's decoders, but bodies must stay unchanged.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            .tcp_nodelay(true)
            .connect_timeout(limits.connect)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(ClientError::Transport)?;
        Ok(Self { client })
    }

    /// Returns the request in the form of this route; none if the route does not reach the endpoint, or would send
    /// something else.
    ///
    /// # Errors
    /// [`Failure`] if no route can send it.
    pub(super) fn prepare(&self, endpoint: &Endpoint, request: &Request) -> Result<Option<reqwest::Request>, Failure> {
        if endpoint.proxy.is_some() || !endpoint.addresses.is_empty() {
            return Ok(None);
        }
        let target = request.target();
        let names = |name: &str| request.headers.iter().any(|(key, _)| key == name);
        // reqwest adds these two.
        if !request.path.starts_with('/') || target.contains('#') || !names("host") || !names("accept") {
            return Ok(None);
        }
        let origin = endpoint.origin();
        let Ok(url) = reqwest::Url::parse(&format!("{origin}{target}")) else { return Ok(None) };
        if url.as_str().strip_prefix(origin.as_str()).is_none_or(|rest| rest != target) {
            return Ok(None);
        }
        let mut prepared = reqwest::Request::new(method(request)?, url);
        *prepared.headers_mut() = headers(request)?;
        if !request.body.is_empty() {
            *prepared.body_mut() = Some(request.body.clone().into());
        }
        Ok(Some(prepared))
    }

    pub(super) async fn send(&self, request: reqwest::Request, limits: &Limits) -> Result<Response, Failure> {
        // A presigned URL is a secret.
        let failed = |error: reqwest::Error| failure::of(&error.without_url(), false);
        let mut response =
            within(limits.first_byte(), "no response", self.client.execute(request)).await?.map_err(failed)?;
        let mut received = Received::new(response.status(), response.headers(), limits)?;
        while let Some(chunk) = limits.within_read(response.chunk()).await?.map_err(failed)? {
            received.push(&chunk)?;
        }
        Ok(received.finish())
    }
}
