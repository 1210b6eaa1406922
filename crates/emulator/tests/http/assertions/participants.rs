//! R: sessions, participants and their events.

use serde_json::{Value, json};

use crate::support::{Bench, NOW, text};

/// Joins a user with `stage/join` and returns the response.
async fn join(bench: &Bench, stage: &str, user: &str) -> (String, String) {
    let joined = bench.control("stage/join", json!({"arn": stage, "userId": user})).await.ok();
    (text(&joined["sessionId"]), text(&joined["participantId"]))
}

async fn act(bench: &Bench, action: &str, stage: &str, participant: &str) -> Value {
    bench.control(action, json!({"arn": stage, "participantId": participant})).await.ok()
}

async fn participant(bench: &Bench, stage: &str, session: &str, id: &str) -> Value {
    let wanted = json!({"stageArn": stage, "sessionId": session, "participantId": id});
    bench.ivs("GetParticipant", wanted).await.ok()["participant"].clone()
}

async fn events(bench: &Bench, stage: &str, session: &str, id: &str) -> Vec<Value> {
    let wanted = json!({"stageArn": stage, "sessionId": session, "participantId": id});
    let listed = bench.ivs("ListParticipantEvents", wanted).await.ok();
    listed["events"].as_array().unwrap().clone()
}

async fn event_names(bench: &Bench, stage: &str, session: &str, id: &str) -> Vec<String> {
    events(bench, stage, session, id).await.iter().map(|event| text(&event["name"])).collect()
}

async fn recorded_stage(bench: &Bench, more: Value) -> String {
    let storage = bench.ivs("CreateStorageConfiguration", json!({"s3": {"bucketName": "bucket"}})).await.ok();
    let mut recording = json!({"storageConfigurationArn": storage["storageConfiguration"]["arn"]});
    for (member, value) in more.as_object().unwrap() {
        recording[member] = value.clone();
    }
    let wanted = json!({"autoParticipantRecordingConfiguration": recording});
    text(&bench.ivs("CreateStage", wanted).await.ok()["stage"]["arn"])
}

#[tokio::test]
async fn r03_a_new_stage_has_no_sessions() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let listed = bench.ivs("ListStageSessions", json!({"stageArn": stage})).await.ok();
    assert_eq!(listed, json!({"stageSessions": []}));
    let got = bench.ivs("GetStage", json!({"arn": stage})).await.ok();
    assert_eq!(got["stage"].get("activeSessionId"), None);
}

#[tokio::test]
async fn a_session_lasts_from_the_first_join_to_the_last_leave() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    let (same, ben) = join(&bench, &stage, "ben").await;
    assert_eq!(session, same);
    assert_eq!(session.len(), 16);
    let listed = bench.ivs("ListStages", json!({})).await.ok();
    assert_eq!(listed["stages"][0]["activeSessionId"], session.as_str());

    let get = json!({"stageArn": stage, "sessionId": session});
    act(&bench, "stage/leave", &stage, &anna).await;
    let live = bench.ivs("GetStageSession", get.clone()).await.ok();
    let expected = json!({"sessionId": session, "startTime": "2026-01-02T03:04:05.000Z"});
    assert_eq!(live["stageSession"], expected);
    bench.control("clock", json!({"seconds": 9})).await.ok();
    act(&bench, "stage/leave", &stage, &ben).await;
    let ended = bench.ivs("GetStageSession", get).await.ok();
    assert_eq!(ended["stageSession"]["endTime"], "2026-01-02T03:04:14.000Z");
    let got = bench.ivs("GetStage", json!({"arn": stage})).await.ok();
    assert_eq!(got["stage"].get("activeSessionId"), None);

    let (next, _) = join(&bench, &stage, "anna").await;
    assert_ne!(next, session);
    let listed = bench.ivs("ListStageSessions", json!({"stageArn": stage})).await.ok();
    let ids: Vec<_> = listed["stageSessions"].as_array().unwrap().iter().map(|one| text(&one["sessionId"])).collect();
    assert_eq!(ids, [next, session]);
}

