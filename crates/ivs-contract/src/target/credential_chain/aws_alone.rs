//! An HTTP client that asks no STS but that of AWS.
//!
//! The credential chain heeds configured endpoint URLs when it assumes a role. A role that an emulator grants is worth nothing at
//! AWS, and the keys that ask for it are none of its business.

use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use ivs_client::Endpoint;

/// Lets a client send calls of AWS services to hosts of AWS only.
pub(super) fn aws_alone(client: SharedHttpClient) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        SharedHttpConnector::new(AwsAlone(client.http_connector(settings, components)))
    })
}

#[derive(Debug)]
struct AwsAlone(SharedHttpConnector);

impl HttpConnector for AwsAlone {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // The sources of credentials on this machine, such as instance metadata, take no POST.
        if request.method() != "POST" || is_of_aws(request.uri()) {
            return self.0.call(request);
        }
        let host = request.uri().split('/').take(3).collect::<Vec<_>>().join("/");
        let refusal = format!(
            "{host} is not asked for credentials that are for AWS. Unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS, and take \
             their like out of the profile"
        );
        HttpConnectorFuture::ready(Err(ConnectorError::user(refusal.into())))
    }
}

/// Returns whether a URL is of a host of AWS.
fn is_of_aws(url: &str) -> bool {
    let endpoint = url.split('?').next().map(Endpoint::parse);
    endpoint.is_some_and(|endpoint| endpoint.is_ok_and(|endpoint| endpoint.is_aws()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_aws_are_told_by_their_names() {
        for url in ["https://sts.us-west-2.amazonaws.com/", "https://oidc.us-east-1.amazonaws.com/token?a=b"] {
            assert!(is_of_aws(url), "{url}");
        }
        for url in ["http://127.0.0.1:4566/", "https://sts.amazonaws.com.example.com", "nonsense"] {
            assert!(!is_of_aws(url), "{url}");
        }
    }
}
