//! The official AWS SDKs for Rust on the emulator: every operation, every error that can be triggered.
//!
//! Each walk is a test with its own emulator. [`completeness`] runs all walks again and compares what the clients saw
//! with the models: nothing may be missing, and no listed exception may be out of date.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, also in their helpers")]

mod completeness;
mod control;
mod keys;
mod ledger;
mod refusal;
mod sdk;

use std::pin::Pin;

use ivs_emulator::{EmulatorClock, Options};
use time::OffsetDateTime;

use crate::sdk::Sdk;

/// One walk, as an item of the list of walks.
struct Walk {
    name: &'static str,
    options: fn() -> Options,
    run: for<'a> fn(&'a Sdk) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
}

/// Declares groups of walks with the options of their emulators, defines a test for each walk, and lists them all.
macro_rules! walks {
    ($($family:ident on $options:ident: $($walk:ident),+;)+) => {
        $(mod $family;)+

        const WALKS: &[Walk] = &[$($(Walk {
            name: concat!(stringify!($family), "::", stringify!($walk)),
            options: $options,
            run: |sdk| Box::pin($family::$walk(sdk)),
        },)+)+];

        mod alone {
            $(mod $family {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $walk() {
                    let sdk = crate::Sdk::start($crate::$options(), &crate::ledger::Ledger::default()).await;
                    crate::$family::$walk(&sdk).await;
                    sdk.stop().await;
                })+
            })+
        }
    };
}

/// Returns options with a fixed clock, so that a walk does not depend on its speed.
fn plain() -> Options {
    Options { clock: EmulatorClock::fixed(OffsetDateTime::now_utc()), ..Options::default() }
}

/// Returns the same options with enforced call rates.
fn with_rates() -> Options {
    Options { rates: true, ..plain() }
}

walks! {
    channel on plain:
        a_bare_channel_has_the_documented_defaults,
        a_full_channel_keeps_what_it_was_given,
        advanced_channels_get_a_preset,
        an_update_changes_only_what_it_names,
        a_filter_finds_the_channels_of_that_name,
        a_batch_parts_the_present_from_the_absent,
        a_deleted_channel_is_gone_with_its_key,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid,
        two_filters_conflict,
        a_live_channel_stays_as_it_is;
    stream_key on plain:
        a_channel_holds_one_key_and_a_reset_makes_another,
        a_listing_names_the_key_of_its_channel,
        a_batch_parts_the_present_from_the_absent,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    playback on plain:
        an_imported_key_is_known_by_its_fingerprint,
        a_key_comes_once_and_at_most_three_stay,
        a_policy_is_made_changed_and_removed,
        an_attached_policy_stays_until_it_is_detached,
        sessions_are_revoked_even_of_unknown_viewers,
        a_revoked_session_is_watched_no_more,
        a_batch_names_the_pair_that_failed,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    recording on plain:
        a_recording_configuration_becomes_active,
        an_attached_configuration_stays_until_it_is_detached,
        a_slate_is_made_changed_and_removed,
        an_attached_slate_stays,
        a_slate_in_transition_is_left_alone,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    advertising on plain:
        an_ad_configuration_is_made_changed_and_removed,
        an_attached_ad_configuration_stays,
        an_ad_break_goes_into_a_live_stream,
        a_channel_without_ad_configuration_takes_no_break,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    broadcast on plain:
        a_live_channel_has_a_stream,
        a_stopped_stream_leaves_its_session,
        metadata_goes_into_a_live_stream,
        an_idle_channel_broadcasts_nothing,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    stage on plain:
        a_stage_is_made_changed_and_removed,
        a_stage_comes_with_the_tokens_asked_for,
        a_token_lasts_as_long_as_was_asked,
        a_recorded_stage_keeps_its_storage,
        a_stage_stays_as_it_is_while_it_records,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    participant on plain:
        a_session_lasts_from_first_join_to_last_leave,
        a_participant_is_seen_from_join_to_disconnection,
        a_publisher_is_replicated_and_recalled,
        a_connection_token_is_revoked,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    composition on plain:
        an_encoder_is_made_and_removed,
        a_storage_is_made_and_removed,
        a_composition_runs_until_it_is_stopped,
        an_idempotency_token_starts_one_composition,
        a_live_channel_takes_no_composition,
        an_account_can_have_twenty_encoder_configurations,
        an_account_runs_five_compositions,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    ingest on plain:
        an_ingest_is_made_changed_and_removed,
        plain_rtmp_must_be_wanted,
        a_publishing_ingest_is_removed_by_force_only,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    public_key on plain:
        an_imported_key_comes_back_whole,
        a_key_comes_once,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    room on plain:
        a_bare_room_has_the_documented_defaults,
        a_room_is_made_changed_and_removed,
        a_chat_token_is_used_soon_and_lasts_long,
        a_moderator_acts_without_anyone_there,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    logging on plain:
        each_kind_of_destination_comes_back,
        a_configuration_is_made_changed_and_removed,
        a_room_logs_to_its_configurations,
        a_configuration_in_transition_is_left_alone,
        an_account_holds_ten_configurations,
        requests_for_absent_things_find_nothing,
        malformed_requests_are_invalid;
    tags on plain:
        a_channel_keeps_its_tags,
        a_stage_keeps_its_tags,
        a_room_keeps_its_tags,
        tags_of_ivs_are_refused,
        tags_of_realtime_are_refused,
        tags_of_chat_are_refused;
    pagination on plain:
        channels_come_page_by_page,
        policies_come_one_a_page_unless_more_are_asked_for,
        what_channels_need_comes_page_by_page,
        sessions_come_page_by_page,
        stages_and_ingests_come_page_by_page,
        participants_come_page_by_page,
        rooms_come_page_by_page,
        an_empty_token_asks_for_the_first_page,
        a_token_of_ones_own_making_is_invalid;
    throttling on with_rates:
        updates_and_policies_are_held_to_five_a_second,
        metadata_is_held_to_five_a_second_and_channel,
        revocations_are_held_to_their_rates,
        chat_is_held_to_a_hundred_a_second;
    quota on plain:
        resources_of_ivs_are_counted,
        resources_of_realtime_are_counted,
        rooms_are_counted;
    surface on plain:
        it_lists_the_actions_that_these_tests_use,
        a_reset_forgets_every_resource;
    isolation on plain:
        a_channel_is_seen_in_its_account_and_region_only;
    concurrency on plain:
        no_channel_is_lost_or_listed_twice,
        three_services_share_one_port;
}
