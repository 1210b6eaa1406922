//! A Locust worker: stock `locust --master` drives our users, and keeps its web UI, shapes, CSV and HTML.
//!
//! The protocol has no authentication: bind the master to loopback or to a private network.

mod codec;
mod crowd;
mod ledger;
mod link;
mod worker;

use std::time::Duration;

pub use codec::{FrameError, Message};
pub use worker::work;

use crate::scenario::Kind;

/// Where the master is, and how long to wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    /// Host name or address.
    pub host: String,
    /// The port; Locust's own is 5557.
    pub port: u16,
    /// This worker's id; it must differ from every other's.
    pub id: String,
    /// How long to look for the master, at the start and after it is lost.
    pub patience: Duration,
}

/// Why a worker could not work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// Nobody answers as a Locust master.
    #[error("no Locust master at {address} answered within {} s: {reason}", waited.as_secs())]
    NoMaster {
        /// Host and port.
        address: String,
        /// How long it was looked for.
        waited: Duration,
        /// What went wrong last.
        reason: String,
    },
    /// The master speaks another protocol.
    #[error("the master at {address} speaks another protocol than Locust 2.x: {source}")]
    Foreign {
        /// Host and port.
        address: String,
        /// The frame that could not be read.
        source: FrameError,
    },
    /// The master asks for users that this worker has not.
    #[error(
        "the master asks for the user class `{class}`; this worker has {known}: give the master a locustfile with these"
    )]
    UnknownClass {
        /// The class asked for.
        class: String,
        /// The classes that this worker has.
        known: String,
    },
}

/// The Locust user class of a scenario, `ChannelLifecycle`.
#[must_use]
pub fn class_name(kind: Kind) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    kind.name().split('-').map(capital).collect()
}

/// A locustfile for the master that names the classes of these scenarios with their weights. The classes do nothing:
/// the workers bring their own.
#[must_use]
pub fn locustfile<'a>(scenarios: impl IntoIterator<Item = (&'a Kind, &'a u32)>) -> String {
    use std::fmt::Write as _;
    let mut text = "from locust import User, task\n".to_owned();
    for (kind, weight) in scenarios {
        let name = class_name(*kind);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n\nclass {name}(User):\n    weight = {weight}\n\n    @task\n    def nothing(self):\n        pass\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locustfile_names_every_scenario_as_a_class() {
        let text = locustfile([(&Kind::ChannelLifecycle, &3), (&Kind::MixedDay, &1)]);
        assert!(text.contains("class ChannelLifecycle(User):\n    weight = 3\n"), "{text}");
        assert!(text.contains("class MixedDay(User):\n    weight = 1\n"), "{text}");
    }
}
