//! The embedded endpoint of the Amazon IVS APIs: a second, independent reading of the contract behind a URL.
//!
//! It never imports client, generators, judge, pool or suites, and reads models with its own evaluator:
//! otherwise both sides would share one mistake. It prints nothing and reads neither environment nor files.
//!
//! # The way of a request
//!
//! `endpoint` routes on the raw path (`contract`), verifies the signature (`auth`), reads the input (`wire`),
//! validates it (`schema`), locks the caller's region (`state`), runs the operation's handler (`ivs`,
//! `realtime`, `chat`, `tags`) and writes its answer or its `Failure` (`wire`).
//!
//! # How to add a resource
//!
//! 1. One file in the folder of its service, `ivs/widget.rs`, with a table of its handlers:
//!    `pub(super) const HANDLERS: &[(&str, Handler)] = &[("CreateWidget", create), …];`
//!    and one line with that table in the folder's `mod.rs`. A test checks the names against the model.
//! 2. A resource is a [`serde_json`] object with the members that any operation shows, kept in the store of
//!    its `Kind` (all kinds with an ARN are listed already). A handler is
//!    `fn(&Call, &mut Region) -> Answer`; it has the region to itself and its input is valid by the model.
//!    - create: `let mut widget = call.draft("widget")` takes every input member that the output's structure
//!      has; `widget.default("name", "")` fills the rest; `call.create(region, Kind::Widget, "widget", widget)` checks
//!      the quota, gives it an ARN and shows what the structure has.
//!      Flat outputs (chat): `draft_flat`, `answer_flat`.
//!    - get: `call.resource(region, Kind::Widget, "widget")`; what is more than that takes
//!      `region.get(Kind::Widget, call.input.required("arn"))?` (404 is made there) and `call.answer("widget", …)`.
//!    - list: `call.page_of(region, Kind::Widget, |record| …filter…)`; summaries are cut to the model's item
//!      structure. Lists of other things: `call.cursor(0)?` and `call.page(cursor, rows)` with rising positions.
//!    - delete: `call.discard(region, Kind::Widget, |region, arn| …)` with `region.check_settled(Kind::Widget, arn)?` and
//!      `region.check_unreferred(Kind::Channel, "widgetArn", arn)` for conflicts. Members that resources are found
//!      by are listed in [`Kind::indexed`](state::Kind::indexed), so that nothing is scanned.
//! 3. Rules that only prose states are functions in the same file that return `Failure::invalid("/member", …)`;
//!    conflicts `Failure::conflict(arn, …)`, quotas `Failure::quota(…)`. A reading of something unknown goes
//!    to `choices`.
//! 4. What changes by itself later: `region.schedule(call.settled, Change::state(Kind::Widget, arn, "ACTIVE"))`.
//! 5. What only a client on air could do: an `Action` in the file's `ACTIONS`, listed in `control`.
//! 6. A way to get it wrong: a line in `fault` and `call.faulty(Fault::…)` where it takes effect.

mod arn;
mod assumptions;
mod auth;
mod call;
mod clock;
mod contract;
mod control;
mod control_action;
mod document;
mod endpoint;
mod fault;
mod fault_layers;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hex;
mod http_service;
mod ids;
mod input;
mod options;
mod page_token;
mod paging;
mod public_key;
mod router;
mod server;
mod service_error;
mod services;
mod state;
mod token;
mod wire;

pub use auth::AccessKey;
pub use clock::EmulatorClock;
pub use fault::{FAULTS, Fault, FaultArea, FaultInfo, UnknownFault};
pub use options::{Observed, Observer, Options};
pub use server::{Emulator, Running, StartError};
