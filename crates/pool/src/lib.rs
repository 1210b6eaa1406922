//! Creates, leases and deletes the resources that cases refer to.
//!
//! ```
//! use ivs_pool::Resource;
//!
//! let channel = Resource::from_arn("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh").expect("an ARN");
//! assert_eq!(channel.kind, "channel");
//! ```
//!
//! A case names its resources by placeholders such as `{channel.arn}`. The [`Pool`] binds them to resources at the
//! endpoint for the time of one [`Lease`], and deletes everything that a run created, accepted by mistake included.
//! The pool never judges an answer.
//!
//! # How to add a resource type
//!
//! State in `fixtures/knowledge/resources.toml` who creates, shows and deletes it. The pool derives the rest.

mod clean;
mod control;
mod described;
mod error;
mod external;
mod lease;
mod lifecycle_calls;
mod lookup;
mod make;
mod naming;
mod nonce;
mod p384;
mod pool;
mod recipe;
mod registry;
mod remove;
mod resource;
mod settling;
mod several;
mod unique_name;

pub use clean::Cleaned;
pub use control::{ControlError, Controls};
pub use error::PoolError;
pub use lease::{Lease, Leftovers};
pub use lifecycle_calls::LifecycleCalls;
pub use nonce::RunNonce;
pub use pool::{Pool, PoolConfig, RUN_TAG};
pub use recipe::Recipe;
pub use remove::{DeletionReport, Left};
pub use resource::Resource;