#[tokio::test]
async fn events_are_listed_newest_first_and_published_stays_true() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    let (_, ben) = join(&bench, &stage, "ben").await;
    act(&bench, "stage/publish", &stage, &anna).await;
    let remote = json!({"arn": stage, "participantId": ben, "remoteParticipantId": anna});
    assert_eq!(bench.control("stage/subscribe", remote.clone()).await.ok(), json!({"subscribed": true}));
    bench.control("stage/unsubscribe", remote.clone()).await.ok();
    act(&bench, "stage/unpublish", &stage, &anna).await;
    assert_eq!(bench.control("stage/subscribe", remote).await.ok(), json!({"subscribed": false}));
    act(&bench, "stage/leave", &stage, &anna).await;

    let names = event_names(&bench, &stage, &session, &anna).await;
    assert_eq!(names, ["LEFT", "PUBLISH_STOPPED", "PUBLISH_STARTED", "JOINED"]);
    let of_ben = events(&bench, &stage, &session, &ben).await;
    let names: Vec<_> = of_ben.iter().map(|event| text(&event["name"])).collect();
    assert_eq!(names, ["SUBSCRIBE_ERROR", "SUBSCRIBE_STOPPED", "SUBSCRIBE_STARTED", "JOINED"]);
    assert_eq!(of_ben[0]["errorCode"], "PUBLISHER_NOT_FOUND");
    assert_eq!(of_ben[2]["remoteParticipantId"], anna.as_str());

    let shown = participant(&bench, &stage, &session, &anna).await;
    assert_eq!((&shown["published"], &shown["state"]), (&json!(true), &json!("DISCONNECTED")));
    assert_eq!((&shown["userId"], &shown["replicationType"]), (&json!("anna"), &json!("NONE")));
    assert_eq!((&shown["recordingState"], &shown["recordingS3Prefix"]), (&json!("DISABLED"), &json!("")));
}

#[tokio::test]
async fn a_returning_participant_is_the_same_participant() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    join(&bench, &stage, "ben").await;
    let before = participant(&bench, &stage, &session, &anna).await;
    act(&bench, "stage/leave", &stage, &anna).await;
    bench.control("clock", json!({"seconds": 5})).await.ok();
    act(&bench, "stage/join", &stage, &anna).await;
    assert_eq!(participant(&bench, &stage, &session, &anna).await, before);
    assert_eq!(event_names(&bench, &stage, &session, &anna).await, ["JOINED", "LEFT", "JOINED"]);
}

#[tokio::test]
async fn a_disconnected_participant_has_left_the_stage() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    act(&bench, "stage/publish", &stage, &anna).await;
    let disconnect = json!({"stageArn": stage, "participantId": anna, "reason": "enough"});
    bench.ivs("DisconnectParticipant", disconnect).await.ok();
    assert_eq!(participant(&bench, &stage, &session, &anna).await["state"], "DISCONNECTED");
    assert_eq!(event_names(&bench, &stage, &session, &anna).await[..2], ["LEFT", "PUBLISH_STOPPED"]);
    let publish = bench.control("stage/publish", json!({"arn": stage, "participantId": anna})).await;
    assert_eq!(publish.status, 404);
}

#[tokio::test]
async fn an_unknown_session_is_not_found() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    let (none, absent) = ("st-AbCdEfGh12345", "arn:aws:ivs:us-east-1:123456789012:stage/none");
    for (operation, input) in [
        ("GetStageSession", json!({"stageArn": stage, "sessionId": none})),
        ("GetStageSession", json!({"stageArn": absent, "sessionId": session})),
        ("GetParticipant", json!({"stageArn": stage, "sessionId": none, "participantId": anna})),
        ("GetParticipant", json!({"stageArn": stage, "sessionId": session, "participantId": "nobody"})),
        ("ListStageSessions", json!({"stageArn": absent})),
        ("ListParticipants", json!({"stageArn": absent, "sessionId": session})),
        ("ListParticipantEvents", json!({"stageArn": absent, "sessionId": session, "participantId": anna})),
        ("ListParticipantReplicas", json!({"sourceStageArn": absent, "participantId": anna})),
    ] {
        bench.ivs(operation, input).await.is_error(404, "ResourceNotFoundException");
    }
    let unknown = json!({"stageArn": stage, "sessionId": none, "participantId": anna});
    assert_eq!(bench.ivs("ListParticipants", unknown.clone()).await.ok(), json!({"participants": []}));
    assert_eq!(bench.ivs("ListParticipantEvents", unknown).await.ok(), json!({"events": []}));
}

