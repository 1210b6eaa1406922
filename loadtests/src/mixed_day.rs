//! A day's traffic: each iteration is one of the other scenarios, drawn by weight.

use ivs_load::{
    Breach, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog, StepReply,
    StepRequest, UserContext,
};
use rand::Rng;

use crate::batch_reads::BatchReads;
use crate::channel_lifecycle::ChannelLifecycle;
use crate::channel_reads::ChannelReads;
use crate::chat_rooms::ChatRooms;
use crate::listing_walk::ListingWalk;
use crate::stage_join_storm::StageJoinStorm;
use crate::viewer_revocation::ViewerRevocation;

/// The parts and the weights of their iterations: mostly reads, some writes, rarely a burst. Iterations differ in
/// length, so these are not shares of requests.
static PARTS: &[(u32, &dyn ScenarioFactory)] = &[
    (60, &ChannelReads),
    (10, &BatchReads),
    (10, &ListingWalk),
    (8, &ChannelLifecycle),
    (1, &ViewerRevocation),
    (4, &StageJoinStorm),
    (7, &ChatRooms),
];

/// The scenario.
pub(crate) struct MixedDay;

impl ScenarioFactory for MixedDay {
    fn name(&self) -> &'static str {
        "mixed-day"
    }

    fn about(&self) -> &'static str {
        "a day's traffic by weight"
    }

    fn needs(&self) -> SeedNeeds {
        PARTS.iter().map(|(_, part)| part.needs()).fold(SeedNeeds::default(), SeedNeeds::and)
    }

    fn prepare(&self, catalog: &mut StepCatalog, seed_data: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let weights: Vec<u32> = PARTS.iter().map(|(weight, _)| *weight).collect();
        let spawners: Vec<ScenarioSpawner> =
            PARTS.iter().map(|(_, part)| part.prepare(catalog, seed_data)).collect::<Result<_, _>>()?;
        Ok(ScenarioSpawner::new(move || Day { weights: weights.clone(), spawners: spawners.clone(), current: None }))
    }
}

/// The state of one user.
struct Day {
    weights: Vec<u32>,
    spawners: Vec<ScenarioSpawner>,
    /// The part that is running.
    current: Option<Box<dyn Scenario>>,
}

/// Draws an index with the probability of its weight.
fn draw(random: &mut impl Rng, weights: &[u32]) -> usize {
    let mut ticket = random.random_range(0..weights.iter().sum::<u32>());
    for (index, weight) in weights.iter().enumerate() {
        if ticket < *weight {
            return index;
        }
        ticket -= weight;
    }
    weights.len() - 1
}

impl Scenario for Day {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let (weights, spawners) = (&self.weights, &self.spawners);
        let current = self.current.get_or_insert_with(|| spawners[draw(&mut context.random, weights)].spawn());
        current.next_request(context)
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let current = self.current.as_mut()?;
        let breach = current.receive(context, reply);
        if current.is_idle() {
            self.current = None;
        }
        breach
    }

    fn is_idle(&self) -> bool {
        self.current.is_none()
    }

    fn next_final_check(&mut self, context: &mut UserContext) -> Option<StepRequest> {
        self.current.as_mut()?.next_final_check(context)
    }

    fn next_cleanup(&mut self, context: &mut UserContext) -> Option<(StepRequest, String)> {
        self.current.as_mut()?.next_cleanup(context)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    #[test]
    fn parts_are_drawn_by_their_weights() {
        let mut random = SmallRng::seed_from_u64(7);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[draw(&mut random, &[70, 30, 0])] += 1;
        }
        assert!((6800..7200).contains(&counts[0]) && counts[2] == 0, "{counts:?}");
    }
}
