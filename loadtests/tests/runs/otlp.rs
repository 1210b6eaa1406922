//! The export of metrics by OTLP.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::channel;

use ivs_load::otlp::{MetricsExport, OtlpError};

use crate::support::{Behavior, serve};
use crate::{open, run_plan};

#[test]
fn metrics_arrive_at_an_endpoint_at_the_end_of_a_short_run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 64 * 1024];
            // The length of the body is in the head.
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                request.extend_from_slice(&buffer[..length]);
                if is_whole(&request) {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    let _ = sender.send(std::mem::take(&mut request));
                    break;
                }
            }
        }
    });
    let export = MetricsExport::start(&url, "run-1").unwrap();
    let server = serve(Behavior::Correct);
    let outcome =
        ivs_load::run(&open(&server.url, "channel-reads", 50.0, 300), &ivs_load::StopHandle::new(), &mut |it| {
            export.observe(it);
        });
    export.finish(&outcome.unwrap().summary).unwrap();
    let request = receiver.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
    let text = String::from_utf8_lossy(&request);
    assert!(text.starts_with("POST /v1/metrics HTTP/1.1\r\n"), "{}", &text[..80]);
    for part in ["ivs_load.requests", "ivs_load.step.duration", "ivs.GetChannel", "p99.9", "run-1", "ivs-contract"] {
        assert!(text.contains(part), "{part}");
    }
}

/// Tells whether a request has its whole body.
fn is_whole(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() >= head + 4 + length.unwrap_or(0)
}

#[test]
fn an_endpoint_that_refuses_is_named_and_the_results_are_kept() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let export = MetricsExport::start(&url, "run-1").unwrap();
    let server = serve(Behavior::Correct);
    let outcome = run_plan(&open(&server.url, "channel-reads", 50.0, 300));
    let error = export.finish(&outcome.summary).unwrap_err();
    assert!(matches!(error, OtlpError::Export { .. }));
    assert!(error.to_string().contains(&format!("cannot export metrics to {url}")), "{error}");
    assert_eq!(outcome.summary.total.requests, 15);
}

#[test]
fn an_invalid_url_is_refused_before_the_load() {
    let error = MetricsExport::start("collector:4318", "run-1").unwrap_err();
    assert!(matches!(error, OtlpError::Endpoint { .. }) && error.to_string().contains("collector:4318"), "{error}");
}
