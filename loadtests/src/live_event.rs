//! A live event: a channel goes on air, viewers start sessions, and all of them are revoked in batches of 20, each with one
//! item of an absent channel.
//!
//! Invariants: no revocation is lost, during the load and after it; every batch item is answered once. Broadcast and viewers
//! need the control API of an emulator. Elsewhere they are left out, and with them the check of lost revocations.

use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, ExpectedAnswer, HttpAnswer, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds,
    StepCatalog, StepReply, StepRequest, StepTemplate, UserContext,
};
use serde_json::{Value, json};

/// The items of a batch: the model's maximum.
const BATCH: u64 = 20;
/// The viewers of a batch; its last item is of an absent channel.
const VIEWERS_OF_BATCH: u64 = BATCH - 1;
/// The batches of an event.
const BATCHES: u64 = 2;
const VIEWERS: u64 = BATCHES * VIEWERS_OF_BATCH;
/// The version of the viewers' sessions.
const VERSION: u64 = 1;
/// The viewer of the absent channel.
const NOBODY: &str = "nobody";
const CONTROLS: [&str; 2] = ["channel/on-air", "channel/view"];

/// The scenario.
pub(crate) struct LiveEvent;

impl ScenarioFactory for LiveEvent {
    fn name(&self) -> &'static str {
        "live-event"
    }

    fn about(&self) -> &'static str {
        "channels on air whose viewers are revoked in batches"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { controls: true, ..SeedNeeds::default() }
    }

    fn note(&self, seed_data: &SeedData) -> Option<String> {
        (!seed_data.offers(&CONTROLS)).then(|| {
            "live-event: viewers are left out, and lost revocations not checked: the endpoint has no control API"
                .to_owned()
        })
    }

    fn prepare(&self, catalog: &mut StepCatalog, seed_data: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Arc::new(Steps {
            create: catalog.step("ivs.CreateChannel")?,
            broadcast: if seed_data.offers(&CONTROLS) { Some(Broadcast::new(catalog)?) } else { None },
            revoke: catalog.step("ivs.BatchStartViewerSessionRevocation/x20")?,
            delete: catalog.step("ivs.DeleteChannel")?,
        });
        Ok(ScenarioSpawner::new(move || Event {
            steps: Arc::clone(&steps),
            phase: Phase::Create,
            round: 0,
            channel: String::new(),
            is_recounted: false,
        }))
    }
}

/// The steps of an event.
struct Steps {
    create: Arc<StepTemplate>,
    /// The steps that need an encoder and viewers.
    broadcast: Option<Broadcast>,
    revoke: Arc<StepTemplate>,
    delete: Arc<StepTemplate>,
}

struct Broadcast {
    on_air: Arc<StepTemplate>,
    view: Arc<StepTemplate>,
    stream: Arc<StepTemplate>,
    stop: Arc<StepTemplate>,
}

impl Broadcast {
    fn new(catalog: &mut StepCatalog) -> Result<Self, LoadError> {
        Ok(Self {
            on_air: catalog.control(CONTROLS[0])?,
            view: catalog.control(CONTROLS[1])?,
            stream: catalog.step("ivs.GetStream")?,
            stop: catalog.step("ivs.StopStream")?,
        })
    }
}

/// The next step, with the number of viewers or batches before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    OnAir,
    View(u64),
    Revoke(u64),
    /// Counts the viewers that remain after this number of batches.
    Count(u64),
    Stop,
    Delete,
}

/// The state of one user.
struct Event {
    steps: Arc<Steps>,
    phase: Phase,
    round: u64,
    channel: String,
    /// True if the viewers were counted after the load.
    is_recounted: bool,
}

impl Event {
    fn viewer(&self, context: &UserContext, place: u64) -> String {
        format!("viewer-{}-{}-{place}", context.number, self.round)
    }

    /// The ARN of a channel that does not exist.
    fn absent_channel(&self) -> String {
        let end = self.channel.len().saturating_sub(12);
        format!("{}AbsentAbsent", self.channel.get(..end).unwrap_or_default())
    }

    fn batch(&self, context: &UserContext, batch: u64) -> Value {
        let session = |channel: &str, viewer: &str| json!({ "channelArn": channel, "viewerId": viewer, "viewerSessionVersionsLessThanOrEqualTo": VERSION });
        let places = batch * VIEWERS_OF_BATCH..(batch + 1) * VIEWERS_OF_BATCH;
        let present = places.map(|place| session(&self.channel, &self.viewer(context, place)));
        let sessions: Vec<Value> = present.chain([session(&self.absent_channel(), NOBODY)]).collect();
        json!({ "viewerSessions": sessions })
    }

    fn following(&self) -> Phase {
        let has_viewers = self.steps.broadcast.is_some();
        match self.phase {
            Phase::Create if has_viewers => Phase::OnAir,
            Phase::Create => Phase::Revoke(0),
            Phase::OnAir => Phase::View(0),
            Phase::View(number) if number + 1 < VIEWERS => Phase::View(number + 1),
            Phase::View(_) => Phase::Count(0),
            Phase::Revoke(batch) if has_viewers => Phase::Count(batch + 1),
            Phase::Revoke(batch) if batch + 1 < BATCHES => Phase::Revoke(batch + 1),
            Phase::Count(batch) if batch < BATCHES => Phase::Revoke(batch),
            Phase::Count(_) => Phase::Stop,
            Phase::Revoke(_) | Phase::Stop => Phase::Delete,
            Phase::Delete => Phase::Create,
        }
    }