#[tokio::test]
async fn r04_two_filters_of_participants_are_invalid() {
    let bench = Bench::start().await;
    let stage = recorded_stage(&bench, json!({})).await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    let (_, ben) = join(&bench, &stage, "ben").await;
    act(&bench, "stage/publish", &stage, &anna).await;
    let (_, cleo) = join(&bench, &stage, "cleo").await;
    act(&bench, "stage/leave", &stage, &cleo).await;
    let filters = [
        (json!({}), vec![&anna, &ben, &cleo]),
        (json!({"filterByUserId": "ben"}), vec![&ben]),
        (json!({"filterByUserId": ""}), vec![&anna, &ben, &cleo]),
        (json!({"filterByPublished": true}), vec![&anna]),
        (json!({"filterByPublished": false}), vec![&anna, &ben, &cleo]),
        (json!({"filterByState": "DISCONNECTED"}), vec![&cleo]),
        (json!({"filterByRecordingState": "STARTING"}), vec![&anna]),
        (json!({"filterByRecordingState": "STOPPED"}), vec![]),
    ];
    for (filter, expected) in filters {
        let mut input = filter.clone();
        input["stageArn"] = json!(stage);
        input["sessionId"] = json!(session);
        let listed = bench.ivs("ListParticipants", input).await.ok();
        let listed = listed["participants"].as_array().unwrap();
        let ids: Vec<_> = listed.iter().map(|one| text(&one["participantId"])).collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    for two in [
        json!({"filterByUserId": "a", "filterByState": "CONNECTED"}),
        json!({"filterByPublished": false, "filterByRecordingState": "ACTIVE"}),
    ] {
        let mut input = two;
        input["stageArn"] = json!(stage);
        input["sessionId"] = json!(session);
        bench.ivs("ListParticipants", input).await.is_error(400, "ValidationException");
    }
}

#[tokio::test]
async fn d11_a_publisher_is_recorded_to_the_storage_of_the_stage() {
    let bench = Bench::start().await;
    let stage = recorded_stage(&bench, json!({})).await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    act(&bench, "stage/publish", &stage, &anna).await;
    let shown = participant(&bench, &stage, &session, &anna).await;
    assert_eq!((&shown["recordingState"], &shown["recordingS3BucketName"]), (&json!("STARTING"), &json!("bucket")));
    // D11: the parts are joined by slashes.
    let id = stage.rsplit('/').next().unwrap();
    assert_eq!(text(&shown["recordingS3Prefix"]), format!("{id}/{session}/{anna}/{NOW}"));
    let off = json!({"arn": stage, "autoParticipantRecordingConfiguration": {"storageConfigurationArn": ""}});
    bench.ivs("UpdateStage", off.clone()).await.is_error(409, "ConflictException");
    bench.ivs("UpdateStage", json!({"arn": stage, "name": "new"})).await.ok();

    bench.control("clock", json!({"seconds": 1})).await.ok();
    assert_eq!(participant(&bench, &stage, &session, &anna).await["recordingState"], "ACTIVE");
    act(&bench, "stage/unpublish", &stage, &anna).await;
    assert_eq!(participant(&bench, &stage, &session, &anna).await["recordingState"], "STOPPING");
    bench.control("clock", json!({"seconds": 1})).await.ok();
    assert_eq!(participant(&bench, &stage, &session, &anna).await["recordingState"], "STOPPED");
    let updated = bench.ivs("UpdateStage", off).await.ok();
    let recording = &updated["stage"]["autoParticipantRecordingConfiguration"];
    assert_eq!(recording["storageConfigurationArn"], "");
}

#[tokio::test]
async fn a_recording_continues_if_its_publisher_returns_in_time() {
    let bench = Bench::start().await;
    let stage = recorded_stage(&bench, json!({"recordingReconnectWindowSeconds": 10})).await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    act(&bench, "stage/publish", &stage, &anna).await;
    bench.control("clock", json!({"seconds": 1})).await.ok();
    let before = participant(&bench, &stage, &session, &anna).await;
    act(&bench, "stage/unpublish", &stage, &anna).await;
    bench.control("clock", json!({"seconds": 9})).await.ok();
    act(&bench, "stage/publish", &stage, &anna).await;
    bench.control("clock", json!({"seconds": 9})).await.ok();
    assert_eq!(participant(&bench, &stage, &session, &anna).await, before);
    act(&bench, "stage/unpublish", &stage, &anna).await;
    bench.control("clock", json!({"seconds": 9})).await.ok();
    assert_eq!(participant(&bench, &stage, &session, &anna).await["recordingState"], "ACTIVE");
    bench.control("clock", json!({"seconds": 2})).await.ok();
    assert_eq!(participant(&bench, &stage, &session, &anna).await["recordingState"], "STOPPED");
}

#[tokio::test]
async fn a_stage_that_records_no_media_records_nobody() {
    let bench = Bench::start().await;
    let stage = recorded_stage(&bench, json!({"mediaTypes": ["NONE"]})).await;
    let (session, anna) = join(&bench, &stage, "anna").await;
    act(&bench, "stage/publish", &stage, &anna).await;
    assert_eq!(participant(&bench, &stage, &session, &anna).await["recordingState"], "DISABLED");
}

#[tokio::test]
async fn a_token_admits_its_holder() {
    let bench = Bench::start().await;
    let (stage, other) = (bench.stage().await, bench.stage().await);
    let wanted = json!({
        "stageArn": stage,
        "userId": "anna",
        "attributes": {"seat": "1"},
        "capabilities": ["SUBSCRIBE"],
        "duration": 1,
    });
    let made = bench.ivs("CreateParticipantToken", wanted).await.ok()["participantToken"].clone();
    let token = &made["token"];
    let joined = bench.control("stage/join", json!({"arn": stage, "token": token, "osName": "Linux"})).await.ok();
    assert_eq!(joined["participantId"], made["participantId"]);
    let (session, anna) = (text(&joined["sessionId"]), text(&joined["participantId"]));
    let shown = participant(&bench, &stage, &session, &anna).await;
    assert_eq!((&shown["userId"], &shown["attributes"]), (&json!("anna"), &json!({"seat": "1"})));
    assert_eq!(shown["osName"], "Linux");

    assert_eq!(act(&bench, "stage/publish", &stage, &anna).await, json!({"publishing": false}));
    assert_eq!(participant(&bench, &stage, &session, &anna).await["published"], false);
    assert_eq!(events(&bench, &stage, &session, &anna).await[0]["errorCode"], "INSUFFICIENT_CAPABILITIES");

    let refused = |arn: &str, token: &Value| json!({"arn": arn, "token": token});
    assert_eq!(bench.control("stage/join", refused(&other, token)).await.status, 400);
    let forged = format!("{}x", text(token));
    assert_eq!(bench.control("stage/join", refused(&stage, &json!(forged))).await.status, 400);
    bench.control("clock", json!({"seconds": 60})).await.ok();
    assert_eq!(bench.control("stage/join", refused(&stage, token)).await.status, 400);
}

#[tokio::test]
async fn d3_a_disconnected_participant_cannot_use_its_token_again() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let made = bench.ivs("CreateParticipantToken", json!({"stageArn": stage})).await.ok()["participantToken"].clone();
    let join = json!({"arn": stage, "token": made["token"]});
    let leave = json!({"arn": stage, "participantId": made["participantId"]});
    // Leaving by itself keeps the token.
    for _ in 0..2 {
        bench.control("stage/join", join.clone()).await.ok();
        bench.control("stage/leave", leave.clone()).await.ok();
    }
    bench.control("stage/join", join.clone()).await.ok();
    let disconnect = json!({"stageArn": stage, "participantId": made["participantId"]});
    bench.ivs("DisconnectParticipant", disconnect).await.ok();
    assert_eq!(bench.control("stage/join", join).await.status, 400);
}

#[tokio::test]
async fn the_members_of_a_joining_participant_must_be_valid() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    for (member, value) in [
        ("userId", json!("u".repeat(129))),
        ("userId", json!(1)),
        ("participantId", json!("no spaces")),
        ("attributes", json!({"a": "x".repeat(1024)})),
        ("attributes", json!({"a": 1})),
        ("osName", json!("<>")),
        ("token", json!("a.b.c")),
    ] {
        let mut input = json!({"arn": stage});
        input[member] = value;
        assert_eq!(bench.control("stage/join", input.clone()).await.status, 400, "{input}");
    }
    let listed = bench.ivs("ListStageSessions", json!({"stageArn": stage})).await.ok();
    assert_eq!(listed, json!({"stageSessions": []}));
}

#[tokio::test]
async fn a_deleted_stage_loses_its_sessions() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let (session, _) = join(&bench, &stage, "anna").await;
    bench.ivs("DeleteStage", json!({"arn": stage})).await.ok();
    let get = json!({"stageArn": stage, "sessionId": session});
    bench.ivs("GetStageSession", get).await.is_error(404, "ResourceNotFoundException");
}
