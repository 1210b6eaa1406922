//! What must be there before the load begins: made once, tagged, and removed at the end.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use ivs_generators::Case;
use ivs_pool::RUN_TAG;
use serde_json::{Value, json};

use super::{Call, Desk, Reply, Scenario, body, step, text_at};
use crate::LoadError;
use crate::inspection::{Breach, Expect};
use crate::stop::Stop;
use crate::template::{Catalogue, Template};
use crate::user::User;

/// What a scenario needs of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorldNeeds {
    /// Channels that stay for the whole run.
    pub channels: usize,
    /// Whether the generators' invalid cases are wanted.
    pub cases: bool,
}

impl WorldNeeds {
    /// What both need.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { channels: self.channels.max(other.channels), cases: self.cases || other.cases }
    }
}

/// A channel that stays for the whole run.
pub struct Inhabitant {
    /// Its ARN.
    pub arn: String,
    /// The ARN of its stream key.
    pub stream_key: String,
    /// The body of a GetChannel for it.
    pub get_body: Bytes,
}

/// What all users of a run share.
pub struct World {
    /// The run's own id: the value of the tag on everything made.
    pub run: String,
    /// Channels that stay for the whole run.
    pub channels: Vec<Inhabitant>,
    /// Invalid cases of the generators, if wanted.
    pub cases: Vec<Case>,
    positions: HashMap<String, usize>,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(run: &str, cases: Vec<Case>) -> Self {
        Self { run: run.to_owned(), channels: Vec::new(), cases, positions: HashMap::new() }
    }

    /// The tags of everything that the run creates; `ivs-contract clean` looks for them.
    #[must_use]
    pub fn tags(&self) -> Value {
        json!({ RUN_TAG: self.run })
    }

    /// One of the channels, the same for the same number.
    ///
    /// # Panics
    ///
    /// In a world without channels: the scenarios that ask state their need.
    #[must_use]
    pub fn channel(&self, number: u64) -> &Inhabitant {
        let count = self.channels.len() as u64;
        &self.channels[usize::try_from(number % count).unwrap_or(0)]
    }

    /// The place of a channel, if it is one of the world's.
    #[must_use]
    pub fn position(&self, arn: &str) -> Option<usize> {
        self.positions.get(arn).copied()
    }

    fn settle(&mut self, arn: String, stream_key: String) {
        self.positions.insert(arn.clone(), self.channels.len());
        let get_body = body(&json!({ "arn": arn }));
        self.channels.push(Inhabitant { arn, stream_key, get_body });
    }
}

/// The steps that furnish and tear down; kept out of the results.
pub(crate) struct Furniture {
    create: Arc<Template>,
    delete: Arc<Template>,
}

impl Furniture {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Self, LoadError> {
        Ok(Self {
            create: step(catalogue, "ivs", "CreateChannel", "")?,
            delete: step(catalogue, "ivs", "DeleteChannel", "")?,
        })
    }
}

/// Makes the world's channels; `hand` sends. What was made before a failure, or before the run was asked to stop, stays
/// in `world`, to be torn down.
pub(crate) async fn furnish(
    world: &mut World,
    wanted: usize,
    furniture: &Furniture,
    hand: &mut User,
    stop: &Stop,
) -> Result<(), LoadError> {
    let mut refused = 0;
    while world.channels.len() < wanted {
        if stop.is_asked() {
            return Err(LoadError::Stopped);
        }
        let name = format!("load-world-{}", world.channels.len());
        let call = Call::valid(&furniture.create, body(&json!({ "name": name, "tags": world.tags() })));
        let answer = hand.exchange(&call).await.0.map_err(LoadError::Unreachable)?;
        match (text_at(&answer, "/channel/arn"), text_at(&answer, "/streamKey/arn")) {
            (Some(arn), Some(stream_key)) if answer.status == 200 => {
                world.settle(arn, stream_key);
                refused = 0;
            }
            _ if answer.status == 429 && refused < 10 => {
                refused += 1;
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            _ => {
                return Err(LoadError::World {
                    operation: furniture.create.label.clone(),
                    status: answer.status,
                    error: answer.error_name().unwrap_or_default(),
                });
            }
        }
    }
    Ok(())
}

/// Removes the world's channels; answers with those that would not go.
pub(crate) async fn tear_down(world: &World, furniture: &Furniture, hand: &mut User) -> Vec<String> {
    let mut left = Vec::new();
    for channel in &world.channels {
        let call = Call::valid(&furniture.delete, channel.get_body.clone()).expecting(Expect::Anything);
        if !hand.remove(&call).await {
            left.push(channel.arn.clone());
        }
    }
    left
}

/// The behaviour of a user that only lends its hand: it never acts by itself.
pub(crate) struct Idle;

impl Scenario for Idle {
    fn next(&mut self, _: &mut Desk) -> Call {
        unreachable!("an idle user takes no steps")
    }

    fn take(&mut self, _: &mut Desk, _: &Reply<'_>) -> Option<Breach> {
        None
    }

    fn is_at_rest(&self) -> bool {
        true
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        None
    }
}
