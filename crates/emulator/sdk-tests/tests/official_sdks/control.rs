//! The emulator's control surface: what encoders, participants and time do, which no operation can.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::sdk::REGION;

/// A plain HTTP client of `/_emulator/`.
#[derive(Debug)]
pub(crate) struct Control {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

impl Control {
    /// The control surface of the emulator at that base URL.
    pub(crate) fn new(url: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            base: format!("{}/_emulator", url.trim_end_matches('/')),
        }
    }

    /// Moves the resources' clock forward by this many seconds.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.post("clock", json!({ "seconds": seconds })).await;
    }

    /// Allows this many resources of a kind, named as in its ARN, in the region of the tests.
    pub(crate) async fn allow(&self, kind: &str, limit: u32) {
        self.post("quota", json!({ "kind": kind, "limit": limit, "region": REGION })).await;
    }

    /// Lets an encoder start to send to a channel.
    pub(crate) async fn on_air(&self, channel: &str) {
        self.post("channel/on-air", json!({ "arn": channel })).await;
    }

    /// Lets the encoder of a channel stop.
    pub(crate) async fn off_air(&self, channel: &str) {
        self.post("channel/off-air", json!({ "arn": channel })).await;
    }

    /// Lets a viewer with a token of that version start to watch a live channel.
    pub(crate) async fn view(&self, channel: &str, viewer: &str, version: u32) {
        let body = json!({ "arn": channel, "viewerId": viewer, "viewerSessionVersion": version });
        self.post("channel/view", body).await;
    }

    /// Lets a user join a stage; returns the participant's id.
    pub(crate) async fn join(&self, stage: &str, user: &str) -> String {
        let joined = self.post("stage/join", json!({ "arn": stage, "userId": user })).await;
        joined["participantId"].as_str().expect("a participant id").to_owned()
    }

    /// Lets a user join a stage and publish; returns the participant's id.
    pub(crate) async fn publish(&self, stage: &str, user: &str) -> String {
        let id = self.join(stage, user).await;
        self.post("stage/publish", json!({ "arn": stage, "participantId": id })).await;
        id
    }

    /// Lets a participant leave a stage.
    pub(crate) async fn leave(&self, stage: &str, participant: &str) {
        self.post("stage/leave", json!({ "arn": stage, "participantId": participant })).await;
    }

    /// Lets an encoder start to send to an ingest configuration.
    pub(crate) async fn ingest(&self, configuration: &str) {
        self.post("ingest-configuration/publish", json!({ "arn": configuration })).await;
    }

    /// What the emulator says it can do.
    pub(crate) async fn capabilities(&self) -> Value {
        self.send(Method::GET, "capabilities", Bytes::new()).await
    }

    /// Forgets every resource.
    pub(crate) async fn reset(&self) {
        self.post("reset", json!({})).await;
    }

    async fn post(&self, action: &str, body: Value) -> Value {
        self.send(Method::POST, action, Bytes::from(body.to_string())).await
    }

    async fn send(&self, method: Method, action: &str, body: Bytes) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{action}", self.base))
            .header("content-type", "application/json")
            .body(Full::new(body))
            .expect("the parts are well formed");
        let response = self.client.request(request).await.expect("the emulator answers");
        let status = response.status();
        let body = response.into_body().collect().await.expect("the answer is whole").to_bytes();
        assert!(status.is_success(), "{action}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("the answer is JSON")
    }
}
