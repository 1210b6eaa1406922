//! Tests of the client against plain TCP servers: the bytes it sends, and its outcomes for the bytes it receives.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, also in their helpers")]

mod answers;
mod bytes_sent;
mod paths;
mod server;
mod tls;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ivs_client::{
    Client, ClientConfig, Clock, Credentials, Endpoints, Limits, Request, SharedCredentialsProvider, Trust,
};
use ivs_model::bundled;

/// Creates a client for that URL with short limits: 5 s for everything that should be quick, 300 ms to read.
fn client(url: &str) -> Client {
    Client::new(config(url)).unwrap()
}

fn config(url: &str) -> ClientConfig {
    ClientConfig {
        services: bundled::models().iter().map(|model| model.service.clone()).collect(),
        endpoints: Endpoints::one(url).unwrap(),
        region: "us-west-2".into(),
        credentials: Some(SharedCredentialsProvider::new(Credentials::new("AKID", "SECRET", None, None, "test"))),
        clock: Clock::fixed(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045)),
        trust: Trust::System,
        limits: Limits {
            connect: Duration::from_secs(5),
            read: Duration::from_millis(300),
            exchange: Duration::from_secs(5),
            body: 64 * 1024,
        },
    }
}

/// Builds a request with `encode`.
fn request() -> Request {
    Request {
        method: "POST".into(),
        path: "/CreateChannel".into(),
        query: String::new(),
        headers: vec![
            ("accept".into(), b"application/json".to_vec()),
            ("content-type".into(), b"application/json".to_vec()),
        ],
        body: Bytes::from_static(b"{}"),
    }
}
