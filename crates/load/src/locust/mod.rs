//! A Locust worker: a stock `locust --master` controls the users and keeps its web UI, shapes, CSV and HTML.
//!
//! The protocol has no authentication: bind the master to loopback or to a private network. The cargo feature `locust`
//! compiles the worker in. Without it, [`run_worker`] fails with an error that names the feature.

#[cfg(feature = "locust")]
mod codec;
mod error;
#[cfg(feature = "locust")]
mod session;
#[cfg(feature = "locust")]
mod socket;
#[cfg(feature = "locust")]
mod stats;
#[cfg(feature = "locust")]
mod user_pool;

use std::time::Duration;

#[cfg(feature = "locust")]
pub use codec::LocustMessage;
pub use error::{FrameError, LocustError};

use crate::plan::LoadPlan;
use crate::progress::LoadProgress;
use crate::run::LoadOutcome;
use crate::scenario::ScenarioId;
use crate::stop::StopHandle;

/// The address of the master and the time to wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocustMaster {
    /// Host name or address.
    pub host: String,
    /// The port; Locust's default is 5557.
    pub port: u16,
    /// This worker's id, unique among all workers.
    pub id: String,
    /// The time to look for the master, at the start and after it is lost.
    pub timeout: Duration,
}

/// Works for a Locust master until it sends `quit`, `stop` is requested, the time limit passes, or the master is lost.
/// The master's load replaces the plan's.
///
/// # Errors
///
/// [`LocustError`] if no load was generated.
#[cfg(feature = "locust")]
pub fn run_worker(
    plan: &LoadPlan,
    master: &LocustMaster,
    stop: &StopHandle,
    progress: &mut dyn FnMut(&LoadProgress),
) -> Result<LoadOutcome, LocustError> {
    session::run(plan, master, stop, progress)
}

/// Fails: this build has no Locust worker.
///
/// # Errors
///
/// [`LoadError::FeatureDisabled`](crate::LoadError::FeatureDisabled), always.
#[cfg(not(feature = "locust"))]
pub fn run_worker(
    _: &LoadPlan,
    _: &LocustMaster,
    _: &StopHandle,
    _: &mut dyn FnMut(&LoadProgress),
) -> Result<LoadOutcome, LocustError> {
    Err(crate::error::LoadError::FeatureDisabled { driver: "Locust worker", feature: "locust" }.into())
}

/// Returns the Locust user class of a scenario, such as `ChannelLifecycle`.
#[must_use]
pub fn class_name(scenario: ScenarioId) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    scenario.name().split('-').map(capital).collect()
}

/// Renders a locustfile for the master with the classes and weights of these scenarios. The classes do nothing, since
/// the workers run the users.
#[must_use]
pub fn locustfile(scenarios: &[(ScenarioId, u32)]) -> String {
    use std::fmt::Write as _;
    let mut text = "from locust import User, task\n".to_owned();
    for (scenario, weight) in scenarios {
        let name = class_name(*scenario);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n\nclass {name}(User):\n    weight = {weight}\n\n    @task\n    def nothing(self):\n        pass\n"
        );
    }
    text
}
