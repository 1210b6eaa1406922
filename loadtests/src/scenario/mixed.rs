//! A day's traffic: each round is one of the other scenarios, drawn by weight.

use std::sync::Arc;

use rand::Rng;

use super::{Call, Desk, Reply, Scenario, batch, channel, chat, listing, reads, revocation, stage};
use crate::LoadError;
use crate::inspection::Breach;
use crate::template::Catalogue;

/// The weights of rounds, in the order of the parts: mostly reads, now and then a write, seldom a burst. Rounds
/// differ in length, so these are no shares of requests.
const WEIGHTS: [u32; 7] = [60, 10, 10, 8, 1, 4, 7];

/// The steps of all parts.
pub(crate) struct Steps {
    reads: Arc<reads::Steps>,
    batch: Arc<batch::Steps>,
    listing: Arc<listing::Steps>,
    channel: Arc<channel::Steps>,
    revocation: Arc<revocation::Steps>,
    stage: Arc<stage::Steps>,
    chat: Arc<chat::Steps>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self {
            reads: reads::Steps::new(catalogue)?,
            batch: batch::Steps::new(catalogue)?,
            listing: listing::Steps::new(catalogue)?,
            channel: channel::Steps::new(catalogue)?,
            revocation: revocation::Steps::new(catalogue)?,
            stage: stage::Steps::new(catalogue)?,
            chat: chat::Steps::new(catalogue)?,
        }))
    }

    fn part(&self, index: usize) -> Box<dyn Scenario> {
        match index {
            0 => Box::new(reads::Reader::new(Arc::clone(&self.reads))),
            1 => Box::new(batch::Reads::new(Arc::clone(&self.batch))),
            2 => Box::new(listing::Walk::new(Arc::clone(&self.listing))),
            3 => Box::new(channel::Lifecycle::new(Arc::clone(&self.channel))),
            4 => Box::new(revocation::Burst::new(Arc::clone(&self.revocation))),
            5 => Box::new(stage::Storm::new(Arc::clone(&self.stage))),
            _ => Box::new(chat::Room::new(Arc::clone(&self.chat))),
        }
    }
}

/// One user's day.
pub(super) struct Day {
    steps: Arc<Steps>,
    round: Option<Box<dyn Scenario>>,
}

impl Day {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps, round: None }
    }
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
    fn next(&mut self, desk: &mut Desk) -> Call {
        let steps = &self.steps;
        let round = self.round.get_or_insert_with(|| steps.part(draw(&mut desk.random, &WEIGHTS)));
        round.next(desk)
    }

    fn take(&mut self, desk: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let round = self.round.as_mut()?;
        let breach = round.take(desk, reply);
        if round.is_at_rest() {
            self.round = None;
        }
        breach
    }

    fn is_at_rest(&self) -> bool {
        self.round.is_none()
    }

    fn parting(&mut self, desk: &mut Desk) -> Option<(Call, String)> {
        self.round.as_mut()?.parting(desk)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    #[test]
    fn rounds_come_by_their_weights() {
        let mut random = SmallRng::seed_from_u64(7);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[draw(&mut random, &[70, 30, 0])] += 1;
        }
        assert!((6800..7200).contains(&counts[0]) && counts[2] == 0, "{counts:?}");
    }
}
