//! Replication of publishers between stages.

use serde_json::{Value, json};

use crate::support::{Bench, text};

/// Two stages and a publisher on the first.
struct Fixture {
    bench: Bench,
    source: String,
    destination: String,
    session: String,
    anna: String,
}

impl Fixture {
    async fn start() -> Self {
        let bench = Bench::start().await;
        let (source, destination) = (bench.stage().await, bench.stage().await);
        let wanted = json!({"arn": source, "userId": "anna", "attributes": {"a": "1", "b": "1"}});
        let joined = bench.control("stage/join", wanted).await.ok();
        let (session, anna) = (text(&joined["sessionId"]), text(&joined["participantId"]));
        let fixture = Self { bench, source, destination, session, anna };
        fixture.act("stage/publish").await;
        fixture
    }

    fn pair(&self) -> Value {
        json!({"sourceStageArn": self.source, "destinationStageArn": self.destination, "participantId": self.anna})
    }

    fn pair_with(&self, member: &str, value: Value) -> Value {
        let mut pair = self.pair();
        pair[member] = value;
        pair
    }

    async fn act(&self, action: &str) {
        self.bench.control(action, json!({"arn": self.source, "participantId": self.anna})).await.ok();
    }

    async fn replicas(&self) -> Vec<Value> {
        let input = json!({"sourceStageArn": self.source, "participantId": self.anna});
        let listed = self.bench.ivs("ListParticipantReplicas", input).await.ok();
        listed["replicas"].as_array().unwrap().clone()
    }

    async fn state(&self) -> Value {
        self.replicas().await.last().unwrap()["replicationState"].clone()
    }

    async fn participant(&self, stage: &str, session: &str) -> Value {
        let input = json!({"stageArn": stage, "sessionId": session, "participantId": self.anna});
        self.bench.ivs("GetParticipant", input).await.ok()["participant"].clone()
    }
}

#[tokio::test]
async fn d14_a_replicated_publisher_is_listed_on_both_stages() {
    let fixture = Fixture::start().await;
    let attributes = json!({"b": "2", "c": "3"});
    let started = fixture.bench.ivs("StartParticipantReplication", fixture.pair_with("attributes", attributes)).await;
    assert_eq!((started.status, started.json()), (200, json!({})));
    // Header-bound members are in the headers only.
    assert!(started.header("access-control-allow-origin").is_some());
    let replicas = fixture.replicas().await;
    assert_eq!(replicas.len(), 1);
    assert_eq!(replicas[0]["replicationState"], "ACTIVE");
    assert_eq!(replicas[0]["sourceSessionId"], fixture.session.as_str());

    let publisher = fixture.participant(&fixture.source, &fixture.session).await;
    assert_eq!((&publisher["replicationType"], &publisher["replicationState"]), (&json!("SOURCE"), &json!("ACTIVE")));
    // D14: a source shows the members about its source, empty.
    let list = json!({"stageArn": fixture.source, "sessionId": fixture.session});
    let listed = fixture.bench.ivs("ListParticipants", list).await.ok();
    for shown in [&publisher, &listed["participants"][0]] {
        assert_eq!((&shown["sourceStageArn"], &shown["sourceSessionId"]), (&json!(""), &json!("")));
    }
    let session = text(&replicas[0]["destinationSessionId"]);
    let replica = fixture.participant(&fixture.destination, &session).await;
    assert_eq!((&replica["replicationType"], &replica["sourceStageArn"]), (&json!("REPLICA"), &json!(fixture.source)));
    assert_eq!(replica["sourceSessionId"], fixture.session.as_str());
    assert_eq!(replica["attributes"], json!({"a": "1", "b": "2", "c": "3"}));
    assert_eq!((&replica["published"], &replica["userId"]), (&json!(true), &json!("anna")));

    let input = json!({"stageArn": fixture.destination, "sessionId": session, "participantId": fixture.anna});
    let events = fixture.bench.ivs("ListParticipantEvents", input).await.ok();
    assert_eq!(events["events"][0]["name"], "REPLICATION_STARTED");
    assert_eq!(events["events"][0]["replica"], true);
    assert_eq!(events["events"][0]["destinationStageArn"], fixture.destination.as_str());
}