    /// Checks that the batch answers each item once: nothing but the item of the absent channel is among the errors.
    fn check_batch(&self, answer: &HttpAnswer) -> Option<Breach> {
        let Some(output) = answer.json() else { return Some(Breach::missing("")) };
        let errors = output.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let absent = self.absent_channel();
        let is_of_nobody = |error: &&Value| {
            error.get("channelArn").is_some_and(|arn| *arn == *absent)
                && error.get("viewerId").is_some_and(|viewer| viewer == NOBODY)
        };
        let of_nobody = errors.iter().filter(is_of_nobody).count();
        ((of_nobody, errors.len()) != (1, 1)).then(|| Breach {
            check: "batch-partition",
            authority: Authority::Documented,
            pointer: "/errors",
            expected: "the item of the absent channel once, and no other".to_owned(),
            actual: format!("it {of_nobody} times, {} errors", errors.len()),
            rule: "facts: batches",
        })
    }

    /// Checks that the stream has the viewers that are not revoked yet.
    fn check_count(&self, answer: &HttpAnswer, batches: u64) -> Option<Breach> {
        let expected = VIEWERS - batches * VIEWERS_OF_BATCH;
        let output = answer.json().unwrap_or_default();
        let actual = output.pointer("/stream/viewerCount").and_then(Value::as_u64);
        (actual != Some(expected)).then(|| Breach {
            check: "lost-revocation",
            authority: Authority::Documented,
            pointer: "/stream/viewerCount",
            expected: format!("{expected} viewers after {batches} batches of revocations"),
            actual: actual.map_or_else(|| "none".to_owned(), |actual| actual.to_string()),
            rule: "facts: viewer-sessions",
        })
    }
}

impl Scenario for Event {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let steps = Arc::clone(&self.steps);
        let by_arn = |template| StepRequest::json(template, &json!({ "arn": self.channel }));
        match (self.phase, &steps.broadcast) {
            (Phase::OnAir, Some(broadcast)) => by_arn(&broadcast.on_air),
            (Phase::View(place), Some(broadcast)) => {
                let viewer = self.viewer(context, place);
                let input = json!({ "arn": self.channel, "viewerId": viewer, "viewerSessionVersion": VERSION });
                StepRequest::json(&broadcast.view, &input)
            }
            (Phase::Count(_), Some(broadcast)) => {
                StepRequest::json(&broadcast.stream, &json!({ "channelArn": self.channel }))
            }
            (Phase::Stop, Some(broadcast)) => {
                StepRequest::json(&broadcast.stop, &json!({ "channelArn": self.channel }))
            }
            (Phase::Revoke(batch), _) => StepRequest::json(&steps.revoke, &self.batch(context, batch)),
            (Phase::Delete, _) => by_arn(&steps.delete),
            (Phase::Create | Phase::OnAir | Phase::View(_) | Phase::Count(_) | Phase::Stop, _) => {
                self.phase = Phase::Create;
                self.round += 1;
                let name = format!("load-{}-{}", context.number, self.round);
                StepRequest::json(&steps.create, &json!({ "name": name, "tags": context.seed_data.tags() }))
            }
        }
    }

    fn receive(&mut self, _: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let Some(answer) = reply.expected() else {
            self.phase = if self.phase == Phase::Create { Phase::Create } else { Phase::Delete };
            return None;
        };
        let breach = match self.phase {
            Phase::Create => {
                let Some(arn) = answer.text_at("/channel/arn") else { return Some(Breach::missing("/channel/arn")) };
                self.channel = arn;
                None
            }
            Phase::Revoke(_) => self.check_batch(answer),
            Phase::Count(batches) => self.check_count(answer, batches),
            Phase::OnAir | Phase::View(_) | Phase::Stop | Phase::Delete => None,
        };
        self.phase = self.following();
        breach
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Create
    }

    fn next_final_check(&mut self, _: &mut UserContext) -> Option<StepRequest> {
        // Between the last count and the end of the stream, what was revoked stays revoked.
        let batches = match self.phase {
            Phase::Count(batches) | Phase::Revoke(batches) => batches,
            Phase::Stop => BATCHES,
            Phase::Create | Phase::OnAir | Phase::View(_) | Phase::Delete => return None,
        };
        let broadcast = self.steps.broadcast.as_ref().filter(|_| !std::mem::replace(&mut self.is_recounted, true))?;
        self.phase = Phase::Count(batches);
        Some(StepRequest::json(&broadcast.stream, &json!({ "channelArn": self.channel })))
    }

    fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
        let exists = self.phase != Phase::Create;
        let is_live = matches!(self.phase, Phase::View(_) | Phase::Revoke(_) | Phase::Count(_) | Phase::Stop);
        let stop = self.steps.broadcast.as_ref().filter(|_| is_live).map(|broadcast| &broadcast.stop);
        if let Some(stop) = stop {
            self.phase = Phase::Delete;
            let request = StepRequest::json(stop, &json!({ "channelArn": self.channel }));
            return Some((request.expecting(ExpectedAnswer::Anything), format!("the stream of {}", self.channel)));
        }
        self.phase = Phase::Create;
        exists.then(|| {
            let request = StepRequest::json(&self.steps.delete, &json!({ "arn": self.channel }));
            (request.expecting(ExpectedAnswer::Anything), std::mem::take(&mut self.channel))
        })
    }
}
