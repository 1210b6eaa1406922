//! Batch reads of 1, 10 and 50 items: each response has each requested item once.

use std::borrow::Cow;
use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog, StepReply,
    StepRequest, StepTemplate, UserContext,
};
use rand::seq::index;
use serde::Deserialize;
use serde_json::json;

/// The sizes, up to the model's maximum.
const SIZES: [usize; 3] = [1, 10, 50];

/// The scenario.
pub(crate) struct BatchReads;

impl ScenarioFactory for BatchReads {
    fn name(&self) -> &'static str {
        "batch-reads"
    }

    fn about(&self) -> &'static str {
        "batch reads of 1, 10 and 50 items"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { channels: 50, ..SeedNeeds::default() }
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || BatchReader::new(Arc::clone(&steps))))
    }
}

/// The steps: each size of both operations.
struct Steps {
    channels: Vec<(usize, Arc<StepTemplate>)>,
    stream_keys: Vec<(usize, Arc<StepTemplate>)>,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        let mut sized = |operation: &str| -> Result<Vec<(usize, Arc<StepTemplate>)>, LoadError> {
            SIZES.into_iter().map(|size| Ok((size, catalog.step(&format!("ivs.{operation}/x{size}"))?))).collect()
        };
        Ok(Arc::new(Self { channels: sized("BatchGetChannel")?, stream_keys: sized("BatchGetStreamKey")? }))
    }
}

/// The output of both operations; neither list is required (fact `batch-missing-lists`).
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

/// The state of one user.
struct BatchReader {
    steps: Arc<Steps>,
    /// The index of the next batch: all sizes of channels, then all sizes of stream keys.
    batch: usize,
    /// The indexes of the seed channels in the last request.
    requested: Vec<usize>,
}

impl BatchReader {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps, batch: 0, requested: Vec::new() }
    }

    fn of_channels(&self) -> bool {
        self.batch < SIZES.len()
    }
}

impl Scenario for BatchReader {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let list = if self.of_channels() { &self.steps.channels } else { &self.steps.stream_keys };
        let (size, template) = &list[self.batch % SIZES.len()];
        let population = context.seed_data.channels.len();
        self.requested = index::sample(&mut context.random, population, (*size).min(population)).into_vec();
        let arn = |&position: &usize| {
            let channel = &context.seed_data.channels[position];
            if self.of_channels() { channel.arn.as_str() } else { channel.stream_key.as_str() }
        };
        let arns: Vec<&str> = self.requested.iter().map(arn).collect();
        StepRequest::json(template, &json!({ "arns": arns }))
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let of_channels = self.of_channels();
        self.batch = (self.batch + 1) % (2 * SIZES.len());
        let answer = reply.expected()?;
        let Ok(output) = serde_json::from_slice::<Output<'_>>(&answer.body) else {
            return Some(Breach::missing(""));
        };
        let found = if of_channels { output.channels } else { output.stream_keys }.unwrap_or_default();
        let failed = output.errors.unwrap_or_default();
        let answered =
            |items: &[Item<'_>], arn: &str| items.iter().filter(|item| item.arn.as_deref() == Some(arn)).count();
        for &position in &self.requested {
            let channel = &context.seed_data.channels[position];
            let arn = if of_channels { &channel.arn } else { &channel.stream_key };
            let times = (answered(&found, arn), answered(&failed, arn));
            if times != (1, 0) {
                return Some(Breach {
                    check: "batch-partition",
                    authority: Authority::Documented,
                    pointer: "",
                    expected: "each present item once among the successes".to_owned(),
                    actual: format!("{} times among successes, {} among errors", times.0, times.1),
                    rule: "facts: batches",
                });
            }
        }
        None
    }

    fn is_idle(&self) -> bool {
        self.batch == 0
    }
}