#[tokio::test]
async fn a_replication_can_be_started_and_stopped_only_once() {
    let fixture = Fixture::start().await;
    let bench = &fixture.bench;
    bench.ivs("StartParticipantReplication", fixture.pair()).await.ok();
    let again = bench.ivs("StartParticipantReplication", fixture.pair()).await;
    again.is_error(409, "ConflictException");
    bench.ivs("StopParticipantReplication", fixture.pair()).await.ok();
    assert_eq!(fixture.state().await, "STOPPED");
    let destination = bench.ivs("GetStage", json!({"arn": fixture.destination})).await.ok();
    assert_eq!(destination["stage"].get("activeSessionId"), None);
    let publisher = fixture.participant(&fixture.source, &fixture.session).await;
    assert_eq!((&publisher["state"], &publisher["replicationState"]), (&json!("CONNECTED"), &json!("STOPPED")));
    let again = bench.ivs("StopParticipantReplication", fixture.pair()).await;
    again.is_error(404, "ResourceNotFoundException");
    bench.ivs("StartParticipantReplication", fixture.pair()).await.ok();
    assert_eq!(fixture.replicas().await.len(), 2);
    assert_eq!(fixture.state().await, "ACTIVE");
}

#[tokio::test]
async fn a_replica_ends_with_its_publisher() {
    let fixture = Fixture::start().await;
    fixture.bench.ivs("StartParticipantReplication", fixture.pair()).await.ok();
    fixture.act("stage/leave").await;
    assert_eq!(fixture.state().await, "STOPPED");
}

#[tokio::test]
async fn a_replica_ends_after_its_reconnect_window() {
    let fixture = Fixture::start().await;
    let patient = fixture.pair_with("reconnectWindowSeconds", json!(30));
    fixture.bench.ivs("StartParticipantReplication", patient).await.ok();
    fixture.act("stage/leave").await;
    fixture.bench.control("clock", json!({"seconds": 29})).await.ok();
    assert_eq!(fixture.state().await, "ACTIVE");
    fixture.act("stage/join").await;
    fixture.act("stage/publish").await;
    fixture.bench.control("clock", json!({"seconds": 29})).await.ok();
    assert_eq!(fixture.state().await, "ACTIVE");
    fixture.act("stage/leave").await;
    fixture.bench.control("clock", json!({"seconds": 30})).await.ok();
    assert_eq!(fixture.state().await, "STOPPED");
}

#[tokio::test]
async fn a_replica_that_is_disconnected_is_stopped() {
    let fixture = Fixture::start().await;
    fixture.bench.ivs("StartParticipantReplication", fixture.pair()).await.ok();
    let disconnect = json!({"stageArn": fixture.destination, "participantId": fixture.anna});
    fixture.bench.ivs("DisconnectParticipant", disconnect).await.ok();
    assert_eq!(fixture.state().await, "STOPPED");
    assert_eq!(fixture.participant(&fixture.source, &fixture.session).await["state"], "CONNECTED");
}

#[tokio::test]
async fn a_replica_ends_with_either_stage() {
    let fixture = Fixture::start().await;
    fixture.bench.ivs("StartParticipantReplication", fixture.pair()).await.ok();
    fixture.bench.ivs("DeleteStage", json!({"arn": fixture.destination})).await.ok();
    assert_eq!(fixture.state().await, "STOPPED");

    let fixture = Fixture::start().await;
    fixture.bench.ivs("StartParticipantReplication", fixture.pair()).await.ok();
    fixture.bench.ivs("DeleteStage", json!({"arn": fixture.source})).await.ok();
    let got = fixture.bench.ivs("GetStage", json!({"arn": fixture.destination})).await.ok();
    assert_eq!(got["stage"].get("activeSessionId"), None);
}

#[tokio::test]
async fn only_a_publisher_can_be_replicated_and_only_to_another_stage() {
    let fixture = Fixture::start().await;
    let start = "StartParticipantReplication";
    let nobody = fixture.pair_with("participantId", json!("nobody"));
    fixture.bench.ivs(start, nobody).await.is_error(404, "ResourceNotFoundException");
    let absent = json!("arn:aws:ivs:us-east-1:123456789012:stage/none");
    let nowhere = fixture.pair_with("destinationStageArn", absent);
    fixture.bench.ivs(start, nowhere).await.is_error(404, "ResourceNotFoundException");
    let itself = fixture.pair_with("destinationStageArn", json!(fixture.source));
    fixture.bench.ivs(start, itself).await.is_error(400, "ValidationException");
    let large = fixture.pair_with("attributes", json!({"a": "x".repeat(1024)}));
    fixture.bench.ivs(start, large).await.is_error(400, "ValidationException");
    fixture.act("stage/unpublish").await;
    fixture.bench.ivs(start, fixture.pair()).await.is_error(409, "ConflictException");
}

#[tokio::test]
async fn d5_a_participant_has_at_most_five_replicas() {
    let fixture = Fixture::start().await;
    for _ in 0..5 {
        let pair = fixture.pair_with("destinationStageArn", json!(fixture.bench.stage().await));
        fixture.bench.ivs("StartParticipantReplication", pair).await.ok();
    }
    let sixth = fixture.bench.ivs("StartParticipantReplication", fixture.pair()).await;
    sixth.is_error(402, "ServiceQuotaExceededException");
    assert_eq!(fixture.replicas().await.len(), 5);
}
