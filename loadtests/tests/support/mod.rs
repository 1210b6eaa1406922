//! A small HTTP server on loopback with a configurable behavior.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The behavior of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Follows the contract, for channels.
    Correct,
    /// Follows the contract, but stalls for `length` in every `period`, after the first `period`.
    Stalling { period: Duration, length: Duration },
    /// Returns 429 to all requests but those of the setup.
    Throttling,
    /// Follows the contract, but ignores updates of channel names.
    LosingWrites,
    /// Returns an undeclared error to all requests but those of the setup.
    InventingErrors,
    /// Closes the connection without a response.
    HangingUp,
    /// Follows the contract, one request at a time, each for this long: it holds the inverse in requests per second.
    Serial { each: Duration },
    /// Follows the contract until it has answered this many requests, then closes everything.
    Dying { after: u64 },
}

/// A running server. It ends with the process.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) answered: Arc<AtomicU64>,
}

/// Starts a server on its own thread and runtime.
pub(crate) fn serve(behavior: Behavior) -> Server {
    let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    serve_on(listener, behavior)
}

/// Starts a server on a given socket.
pub(crate) fn serve_on(listener: std::net::TcpListener, behavior: Behavior) -> Server {
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answered = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&answered);
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::select! {
                () = accept(TcpListener::from_std(listener).unwrap(), behavior, Arc::clone(&count)) => {}
                () = death(behavior, &count) => {}
            }
        });
    });
    Server { url, answered }
}

/// Waits until the server dies, which most never do.
async fn death(behavior: Behavior, answered: &AtomicU64) {
    let Behavior::Dying { after } = behavior else { return std::future::pending().await };
    while answered.load(Ordering::Relaxed) < after {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn accept(listener: TcpListener, behavior: Behavior, answered: Arc<AtomicU64>) {
    if let Behavior::Stalling { period, length } = behavior {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(period - length).await;
                // The one thread sleeps: nothing is accepted, read or written, as in a real stall.
                std::thread::sleep(length);
            }
        });
    }
    while let Ok((stream, _)) = listener.accept().await {
        if behavior == Behavior::HangingUp {
            continue;
        }
        let _ = stream.set_nodelay(true);
        let answered = Arc::clone(&answered);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, behavior, Arc::clone(&answered)));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    behavior: Behavior,
    answered: Arc<AtomicU64>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let number = answered.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let reply = |status: u16, error: Option<&'static str>, body: String| {
        let mut response = Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("x-amzn-requestid", format!("00000000-0000-4000-8000-{number:012x}"));
        if let Some(error) = error {
            response = response.header("x-amzn-errortype", error);
        }
        Ok(response.body(Full::from(body)).unwrap())
    };
    let is_setup = path == "/CreateChannel" || path == "/DeleteChannel";
    if let Behavior::Serial { each } = behavior {
        // The one thread sleeps, so requests queue.
        std::thread::sleep(each);
    }
    match behavior {
        Behavior::Throttling if !is_setup => {
            return reply(429, Some("ThrottlingException"), "{\"message\":\"x\"}".into());
        }
        Behavior::InventingErrors if !is_setup => {
            return reply(418, Some("TeapotException"), "{\"message\":\"x\"}".into());
        }
        _ => {}
    }
    let text = |key: &str| {
        let body = std::str::from_utf8(&body).ok()?;
        let start = body.find(&format!("\"{key}\":\""))? + key.len() + 4;
        body[start..].split('"').next()
    };
    let made = format!("arn:aws:ivs:us-west-2:123456789012:channel/{number:012}");
    let arn = text("arn").unwrap_or(&made);
    let name = match (behavior, path.as_str()) {
        (Behavior::LosingWrites, "/GetChannel") => "lost",
        _ => text("name").unwrap_or("name"),
    };
    let channel = format!(
        "\"channel\":{{\"arn\":\"{arn}\",\"name\":\"{name}\",\"latencyMode\":\"LOW\",\"type\":\"STANDARD\",\
         \"recordingConfigurationArn\":\"\",\"ingestEndpoint\":\"a1b2c3d4e5f6.global-contribute.live-video.net\",\
         \"playbackUrl\":\"https://a1b2c3d4e5f6.us-west-2.playback.live-video.net/api/video/v1/x.m3u8\",\
         \"authorized\":false,\"tags\":{{}}}}"
    );
    match path.as_str() {
        "/CreateChannel" => {
            let key = arn.replace(":channel/", ":stream-key/");
            let key =
                format!("\"streamKey\":{{\"arn\":\"{key}\",\"value\":\"sk_us-west-2_x\",\"channelArn\":\"{arn}\"}}");
            reply(200, None, format!("{{{channel},{key}}}"))
        }
        "/DeleteChannel" => reply(204, None, String::new()),
        "/GetChannel" | "/UpdateChannel" => reply(200, None, format!("{{{channel}}}")),
        _ => reply(404, Some("UnknownOperationException"), "{}".into()),
    }
}
