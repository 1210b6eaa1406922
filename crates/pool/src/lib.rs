//! The resources that Cases refer to: made, lent, and removed again.
//!
//! Imports model, client and generators only; judges nothing. Everything that is made goes on one account, wanted or not, and
//! off it when it is removed.

mod clean;
mod control;
mod external;
mod lease;
mod make;
mod pool;
mod recipe;
mod registry;
mod remove;
mod resource;
mod several;

pub use clean::Cleaned;
pub use control::{ControlError, Controls};
pub use lease::Lease;
pub use pool::{Pool, PoolConfig, PoolError, RUN_TAG};
pub use recipe::Recipe;
pub use remove::{Left, Removal};
pub use resource::Resource;
