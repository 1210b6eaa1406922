//! A client of the control API, which simulates encoders, participants and time.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::sdk::REGION;

/// An HTTP client of `/_emulator/`.
#[derive(Debug)]
pub(crate) struct Control {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

impl Control {
    /// Returns the client for the emulator at that base URL.
    pub(crate) fn new(url: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            base: format!("{}/_emulator", url.trim_end_matches('/')),
        }
    }

    /// Advances the clock of the resources by this many seconds.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.post("clock", json!({ "seconds": seconds })).await;
    }

    /// Sets the quota of a resource type, named as in its ARN, in the region of the tests.
    pub(crate) async fn allow(&self, kind: &str, limit: u32) {
        self.post("quota", json!({ "kind": kind, "limit": limit, "region": REGION })).await;
    }

    /// Starts the stream of a channel.
    pub(crate) async fn on_air(&self, channel: &str) {
        self.post("channel/on-air", json!({ "arn": channel })).await;
    }

    /// Ends the stream of a channel.
    pub(crate) async fn off_air(&self, channel: &str) {
        self.post("channel/off-air", json!({ "arn": channel })).await;
    }

    /// Starts a viewer session on a live channel with a token of that version.
    pub(crate) async fn view(&self, channel: &str, viewer: &str, version: u32) {
        let body = json!({ "arn": channel, "viewerId": viewer, "viewerSessionVersion": version });
        self.post("channel/view", body).await;
    }

    /// Joins a user to a stage and returns the participant ID.
    pub(crate) async fn join(&self, stage: &str, user: &str) -> String {
        let joined = self.post("stage/join", json!({ "arn": stage, "userId": user })).await;
        joined["participantId"].as_str().expect("a participant id").to_owned()
    }

    /// Joins a user to a stage, starts publishing, and returns the participant ID.
    pub(crate) async fn publish(&self, stage: &str, user: &str) -> String {
        let id = self.join(stage, user).await;
        self.post("stage/publish", json!({ "arn": stage, "participantId": id })).await;
        id
    }

    /// Disconnects a participant from a stage.
    pub(crate) async fn leave(&self, stage: &str, participant: &str) {
        self.post("stage/leave", json!({ "arn": stage, "participantId": participant })).await;
    }

    /// Starts publishing through an ingest configuration.
    pub(crate) async fn ingest(&self, configuration: &str) {
        self.post("ingest-configuration/publish", json!({ "arn": configuration })).await;
    }

    /// Returns the capabilities of the emulator.
    pub(crate) async fn capabilities(&self) -> Value {
        self.send(Method::GET, "capabilities", Bytes::new()).await
    }

    /// Deletes every resource.
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
