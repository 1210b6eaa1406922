//! Limits of connections, heads, bodies and time, and stopping while clients are connected.

use std::time::Duration;

use ivs_emulator::{Emulator, Options, StartError, TlsIdentity};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Bench, Request, Signer, post};

#[tokio::test]
async fn a_head_of_many_kilobytes_or_headers_is_refused() {
    let bench = Bench::start().await;
    let flood = "x-flood: ".to_owned() + &"x".repeat(300_000);
    let answer = bench.bytes(format!("POST /ListChannels HTTP/1.1\r\n{flood}\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    let many: String = (0..150).map(|number| format!("x-{number}: x\r\n")).collect();
    let answer = bench.bytes(format!("POST /ListChannels HTTP/1.1\r\n{many}\r\n").as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn large_bodies_that_do_not_end_leave_room_for_ordinary_calls() {
    let bench = Bench::start().await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(bench.running.local_addr()).await.unwrap();
        let head = "POST /CreateChannel HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; 999_000]).await.unwrap();
        slow.push(stream);
    }
    // Those beyond the memory for bodies were refused.
    let mut refused = 0;
    for mut stream in slow {
        let mut answer = [0; 12];
        let read = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut answer)).await;
        refused += usize::from(read.is_ok() && answer.ends_with(b"503"));
    }
    assert!((1..40).contains(&refused), "{refused} of 40 were refused");
    bench.ivs("CreateChannel", json!({})).await.ok();
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "the time to stop is real time")]
async fn stopping_answers_what_was_asked_and_does_not_wait_for_slow_senders() {
    let latency = Duration::from_millis(300);
    let Bench { running } = Bench::with(Options { latency, ..Options::default() }).await;
    let address = running.local_addr();
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"POST /ListChannels HTTP/1.1\r\ncontent-length: 100\r\n\r\n{").await.unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    let asked = tokio::spawn(async move {
        let request = Signer::of("ivs").sign(&address.to_string(), post("ListChannels", &json!({})));
        let Request { method, target, headers, body } = request;
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        answer
    });
    tokio::time::sleep(latency / 3).await;
    let began = std::time::Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(&asked.await.unwrap(), b"HTTP/1.1 200");
    drop((slow, idle));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_an_error() {
    let tls = TlsIdentity { certificate: b"no certificate".to_vec(), key: b"no key".to_vec() };
    let error = Emulator::start(Options { tls: Some(tls), ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, StartError::Tls(_)), "{error:?}");
}
