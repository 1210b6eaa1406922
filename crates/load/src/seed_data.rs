//! Seed data: the resources that exist before the load begins, tagged, and deleted at the end.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use ivs_generators::Case;
use ivs_pool::RUN_TAG;
use serde_json::{Value, json};

/// The seed data that a scenario needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeedNeeds {
    /// The number of channels that exist for the whole run.
    pub channels: usize,
    /// True if the scenario needs the generators' invalid cases.
    pub cases: bool,
    /// True if the scenario uses the control API of an emulator, where there is one.
    pub controls: bool,
}

impl SeedNeeds {
    /// Returns needs that satisfy both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            channels: self.channels.max(other.channels),
            cases: self.cases || other.cases,
            controls: self.controls || other.controls,
        }
    }
}

/// A channel that exists for the whole run.
pub struct SeedChannel {
    /// Its ARN.
    pub arn: String,
    /// The ARN of its stream key.
    pub stream_key: String,
    /// The body of a GetChannel request for it.
    pub get_body: Bytes,
}

/// The seed data that all users of a run share.
pub struct SeedData {
    /// The run's id: the value of the tag on every resource it creates.
    pub run: String,
    /// Channels that exist for the whole run.
    pub channels: Vec<SeedChannel>,
    /// Invalid cases of the generators, if a scenario needs them.
    pub cases: Vec<Case>,
    /// The actions of the endpoint's control API, if a scenario uses it.
    pub(crate) controls: BTreeSet<String>,
    positions: HashMap<String, usize>,
}

impl SeedData {
    /// Creates seed data without channels.
    #[must_use]
    pub fn new(run: &str, cases: Vec<Case>) -> Self {
        Self { run: run.to_owned(), channels: Vec::new(), cases, controls: BTreeSet::new(), positions: HashMap::new() }
    }

    /// The tags of every resource that the run creates; `ivs-contract clean` finds resources by them.
    #[must_use]
    pub fn tags(&self) -> Value {
        json!({ RUN_TAG: self.run })
    }

    /// Returns one of the channels, always the same for the same number.
    ///
    /// # Panics
    ///
    /// Without channels: a scenario that calls this must state its need.
    #[must_use]
    pub fn channel(&self, number: u64) -> &SeedChannel {
        let count = self.channels.len() as u64;
        &self.channels[usize::try_from(number % count).unwrap_or(0)]
    }

    /// The index of a channel, if it is one of the seed data.
    #[must_use]
    pub fn position(&self, arn: &str) -> Option<usize> {
        self.positions.get(arn).copied()
    }

    /// Returns whether the endpoint's control API has all of these actions. Elsewhere a scenario leaves them out.
    #[must_use]
    pub fn offers(&self, actions: &[&str]) -> bool {
        actions.iter().all(|action| self.controls.contains(*action))
    }

    pub(crate) fn push_channel(&mut self, arn: String, stream_key: String) {
        self.positions.insert(arn.clone(), self.channels.len());
        let get_body = Bytes::from(json!({ "arn": arn }).to_string());
        self.channels.push(SeedChannel { arn, stream_key, get_body });
    }
}
