//! A running emulator with a fixed clock, and a client that sends requests byte for byte.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use ivs_emulator::{Emulator, EmulatorClock, Options, Running};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The time of the fixed clock: 2026-01-02T03:04:05Z.
pub(crate) const NOW: i64 = 1_767_323_045;

/// The emulator of one test.
pub(crate) struct Bench {
    pub(crate) running: Running,
}

/// A request before it is signed. Every part can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The raw path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The parameters of a signature.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) session_token: Option<String>,
    pub(crate) region: String,
    pub(crate) service: String,
    /// The time, in seconds since 1970.
    pub(crate) at: i64,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            access_key: "test".to_owned(),
            secret: "test".to_owned(),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: "ivs".to_owned(),
            at: NOW,
        }
    }
}

impl Signer {
    pub(crate) fn of(service: &str) -> Self {
        Self { service: service.to_owned(), ..Self::default() }
    }

    /// Adds the headers of the signature to a request.
    pub(crate) fn sign(&self, host: &str, mut request: Request) -> Request {
        request.headers.insert(0, ("host".to_owned(), host.to_owned()));
        let token = self.session_token.clone();
        let identity = Credentials::new(&self.access_key, &self.secret, token, None, "test").into();
        let seconds = Duration::from_secs(u64::try_from(self.at).unwrap());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::UNIX_EPOCH + seconds)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let url = format!("http://{host}{}", request.target);
        let headers = request.headers.iter().map(|(name, value)| (&**name, &**value));
        let body = SignableBody::Bytes(&request.body);
        let signable = SignableRequest::new(&request.method, &url, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let (headers, _) = instructions.into_parts();
        for header in headers {
            let pair = (header.name().to_owned(), header.value().to_owned());
            request.headers.push(pair);
        }
        request
    }
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON. An empty body is null.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Asserts a success and returns its body.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert!(self.status == 200 || self.status == 204, "{} {text}", self.status);
        self.json()
    }

    /// Asserts an error by its status and name.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, name: &str) {
        let found = (self.status, self.header("x-amzn-errortype"));
        assert_eq!(found, (status, Some(name)), "{}", self.json());
        assert!(self.json()["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
}

/// Makes a request with a body for an operation.
pub(crate) fn post(operation: &str, body: &Value) -> Request {
    Request {
        method: "POST".to_owned(),
        target: format!("/{operation}"),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

/// Makes the request of a tag operation on an ARN.
pub(crate) fn tags(method: &str, arn: &str, query: &str, body: Option<&Value>) -> Request {
    Request {
        method: method.to_owned(),
        target: format!("/tags/{}{query}", arn.replace(':', "%3A").replace('/', "%2F")),
        headers: body.map(|_| ("content-type".to_owned(), "application/json".to_owned())).into_iter().collect(),
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// Starts an emulator with these options and a clock that is fixed at [`NOW`].
    pub(crate) async fn with(options: Options) -> Self {
        let at = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        let clock = EmulatorClock::fixed(at);
        let running = Emulator::start(Options { clock, ..options }).await.unwrap();
        Self { running }
    }

    pub(crate) fn host(&self) -> String {
        self.running.local_addr().to_string()
    }

    /// Signs and sends a request.
    pub(crate) async fn signed(&self, signer: &Signer, request: Request) -> Answer {
        self.raw(&signer.sign(&self.host(), request)).await
    }

    /// Sends a request as it is, on its own connection.
    pub(crate) async fn raw(&self, request: &Request) -> Answer {
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", request.body.len()));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&request.body);
        parse(&self.bytes(&bytes).await)
    }

    /// Sends bytes and reads until the connection ends.
    pub(crate) async fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.running.local_addr()).await.unwrap();
        // An endpoint may respond and close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }

    /// Calls an operation of `ivs` or `ivs-realtime`.
    pub(crate) async fn ivs(&self, operation: &str, body: Value) -> Answer {
        self.signed(&Signer::of("ivs"), post(operation, &body)).await
    }

    /// Calls an operation of `ivschat`.
    pub(crate) async fn chat(&self, operation: &str, body: Value) -> Answer {
        self.signed(&Signer::of("ivschat"), post(operation, &body)).await
    }

    /// Calls a tag operation. The ARN gives the service.
    pub(crate) async fn tags(&self, method: &str, arn: &str, query: &str, body: Option<Value>) -> Answer {
        let service = arn.split(':').nth(2).unwrap();
        let request = tags(method, arn, query, body.as_ref());
        self.signed(&Signer::of(service), request).await
    }

    /// Calls a control action.
    pub(crate) async fn control(&self, action: &str, body: Value) -> Answer {
        let mut request = post(&format!("_emulator/{action}"), &body);
        request.headers.push(("host".to_owned(), self.host()));
        self.raw(&request).await
    }

    /// Ends all transitional states.
    pub(crate) async fn settle(&self) {
        self.control("clock", json!({"seconds": 1})).await.ok();
    }

    /// Creates a channel and returns its ARN.
    pub(crate) async fn channel(&self) -> String {
        let made = self.ivs("CreateChannel", json!({})).await.ok();
        text(&made["channel"]["arn"])
    }

    /// Creates a stage and returns its ARN.
    pub(crate) async fn stage(&self) -> String {
        let made = self.ivs("CreateStage", json!({})).await.ok();
        text(&made["stage"]["arn"])
    }

    /// Creates a room and returns its ARN.
    pub(crate) async fn room(&self) -> String {
        let made = self.chat("CreateRoom", json!({})).await.ok();
        text(&made["arn"])
    }
}

/// Returns the text of a JSON string.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an HTTP response");
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Answer { status, headers, body: bytes[end + 4..].to_vec() }
}
