//! The load scenarios and profiles of ivs-contract. The engine is `ivs-load`.
//!
//! # Example
//!
//! ```
//! use ivs_loadtests::{SCENARIOS, profile, scenario};
//!
//! let smoke = profile("smoke")?;
//! assert!(smoke.scenarios.iter().any(|(id, _)| id.name() == "mixed-day"));
//! assert!(scenario("channel-reads").is_some());
//! assert!(SCENARIOS.iter().all(|factory| !factory.about().is_empty()));
//! # Ok::<(), ivs_load::ProfileError>(())
//! ```
//!
//! # How to add a scenario
//!
//! 1. Write `<name>.rs` here: a unit struct that implements [`ScenarioFactory`], and the state of one user that
//!    implements [`ivs_load::Scenario`]. `channel_reads.rs` is the shortest.
//! 2. Add its lines to this file: the `mod`, and its entry in [`SCENARIOS`].
//!
//! Profiles, the command line and Locust then know it by its name, and a test runs it on the emulator. A scenario
//! deletes what it creates, tags it with [`ivs_load::SeedData::tags`] and reports violations as [`ivs_load::Breach`].
//!
//! # How to add a profile
//!
//! Write `profiles/<name>.toml` and add its line to [`PROFILES`].

mod batch_reads;
mod channel_lifecycle;
mod channel_reads;
mod chat_moderation;
mod chat_rooms;
mod checks;
mod invalid_requests;
mod listing_walk;
mod live_event;
mod mixed_day;
mod stage_event;
mod stage_join_storm;
mod viewer_revocation;

use ivs_load::{Profile, ProfileError, ScenarioFactory, ScenarioId};

pub use checks::explained_checks;

/// All scenarios.
pub static SCENARIOS: &[&dyn ScenarioFactory] = &[
    &channel_lifecycle::ChannelLifecycle,
    &listing_walk::ListingWalk,
    &batch_reads::BatchReads,
    &viewer_revocation::ViewerRevocation,
    &stage_join_storm::StageJoinStorm,
    &chat_rooms::ChatRooms,
    &live_event::LiveEvent,
    &stage_event::StageEvent,
    &chat_moderation::ChatModeration,
    &channel_reads::ChannelReads,
    &mixed_day::MixedDay,
    &invalid_requests::InvalidRequests,
];

/// All profiles: name and TOML.
pub static PROFILES: &[(&str, &str)] = &[
    ("smoke", include_str!("../profiles/smoke.toml")),
    ("nightly", include_str!("../profiles/nightly.toml")),
    ("soak", include_str!("../profiles/soak.toml")),
    ("spike", include_str!("../profiles/spike.toml")),
];

/// Returns the scenario of that name.
#[must_use]
pub fn scenario(name: &str) -> Option<ScenarioId> {
    ScenarioId::find(SCENARIOS, name)
}

/// Returns the profile of that name.
///
/// # Errors
///
/// [`ProfileError::UnknownProfile`] if there is none.
pub fn profile(name: &str) -> Result<Profile, ProfileError> {
    let unknown = || {
        let known: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
        ProfileError::UnknownProfile { name: name.to_owned(), known: known.join(", ") }
    };
    let (_, text) = PROFILES.iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
    parse_profile(text)
}

/// Parses a profile that runs scenarios of [`SCENARIOS`].
///
/// # Errors
///
/// [`ProfileError`] for unknown keys, wrong values, impossible gates and contradicting settings.
pub fn parse_profile(text: &str) -> Result<Profile, ProfileError> {
    Profile::parse(text, SCENARIOS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use ivs_load::LoadModel;
    use ivs_load::locust::locustfile;

    use super::*;

    #[test]
    fn every_profile_is_valid_and_has_gates() {
        for (name, _) in PROFILES {
            let profile = profile(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!profile.gates.is_empty(), "{name} has no gates");
        }
    }

    #[test]
    fn smoke_is_an_open_loop_and_ends_in_fifteen_seconds() {
        let smoke = profile("smoke").unwrap();
        assert!(matches!(smoke.load, LoadModel::Open { .. }));
        assert!(smoke.time_limit <= Duration::from_secs(15));
    }

    #[test]
    fn scenario_names_are_unique() {
        let names: BTreeSet<&str> = SCENARIOS.iter().map(|factory| factory.name()).collect();
        assert_eq!(names.len(), SCENARIOS.len());
    }

    #[test]
    fn the_locustfile_names_every_scenario_as_a_class() {
        let text = locustfile(&[(scenario("channel-lifecycle").unwrap(), 3), (scenario("mixed-day").unwrap(), 1)]);
        assert!(text.contains("class ChannelLifecycle(User):\n    weight = 3\n"), "{text}");
        assert!(text.contains("class MixedDay(User):\n    weight = 1\n"), "{text}");
    }
}
