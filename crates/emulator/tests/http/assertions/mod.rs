//! The assertions of `fixtures/assertions.toml`, each a test that begins with its id.

mod batches;
mod channels;
mod chat;
mod completeness;
mod compositions;
mod errors;
mod ingests;
mod keys;
mod later_findings;
mod pagination;
mod participants;
mod protocol;
mod public_keys;
mod realtime;
mod realtime_pages;
mod recordings;
mod replication;
mod streams;
mod tags;
mod validation;
