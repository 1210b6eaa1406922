//! The account of the credentials, asked of STS at the place that writes go to.

use aws_credential_types::provider::SharedCredentialsProvider;
use ivs_client::{Client, ClientConfig, Clock, Endpoint, Endpoints, Request, Signing};
use ivs_model::{OperationId, Service};

use super::TargetError;

/// The service ID of STS in requests of this module.
const STS: &str = "sts";

/// The caller that STS names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CallerIdentity {
    pub(super) account: String,
    pub(super) arn: String,
}

/// Returns the URL of STS for an endpoint: that of AWS for its hosts, else the endpoint itself. `configured` is
/// `AWS_ENDPOINT_URL_STS`; it counts if it is at the same place.
pub(super) fn sts_of(endpoint: &Endpoint, region: &str, configured: Option<&str>) -> Result<Endpoint, TargetError> {
    if let Some(url) = configured {
        let configured = Endpoint::parse(url)?;
        let is_same_place = if endpoint.is_aws() { configured.is_aws() } else { configured.host == endpoint.host };
        if is_same_place {
            return Ok(configured);
        }
    }
    if endpoint.is_aws() {
        let domain = if endpoint.host.ends_with(".cn") { "amazonaws.com.cn" } else { "amazonaws.com" };
        return Ok(Endpoint::parse(&format!("https://sts.{region}.{domain}"))?);
    }
    Ok(Endpoint { prefix: String::new(), ..endpoint.clone() })
}

/// Asks STS for the identity of the credentials. `client` states how connections are made.
pub(super) async fn ask(
    sts: &Endpoint,
    client: &ClientConfig,
    credentials: &SharedCredentialsProvider,
    sample: &Service,
) -> Result<CallerIdentity, TargetError> {
    let service =
        Service { id: STS.to_owned(), endpoint_prefix: STS.to_owned(), signing_name: STS.to_owned(), ..sample.clone() };
    let config = ClientConfig {
        services: vec![service],
        endpoints: Endpoints::of_one(sts.clone()),
        credentials: Some(credentials.clone()),
        clock: Clock::system(),
        ..client.clone()
    };
    let client = Client::new(config)?;
    let request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: vec![
            ("content-type".to_owned(), b"application/x-www-form-urlencoded; charset=utf-8".to_vec()),
            ("accept".to_owned(), b"application/xml".to_vec()),
        ],
        body: b"Action=GetCallerIdentity&Version=2011-06-15"[..].into(),
    };
    let exchange = client.send(OperationId::new(STS, "GetCallerIdentity"), request, &Signing::Valid).await;
    let failed = |reason: String| TargetError::Sts { sts: sts.to_string(), reason };
    let response = exchange.outcome.map_err(|failure| failed(failure.to_string()))?;
    let body = String::from_utf8_lossy(&response.body).into_owned();
    if response.status != 200 {
        let reason = match (element(&body, "Code"), element(&body, "Message")) {
            (Some(code), Some(message)) => format!("{} {code}: {message}", response.status),
            _ => format!("status {}", response.status),
        };
        return Err(failed(reason));
    }
    let account = element(&body, "Account").ok_or_else(|| failed("the answer names no account".to_owned()))?;
    let arn = element(&body, "Arn").unwrap_or_else(|| format!("account {account}"));
    Ok(CallerIdentity { account, arn })
}

/// Returns the text of the first XML element with this name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sts(endpoint: &str, configured: Option<&str>) -> String {
        sts_of(&Endpoint::parse(endpoint).unwrap(), "eu-west-1", configured).unwrap().to_string()
    }

    #[test]
    fn the_identity_is_asked_where_the_writes_go() {
        let aws = "https://ivs.eu-west-1.amazonaws.com";
        let emulator = "http://emulator:4566/prefix";
        assert_eq!(sts(aws, None), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(sts(aws, Some("http://127.0.0.1:4566")), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(sts(aws, Some("https://x.vpce.amazonaws.com")), "https://x.vpce.amazonaws.com");
        assert_eq!(sts("https://ivs.cn-north-1.amazonaws.com.cn", None), "https://sts.eu-west-1.amazonaws.com.cn");
        assert_eq!(sts(emulator, None), "http://emulator:4566");
        assert_eq!(sts(emulator, Some("http://emulator:4592")), "http://emulator:4592");
        assert_eq!(sts(emulator, Some("https://sts.eu-west-1.amazonaws.com")), "http://emulator:4566");
    }

    #[test]
    fn the_answer_is_read_by_its_elements() {
        assert_eq!(element("<A><Account> 1 </Account></A>", "Account").as_deref(), Some("1"));
        assert_eq!(element("<Account>1", "Account"), None);
    }
}
