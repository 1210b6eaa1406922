//! Batch reads of 1, 10 and 50 items: each item asked for is answered, once.

use std::borrow::Cow;
use std::sync::Arc;

use ivs_generators::Authority;
use rand::seq::index;
use serde::Deserialize;
use serde_json::json;

use super::{Call, Desk, Reply, Scenario, body, missing, step};
use crate::LoadError;
use crate::inspection::Breach;
use crate::template::{Catalogue, Template};

/// The sizes, up to the model's maximum.
const SIZES: [usize; 3] = [1, 10, 50];

/// The steps: each size of both operations.
pub(crate) struct Steps {
    channels: Vec<(usize, Arc<Template>)>,
    stream_keys: Vec<(usize, Arc<Template>)>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        let mut sized = |operation: &str| -> Result<Vec<(usize, Arc<Template>)>, LoadError> {
            SIZES.into_iter().map(|size| Ok((size, step(catalogue, "ivs", operation, &format!("x{size}"))?))).collect()
        };
        Ok(Arc::new(Self { channels: sized("BatchGetChannel")?, stream_keys: sized("BatchGetStreamKey")? }))
    }
}

/// The output of both operations; neither list is required (facts section 5).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    #[serde(borrow, default)]
    channels: Option<Vec<Item<'a>>>,
    #[serde(borrow, default)]
    stream_keys: Option<Vec<Item<'a>>>,
    #[serde(borrow, default)]
    errors: Option<Vec<Item<'a>>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
}

/// One user's batches.
pub(super) struct Reads {
    steps: Arc<Steps>,
    /// Which batch comes next: all sizes of channels, then all of stream keys.
    turn: usize,
    /// The positions in the world that the last call asked for.
    asked: Vec<usize>,
}

impl Reads {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps, turn: 0, asked: Vec::new() }
    }

    fn of_channels(&self) -> bool {
        self.turn < SIZES.len()
    }
}

impl Scenario for Reads {
    fn next(&mut self, desk: &mut Desk) -> Call {
        let list = if self.of_channels() { &self.steps.channels } else { &self.steps.stream_keys };
        let (size, template) = &list[self.turn % SIZES.len()];
        let population = desk.world.channels.len();
        self.asked = index::sample(&mut desk.random, population, (*size).min(population)).into_vec();
        let arn = |&position: &usize| {
            let channel = &desk.world.channels[position];
            if self.of_channels() { channel.arn.as_str() } else { channel.stream_key.as_str() }
        };
        let arns: Vec<&str> = self.asked.iter().map(arn).collect();
        Call::valid(template, body(&json!({ "arns": arns })))
    }

    fn take(&mut self, desk: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let of_channels = self.of_channels();
        self.turn = (self.turn + 1) % (2 * SIZES.len());
        let answer = reply.wanted()?;
        let Ok(output) = serde_json::from_slice::<Output<'_>>(&answer.body) else {
            return Some(missing(""));
        };
        let found = if of_channels { output.channels } else { output.stream_keys }.unwrap_or_default();
        let failed = output.errors.unwrap_or_default();
        let answered =
            |items: &[Item<'_>], wanted: &str| items.iter().filter(|item| item.arn.as_deref() == Some(wanted)).count();
        for &position in &self.asked {
            let channel = &desk.world.channels[position];
            let wanted = if of_channels { &channel.arn } else { &channel.stream_key };
            let times = (answered(&found, wanted), answered(&failed, wanted));
            if times != (1, 0) {
                return Some(Breach {
                    check: "batch-partition",
                    authority: Authority::Documented,
                    pointer: "",
                    expected: "each present item once among the successes".to_owned(),
                    actual: format!("{} times among successes, {} among errors", times.0, times.1),
                    rule: "facts section 5",
                });
            }
        }
        None
    }

    fn is_at_rest(&self) -> bool {
        self.turn == 0
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        None
    }
}
