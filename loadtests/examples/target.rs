//! A plain server for the benchmarks and the pacer script: `target [PORT] [STALL-PERIOD STALL-LENGTH]`.

#![allow(clippy::print_stdout, reason = "the output of an example")]

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "only tests use all behaviors, and tests may unwrap")]
mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let port: u16 = words.first().and_then(|port| port.parse().ok()).unwrap_or(0);
    let seconds = |index: usize| words.get(index).and_then(|text| text.parse().ok()).map(Duration::from_secs_f64);
    let behavior = match (seconds(1), seconds(2)) {
        (Some(period), Some(length)) => support::Behavior::Stalling { period, length },
        _ => support::Behavior::Correct,
    };
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    // The default backlog of 128 overflows in a stall, and dropped clients retry after a second. That would measure TCP,
    // not the stall.
    rustix::net::listen(&listener, 4096).expect("the socket listens");
    let server = support::serve_on(listener, behavior);
    println!("{}", server.url);
    let mut last = 0;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let answered = server.answered.load(Ordering::Relaxed);
        if answered != last {
            println!("answered {answered}");
            last = answered;
        }
    }
}
