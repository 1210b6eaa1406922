//! 64 concurrent clients: no lost write, no duplicate item in a list, and no memory leak.
//!
//! It is a separate binary because it counts the live bytes of the whole process.

#![allow(clippy::unwrap_used, reason = "a helper that cannot continue fails its test")]

#[path = "http/support.rs"]
#[allow(dead_code, reason = "the other test binary uses the rest")]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

use serde_json::json;

use crate::support::{Bench, text};

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

#[allow(unsafe_code, reason = "counting allocations requires an allocator")]
// SAFETY: every call is passed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CLIENTS: usize = 64;

/// The number of channels of one client in one round.
const CHANNELS: usize = 2;

/// The number of channels that all clients tag: enough that none gets more than 50 tags.
const SHARED: usize = 2;

/// The default number of measured rounds. An environment variable overrides it.
const ROUNDS: usize = 2;
const ROUNDS_VARIABLE: &str = "IVS_EMULATOR_ROUNDS";

/// The number of bytes by which two rounds may differ, for buffers and tables that grow once.
const SLACK: isize = 512 * 1024;

/// Creates, updates, reads, lists and deletes the channels of one client, and tags a channel that others also tag.
async fn client(bench: Arc<Bench>, number: usize, shared: String) {
    bench.tags("POST", &shared, "", Some(json!({"tags": {format!("c{number}"): "1"}}))).await.ok();
    let mut own = Vec::new();
    for index in 0..CHANNELS {
        let name = format!("c{number}-{index}");
        let made = bench.ivs("CreateChannel", json!({"name": name, "tags": {"round": "1"}})).await.ok();
        own.push((text(&made["channel"]["arn"]), name));
    }
    for (arn, name) in &mut own {
        name.push('x');
        bench.ivs("UpdateChannel", json!({"arn": arn, "name": name})).await.ok();
        bench.tags("POST", arn, "", Some(json!({"tags": {"client": number.to_string()}}))).await.ok();
    }
    for (arn, name) in &own {
        let got = bench.ivs("GetChannel", json!({"arn": arn})).await.ok();
        assert_eq!(got["channel"]["name"], name.as_str(), "a write is lost");
        assert_eq!(got["channel"]["tags"], json!({"round": "1", "client": number.to_string()}));
        let named = bench.ivs("ListChannels", json!({"filterByName": name})).await.ok();
        assert_eq!(named["channels"].as_array().unwrap().len(), 1, "{named}");
    }
    let listed = walk(&bench).await;
    assert!(own.iter().all(|(arn, _)| listed.contains(arn)), "what exists throughout a walk is listed");
    for (arn, _) in &own {
        bench.ivs("DeleteChannel", json!({"arn": arn})).await.ok();
        bench.ivs("GetChannel", json!({"arn": arn})).await.is_error(404, "ResourceNotFoundException");
    }
}

/// Walks all pages of a list operation, asserts that no ARN occurs twice, and returns the ARNs.
async fn walk(bench: &Bench) -> HashSet<String> {
    let mut seen = HashSet::new();
    let mut token = json!("");
    loop {
        let page = bench.ivs("ListChannels", json!({"maxResults": 100, "nextToken": token})).await.ok();
        for channel in page["channels"].as_array().unwrap() {
            assert!(seen.insert(text(&channel["arn"])), "{channel} is listed twice");
        }
        match page.get("nextToken") {
            Some(next) => token = next.clone(),
            None => return seen,
        }
    }
}

/// Runs one round of all clients while another client walks the list continuously.
async fn round(bench: &Arc<Bench>) {
    let mut shared = Vec::new();
    for _ in 0..SHARED {
        shared.push(bench.channel().await);
    }
    let over = Arc::new(AtomicBool::new(false));
    let walker = tokio::spawn({
        let (bench, over) = (Arc::clone(bench), Arc::clone(&over));
        async move {
            while !over.load(Ordering::Relaxed) {
                walk(&bench).await;
            }
        }
    });
    let start = |number: usize| tokio::spawn(client(Arc::clone(bench), number, shared[number % SHARED].clone()));
    let clients: Vec<_> = (0..CLIENTS).map(start).collect();
    for client in clients {
        client.await.unwrap();
    }
    over.store(true, Ordering::Relaxed);
    walker.await.unwrap();
    for (index, arn) in shared.iter().enumerate() {
        let tags = bench.tags("GET", arn, "", None).await.ok()["tags"].clone();
        let written: HashSet<String> = tags.as_object().unwrap().keys().cloned().collect();
        let expected = (index..CLIENTS).step_by(SHARED).map(|number| format!("c{number}")).collect();
        assert_eq!(written, expected, "a tag is lost");
        bench.ivs("DeleteChannel", json!({"arn": arn})).await.ok();
    }
    assert_eq!(walk(bench).await, HashSet::new());
}

#[allow(clippy::disallowed_methods, reason = "the duration of a test is not part of the emulator's configuration")]
fn rounds() -> usize {
    std::env::var(ROUNDS_VARIABLE).ok().map_or(ROUNDS, |rounds| rounds.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_lose_no_write_and_leak_no_memory() {
    let bench = Arc::new(Bench::start().await);
    // The first round allocates everything that is allocated once: models, keys, connection buffers, tables.
    round(&bench).await;
    let before = LIVE.load(Ordering::Relaxed);
    for _ in 0..rounds() {
        round(&bench).await;
    }
    let after = LIVE.load(Ordering::Relaxed);
    assert!(after - before < SLACK, "{} bytes stayed behind", after - before);
}
