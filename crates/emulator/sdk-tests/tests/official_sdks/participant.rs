//! Sessions of stages, their participants and events, and replication to another stage.

use aws_sdk_ivsrealtime::types::{EventName, ParticipantState, ReplicationState};

use crate::refusal::Refusal::{Absent, Conflict, Invalid};
use crate::refusal::realtime as refused;
use crate::sdk::{MALFORMED, Sdk, absent};
use crate::stage;

/// A well-formed ID of a session that does not exist.
const NO_SESSION: &str = "st-AbCdEfGh12345";

/// Returns the active session of a stage.
async fn session(sdk: &Sdk, stage: &str) -> String {
    let listed = sdk.realtime.list_stage_sessions().stage_arn(stage).send().await.unwrap();
    listed.stage_sessions()[0].session_id().unwrap().to_owned()
}

pub(crate) async fn a_session_lasts_from_first_join_to_last_leave(sdk: &Sdk) {
    let arn = stage::make(sdk).await;
    let list = || sdk.realtime.list_stage_sessions().stage_arn(&arn).send();
    assert!(list().await.unwrap().stage_sessions().is_empty());
    let anna = sdk.control.join(&arn, "anna").await;
    let id = session(sdk, &arn).await;
    let get = || sdk.realtime.get_stage_session().stage_arn(&arn).session_id(&id).send();
    let live = get().await.unwrap();
    assert_eq!(live.stage_session().unwrap().session_id(), Some(id.as_str()));
    assert!(live.stage_session().unwrap().end_time().is_none());

    sdk.control.leave(&arn, &anna).await;
    assert!(get().await.unwrap().stage_session().unwrap().end_time().is_some());
    assert_eq!(list().await.unwrap().stage_sessions().len(), 1);
}

pub(crate) async fn a_participant_is_seen_from_join_to_disconnection(sdk: &Sdk) {
    let arn = stage::make(sdk).await;
    let anna = sdk.control.publish(&arn, "anna").await;
    sdk.control.join(&arn, "ben").await;
    let id = session(sdk, &arn).await;
    let realtime = &sdk.realtime;
    let get = || realtime.get_participant().stage_arn(&arn).session_id(&id).participant_id(&anna);
    let got = get().send().await.unwrap();
    let participant = got.participant().unwrap();
    assert_eq!(participant.user_id(), Some("anna"));
    assert_eq!(participant.state(), Some(&ParticipantState::Connected));
    assert!(participant.published());
    assert!(participant.first_join_time().is_some());

    let list = || realtime.list_participants().stage_arn(&arn).session_id(&id);
    assert_eq!(list().send().await.unwrap().participants().len(), 2);
    let published = list().filter_by_published(true).send().await.unwrap();
    let [summary] = published.participants() else {
        panic!("one participant publishes: {published:?}");
    };
    assert_eq!(summary.participant_id(), Some(anna.as_str()));
    let both = list().filter_by_published(true).filter_by_user_id("anna");
    refused(Invalid, both.send().await);

    let disconnect = realtime.disconnect_participant().stage_arn(&arn).participant_id(&anna);
    disconnect.reason("enough").send().await.unwrap();
    let got = get().send().await.unwrap();
    assert_eq!(got.participant().unwrap().state(), Some(&ParticipantState::Disconnected));

    let events = realtime.list_participant_events().stage_arn(&arn).session_id(&id).participant_id(&anna);
    let events = events.send().await.unwrap();
    let seen = |name| events.events().iter().any(|event| event.name() == Some(&name));
    assert!(seen(EventName::Joined) && seen(EventName::PublishStarted) && seen(EventName::Left), "{events:?}");
}

pub(crate) async fn a_publisher_is_replicated_and_recalled(sdk: &Sdk) {
    let (source, target) = (stage::make(sdk).await, stage::make(sdk).await);
    let anna = sdk.control.publish(&source, "anna").await;
    let realtime = &sdk.realtime;
    let start = || {
        realtime
            .start_participant_replication()
            .source_stage_arn(&source)
            .destination_stage_arn(&target)
            .participant_id(&anna)
    };
    start().reconnect_window_seconds(300).send().await.unwrap();
    let list = || realtime.list_participant_replicas().source_stage_arn(&source).participant_id(&anna).send();
    let replicas = list().await.unwrap();
    let [replica] = replicas.replicas() else {
        panic!("one replica: {replicas:?}");
    };
    assert_eq!(replica.source_stage_arn(), source);
    assert_eq!(replica.destination_stage_arn(), target);
    assert_eq!(replica.participant_id(), anna);
    assert_eq!(replica.replication_state(), &ReplicationState::Active);
    refused(Conflict, start().send().await);

    realtime
        .stop_participant_replication()
        .source_stage_arn(&source)
        .destination_stage_arn(&target)
        .participant_id(&anna)
        .send()
        .await
        .unwrap();
    let replicas = list().await.unwrap();
    let active = |state: &ReplicationState| state == &ReplicationState::Active;
    assert!(!replicas.replicas().iter().any(|replica| active(replica.replication_state())));
}

pub(crate) async fn a_connection_token_is_revoked(sdk: &Sdk) {
    sdk.realtime.revoke_connection_token().token_id("token_1-a").send().await.unwrap();
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let gone = absent("ivs", "stage");
    let arn = stage::make(sdk).await;
    for stage_arn in [&gone, &arn] {
        let get = realtime.get_stage_session().stage_arn(stage_arn).session_id(NO_SESSION);
        refused(Absent, get.send().await);
        let get = realtime.get_participant().stage_arn(stage_arn).session_id(NO_SESSION);
        refused(Absent, get.participant_id("nobody").send().await);
    }
    let disconnect = realtime.disconnect_participant().stage_arn(&gone);
    refused(Absent, disconnect.participant_id("nobody").send().await);
    let start = realtime.start_participant_replication().source_stage_arn(&gone);
    refused(Absent, start.destination_stage_arn(&arn).participant_id("nobody").send().await);
    let stop = realtime.stop_participant_replication().source_stage_arn(&gone);
    refused(Absent, stop.destination_stage_arn(&arn).participant_id("nobody").send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let realtime = &sdk.realtime;
    let arn = stage::make(sdk).await;
    let list = realtime.list_stage_sessions();
    refused(Invalid, list.stage_arn(MALFORMED).send().await);
    let get = realtime.get_stage_session().stage_arn(&arn);
    refused(Invalid, get.session_id("st-short").send().await);
    let get = realtime.get_participant().stage_arn(&arn).session_id(NO_SESSION);
    refused(Invalid, get.participant_id(MALFORMED).send().await);
    let list = realtime.list_participants().stage_arn(&arn).session_id("st-short");
    refused(Invalid, list.send().await);
    let list = realtime.list_participant_events().stage_arn(&arn).session_id(NO_SESSION);
    refused(Invalid, list.participant_id("p".repeat(65)).send().await);
    let list = realtime.list_participant_replicas().source_stage_arn(&arn);
    refused(Invalid, list.participant_id("p").max_results(51).send().await);
    refused(Invalid, realtime.disconnect_participant().stage_arn(&arn).send().await);
    refused(Invalid, realtime.revoke_connection_token().token_id("").send().await);
    let start = realtime.start_participant_replication().source_stage_arn(&arn);
    refused(Invalid, start.participant_id("p").send().await);
    let stop = realtime.stop_participant_replication().source_stage_arn(&arn);
    refused(Invalid, stop.participant_id("p").send().await);
}
