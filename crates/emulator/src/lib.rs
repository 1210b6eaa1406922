//! The embedded emulator of the Amazon IVS APIs: an HTTP server that implements all operations of `ivs`,
//! `ivs-realtime` and `ivschat` in memory.
//!
//! Tests use it as an endpoint that meets the contract, or, with a planted fault, as one that violates it in a known
//! way. It is an independent implementation: it does not depend on the client, the generators, the judge, the pool or
//! the suites, and it reads the models with its own evaluator. Otherwise both sides could share one mistake. It prints
//! nothing, and reads neither the environment nor files.
//!
//! # Example
//!
//! ```
//! use ivs_emulator::{Emulator, Observer, Options};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let observer = Observer::new(|request| eprintln!("{:?} {}", request.operation, request.status));
//!     let emulator = Emulator::start(Options { observer: Some(observer), ..Options::default() }).await?;
//!     // Use this URL as the endpoint of any AWS SDK, with any access key and the secret key `test`.
//!     let url = emulator.url();
//!     assert!(url.starts_with("http://127.0.0.1:"));
//!     emulator.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! # How a request is served
//!
//! | module | what it does |
//! |---|---|
//! | `body` | reads the body, within limits of size, time and memory |
//! | `http_service` | answers preflights, sets the request ID, calls the observer |
//! | `router` | finds the operation of the path, and its handler |
//! | `auth` | verifies the signature |
//! | `wire` | reads the input from the request; writes the output or the error |
//! | `contract` | holds operations, paths and shapes as data, and validates the input |
//! | `state` | holds the resources of the caller's account and region, and locks them |
//! | `services` | has the handlers: one folder per service, one file per resource |
//! | `fault_layers` | carries out a planted fault around these steps |
//! | `control` | serves the control API under `/_emulator/` |
//! | `journal`, `restore` | write what changes the state, and bring it back |
//! | `seed_data` | makes the resources that an emulator has from its start |
//! | `request_log` | keeps the latest requests for tests of applications |
//! | `sts` | answers STS `GetCallerIdentity` |
//!
//! Modules do not import each other in circles. Parent and child may, and so may the modules in the list of allowed
//! circles below, each with its reason.
//!
//! # How to add an operation
//!
//! 1. Write its handler in the file of its resource, such as `services/ivs/widget.rs`, and add it to the table of the
//!    file: `pub(super) const HANDLERS: &[(&str, Handler)] = &[("CreateWidget", create), …];`. A new file needs one
//!    line with its table in `services/ivs/mod.rs`. A test compares the names with the model.
//! 2. A handler is `fn(&OperationCall, &mut Region) -> HandlerResult`. It has the region to itself, and its input is
//!    valid by the model. A resource is a [`serde_json`] object with the members that any operation shows, in the store
//!    of its `ResourceType`.
//!    - Create: `let mut widget = call.draft("widget")` takes the input members that the output's structure has.
//!      `widget.default("name", "")` sets defaults.
//!      `call.create_resource(region, ResourceType::Widget, "widget", widget)` checks the quota, assigns an ARN and
//!      returns the resource. For flat outputs (chat): `draft_flat`, `flat_output`.
//!    - Get: `call.get_resource(region, ResourceType::Widget, "widget")`. For more than that:
//!      `region.get(ResourceType::Widget, call.input.required("arn"))?`, which returns the 404, and
//!      `call.output("widget", …)`.
//!    - List: `call.list_resources(region, ResourceType::Widget, |record| …filter…)`. Items have the members of the
//!      model's item structure. For other lists: `call.cursor(0)?` and `call.page(cursor, rows)` with rising positions.
//!    - Delete: `call.delete_resource(region, ResourceType::Widget, |region, arn| …)`, with conflicts from
//!      `region.check_stable(ResourceType::Widget, arn)?` and
//!      `region.check_not_referenced(ResourceType::Channel, "widgetArn", arn)`. `ResourceType::indexed` lists the
//!      members that resources are found by.
//! 3. Write the rules that only the API reference states as functions in the same file. They return
//!    `ServiceError::invalid("/member", …)`; conflicts are `ServiceError::conflict(arn, …)`, quotas
//!    `ServiceError::quota(…)`. An assumption about something unknown is a constant in `assumptions`.
//! 4. Schedule what changes later:
//!    `region.schedule(call.transition_end, DeferredChange::state(ResourceType::Widget, arn, "ACTIVE"))`.
//!
//! # How to add a fault
//!
//! A fault is in one file: its row stands beside its code.
//!
//! 1. Choose a layer of `fault_layers`: `verification` (a part of the signature), `constraints` (one constraint of the
//!    model), `request` (the body or the input), `text` and `values` (texts, times and ARNs), `race` (writes at the
//!    same time), `store` (stored resources, or the result of a handler) or `response` (the output or the HTTP
//!    response).
//! 2. Add a row to the table `faults!` at the head of the layer's file: its constant and its name, its area, the suite
//!    and the check that must find it, the operations that it shows on, and a summary.
//! 3. Carry it out below: `match` on `Fault::…`.
//!
//! If no layer can do it, ask `call.has_fault(Fault::…)` in the handler. The row is then in the handler's file, and says
//! why ([`FaultInfo::why_in_handler`]). The first fault of a handler's file adds the `FAULTS` of the file to the list
//! of its service.
//!
//! # How to add a control action
//!
//! Add a `ControlAction` to the `CONTROL_ACTIONS` of the resource's file. Its function gets the input, the region of
//! the input's `arn`, and the time. `GET /_emulator/capabilities` lists it. An action that concerns the whole emulator
//! is a route in `control`.

// Allowed import circles, one per line: the modules, a colon, the reason.
// circle services::realtime::participant services::realtime::replication: leaving ends replicas, and a replica leaves

mod arn;
mod assumptions;
mod auth;
mod body;
mod call;
mod clock;
mod contract;
mod control;
mod control_action;
mod control_guard;
mod document;
mod endpoint;
mod fault;
mod fault_layers;
mod fault_list;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hex;
mod http_service;
mod ids;
mod input;
mod journal;
mod options;
mod page_token;
mod paging;
mod public_key;
mod request_log;
mod restore;
mod router;
mod seed_data;
mod server;
mod service_error;
mod services;
mod state;
mod sts;
mod token;
mod wire;

pub use auth::AccessKey;
pub use clock::EmulatorClock;
pub use fault::{Fault, FaultArea, FaultInfo, UnknownFault};
pub use fault_list::FAULTS;
pub use journal::{Journal, JournalError};
pub use options::{Observed, Observer, Options, TlsIdentity};
pub use seed_data::SeedError;
pub use server::{Emulator, InProcessEmulator, Running, StartError};
