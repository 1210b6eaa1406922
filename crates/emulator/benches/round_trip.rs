//! The time of one signed call on a persistent connection: a success, an error, and a page of a long list.
//!
//! `beside_moto.py` measures the budget in requests per second on one core; this benchmark shows the effect of a
//! change.

#![allow(clippy::unwrap_used, reason = "a benchmark that fails stops")]
#![allow(missing_docs, reason = "criterion's macros generate functions")]

#[path = "../tests/http/support.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

use crate::support::{Bench, Signer, post};

/// A persistent connection and the bytes of one signed request. The emulator's clock is fixed, so the signature stays
/// valid.
struct Line {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Line {
    fn new(bench: &Bench, operation: &str, input: &Value) -> Self {
        let request = Signer::default().sign(&bench.host(), post(operation, input));
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", request.body.len()));
        let stream = TcpStream::connect(bench.running.local_addr()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, request: [head.as_bytes(), &request.body].concat(), answer: vec![0; 1 << 20] }
    }

    /// Sends the request, reads the response, and returns the status.
    fn call(&mut self) -> u16 {
        self.stream.write_all(&self.request).unwrap();
        let mut length = 0;
        loop {
            length += self.stream.read(&mut self.answer[length..]).unwrap();
            let answer = &self.answer[..length];
            let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&answer[..end]).unwrap();
            let body = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
            if length == end + 4 + body.map_or(0, |body| body.parse::<usize>().unwrap()) {
                return head[9..12].parse().unwrap();
            }
        }
    }
}

fn round_trips(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::start());
    let channel = runtime.block_on(bench.channel());
    for _ in 0..1000 {
        runtime.block_on(bench.channel());
    }
    let mut group = criterion.benchmark_group("round trip");
    group.throughput(Throughput::Elements(1));
    for (name, operation, input, status) in [
        ("GetChannel", "GetChannel", json!({"arn": channel}), 200),
        ("GetChannel invalid", "GetChannel", json!({"arn": "x"}), 400),
        ("ListChannels of 100", "ListChannels", json!({"maxResults": 100}), 200),
    ] {
        let mut line = Line::new(&bench, operation, &input);
        assert_eq!(line.call(), status);
        group.bench_function(name, |bencher| bencher.iter(|| line.call()));
    }
    group.finish();
}

criterion_group!(benches, round_trips);
criterion_main!(benches);
