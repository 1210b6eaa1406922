//! The assertions of facts section 10 at the levels M, D and O, each a test that begins with its id.

mod batches;
mod channels;
mod chat;
mod keys;
mod pagination;
mod protocol;
mod realtime;
mod recordings;
mod streams;
mod tags;
mod validation;
