//! The goose driver of the closed loop: goose's users, test plans and reports, over the engine's connections.
//!
//! The cargo feature `goose` compiles it in. Without it, [`check_flags`] fails with an error that names the feature.

#[cfg(feature = "goose")]
mod attack;
#[cfg(not(feature = "goose"))]
mod disabled;

use std::path::PathBuf;
use std::time::Duration;

#[cfg(feature = "goose")]
pub(crate) use attack::{check_flags, run};
#[cfg(not(feature = "goose"))]
pub(crate) use disabled::{check_flags, run};

/// The settings of a goose run.
#[cfg_attr(not(feature = "goose"), allow(dead_code, reason = "nothing reads the settings of a disabled driver"))]
pub(crate) struct GooseSettings {
    pub(crate) users: usize,
    pub(crate) ramp: Duration,
    pub(crate) duration: Duration,
    pub(crate) flags: Vec<String>,
    pub(crate) reports: Option<PathBuf>,
    pub(crate) host: String,
    pub(crate) grace: Duration,
}
