//! Endpoints that do not answer, from the start or from some request on, and ports where nobody listens.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Folder, Serving, assert_ends, command, deserted, run, stderr};

/// The read time-out of these runs, in seconds: long beside what a busy machine needs to write a report.
const TIMEOUT: u64 = 6;

/// A relay in front of an endpoint, which lets so many requests through. All others are read and never answered.
struct Relay {
    url: String,
    /// When the first request was not answered.
    silent_since: Arc<OnceLock<Instant>>,
}

impl Relay {
    fn start(endpoint: &str, answered: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let silent_since = Arc::new(OnceLock::new());
        let (since, requests) = (Arc::clone(&silent_since), Arc::new(AtomicU64::new(0)));
        let endpoint = endpoint.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (endpoint, since, requests) = (endpoint.clone(), Arc::clone(&since), Arc::clone(&requests));
                std::thread::spawn(move || relay(&client, &endpoint, answered, &requests, &since));
            }
        });
        Self { url, silent_since }
    }
}

/// Relays one connection, whose requests come one after the other, each beginning with a read of its own.
fn relay(client: &TcpStream, endpoint: &str, answered: u64, requests: &AtomicU64, silent_since: &OnceLock<Instant>) {
    let Ok(server) = TcpStream::connect(endpoint) else { return };
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let (mut from_client, mut to_server) = (client, &server);
    let mut buffer = vec![0; 1 << 20];
    let mut is_silent = false;
    while let Ok(length @ 1..) = from_client.read(&mut buffer) {
        let is_request = [&b"GET "[..], b"POST ", b"PUT ", b"DELETE "].iter().any(|it| buffer.starts_with(it));
        is_silent |= is_request && requests.fetch_add(1, Ordering::Relaxed) >= answered;
        if is_silent {
            silent_since.get_or_init(Instant::now);
        } else if to_server.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = back.join();
}

#[test]
fn an_endpoint_that_never_answers_ends_the_run_within_three_time_outs() {
    // Connections are made by the system, though nobody accepts them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let folder = Folder::new("never-answers");
    let report = folder.within("report.json");
    let begin = Instant::now();
    let timeout = TIMEOUT.to_string();
    let output =
        run(&["check", "--endpoint-url", &url, "--read-timeout", &timeout, "--report", &format!("json={report}")]);
    assert!(begin.elapsed() < Duration::from_secs(3 * TIMEOUT), "{:?}", begin.elapsed());
    assert_ends(&output, 3, "");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["status"], "unusable");
    let reason = report["status_reason"].as_str().unwrap();
    assert!(reason.starts_with("the endpoint answers nothing in time: no response within 7500 ms"), "{reason}");
}

#[test]
fn an_endpoint_that_falls_silent_ends_the_run_within_three_time_outs() {
    let serving = Serving::start(&["--settling", "0"]);
    let relay = Relay::start(&serving.url, 5_000);
    let folder = Folder::new("falls-silent");
    let report = folder.within("report.json");
    let timeout = TIMEOUT.to_string();
    let output = run(&[
        "check",
        "--endpoint-url",
        &relay.url,
        "--read-timeout",
        &timeout,
        "--no-regressions",
        "--report",
        &format!("json={report}"),
    ]);
    let silent = relay.silent_since.get().expect("so many requests are sent").elapsed();
    assert!(silent < Duration::from_secs(3 * TIMEOUT), "{silent:?}: {}", stderr(&output));
    assert_ends(&output, 3, "partial after");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!((&report["status"], &report["findings"]), (&"partial".into(), &Value::Array(Vec::new())));
    assert!(report["summary"]["exchanges"].as_u64().unwrap() > 4_500, "{}", report["summary"]);
    assert!(!report["left_behind"].as_array().unwrap().is_empty(), "what was made cannot be deleted, and is named");
}

#[test]
fn a_dead_port_is_one_sentence() {
    let url = deserted();
    let begin = Instant::now();
    let output = run(&["check", "--endpoint-url", &url]);
    let elapsed = begin.elapsed();
    assert_ends(&output, 3, "");
    let said = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said, format!("UNUSABLE {url}: Cannot connect to {url}: connection refused. Is the emulator running?"));
    // Beside an optimized build, this one takes its time to plan.
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

#[test]
fn an_endpoint_that_is_still_starting_is_waited_for_and_one_that_never_comes_is_told() {
    let output = run(&["check", "--endpoint-url", &deserted(), "--wait", "1"]);
    assert_ends(&output, 3, "unusable after 1.");
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("connection").count(), 1);

    let port = deserted().rsplit(':').next().unwrap().to_owned();
    let url = format!("http://127.0.0.1:{port}");
    let check = ["check", "--operation", "GetRoom", "--suite", "validation", "--endpoint-url", &url, "--wait", "60"];
    let check = command(&check).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let serving = Serving::start_on(&port, &[]);
    assert_ends(&check.wait_with_output().unwrap(), 0, "");
    assert_eq!(serving.url, url);
}
