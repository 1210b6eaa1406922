//! R: compositions, and the encoder and storage configurations they need.

use serde_json::{Value, json};

use crate::support::{Bench, text};

/// A stage with the resources that a composition needs.
struct Fixture {
    bench: Bench,
    stage: String,
    encoder: String,
    storage: String,
}

impl Fixture {
    async fn start() -> Self {
        let bench = Bench::start().await;
        let stage = bench.stage().await;
        let made = bench.ivs("CreateEncoderConfiguration", json!({})).await.ok();
        let encoder = text(&made["encoderConfiguration"]["arn"]);
        let made = bench.ivs("CreateStorageConfiguration", json!({"s3": {"bucketName": "bucket"}})).await.ok();
        let storage = text(&made["storageConfiguration"]["arn"]);
        Self { bench, stage, encoder, storage }
    }

    fn to_storage(&self) -> Value {
        json!({"s3": {"storageConfigurationArn": self.storage, "encoderConfigurationArns": [self.encoder]}})
    }

    fn to_channel(&self, channel: &str) -> Value {
        json!({"channel": {"channelArn": channel, "encoderConfigurationArn": self.encoder}})
    }

    fn wanted(&self, more: Value) -> Value {
        let mut wanted = json!({"stageArn": self.stage, "destinations": [self.to_storage()]});
        for (member, value) in more.as_object().unwrap() {
            wanted[member] = value.clone();
        }
        wanted
    }

    async fn compose(&self) -> Value {
        self.bench.ivs("StartComposition", self.wanted(json!({}))).await.ok()["composition"].clone()
    }

    async fn get(&self, arn: &Value) -> Value {
        self.bench.ivs("GetComposition", json!({"arn": arn})).await.ok()["composition"].clone()
    }

    /// Joins a publisher to the stage; returns the input of control actions on it.
    async fn publish(&self) -> Value {
        let joined = self.bench.control("stage/join", json!({"arn": self.stage})).await.ok();
        let publisher = json!({"arn": self.stage, "participantId": joined["participantId"]});
        self.bench.control("stage/publish", publisher.clone()).await.ok();
        publisher
    }

    async fn pass(&self, seconds: u32) {
        self.bench.control("clock", json!({"seconds": seconds})).await.ok();
    }
}

#[tokio::test]
async fn r06_a_composition_has_one_or_two_destinations() {
    let fixture = Fixture::start().await;
    let (bench, storage) = (&fixture.bench, fixture.to_storage());
    let channel = fixture.to_channel(&bench.channel().await);
    let mut both = storage.clone();
    both["channel"] = channel["channel"].clone();
    for wrong in [
        json!([]),
        json!([storage, channel, storage]),
        json!([{}]),
        json!([{"name": "n"}]),
        json!([both]),
        json!([storage, storage]),
        json!([channel, channel]),
    ] {
        let answer = bench.ivs("StartComposition", fixture.wanted(json!({"destinations": wrong}))).await;
        answer.is_error(400, "ValidationException");
    }
    let right = fixture.wanted(json!({"destinations": [storage, channel]}));
    let made = bench.ivs("StartComposition", right).await.ok();
    assert_eq!(made["composition"]["destinations"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn r06_one_idempotency_token_starts_one_composition() {
    let fixture = Fixture::start().await;
    let start = |token: &str, tag: &str| {
        fixture.bench.ivs("StartComposition", fixture.wanted(json!({"idempotencyToken": token, "tags": {"t": tag}})))
    };
    let first = start("once", "a").await.ok();
    fixture.pass(1).await;
    let again = start("once", "a").await.ok();
    assert_eq!(first["composition"]["arn"], again["composition"]["arn"]);
    assert_eq!(again["composition"]["state"], "ACTIVE");
    start("once", "b").await.is_error(409, "ConflictException");
    let other = start("twice", "a").await.ok();
    assert_ne!(first["composition"]["arn"], other["composition"]["arn"]);
    let listed = fixture.bench.ivs("ListCompositions", json!({})).await.ok();
    assert_eq!(listed["compositions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn d4_a_composition_starts_runs_stops_and_is_removed_after_five_minutes() {
    let fixture = Fixture::start().await;
    let made = fixture.compose().await;
    let arn = &made["arn"];
    assert_eq!((&made["state"], &made["destinations"][0]["state"]), (&json!("STARTING"), &json!("STARTING")));
    fixture.pass(1).await;
    let running = fixture.get(arn).await;
    assert_eq!((&running["state"], &running["destinations"][0]["state"]), (&json!("ACTIVE"), &json!("ACTIVE")));
    assert_eq!((running.get("endTime"), &running["startTime"]), (None, &json!("2026-01-02T03:04:05.000Z")));
    let stop = fixture.bench.ivs("StopComposition", json!({"arn": arn})).await;
    assert_eq!((stop.status, stop.json()), (200, json!({})));
    assert_eq!(fixture.get(arn).await["state"], "STOPPING");
    fixture.pass(1).await;
    let stopped = fixture.get(arn).await;
    assert_eq!((&stopped["state"], &stopped["destinations"][0]["state"]), (&json!("STOPPED"), &json!("STOPPED")));
    assert_eq!(stopped["endTime"], "2026-01-02T03:04:06.200Z");
    assert_eq!(stopped["destinations"][0]["endTime"], stopped["endTime"]);
    fixture.bench.ivs("StopComposition", json!({"arn": arn})).await.ok();
    assert_eq!(fixture.get(arn).await, stopped);
    fixture.pass(298).await;
    assert_eq!(fixture.get(arn).await, stopped);
    fixture.pass(2).await;
    fixture.bench.ivs("GetComposition", json!({"arn": arn})).await.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_composition_that_is_stopped_while_it_starts_does_not_become_active() {
    let fixture = Fixture::start().await;
    let made = fixture.compose().await;
    fixture.bench.control("clock", json!({"seconds": 0.15})).await.ok();
    fixture.bench.ivs("StopComposition", json!({"arn": made["arn"]})).await.ok();
    fixture.bench.control("clock", json!({"seconds": 0.1})).await.ok();
    assert_eq!(fixture.get(&made["arn"]).await["state"], "STOPPING");
    fixture.pass(1).await;
    assert_eq!(fixture.get(&made["arn"]).await["state"], "STOPPED");
}

#[tokio::test]
async fn d4_a_composition_ends_a_minute_after_the_last_publisher_left() {
    let fixture = Fixture::start().await;
    let alone = fixture.compose().await;
    fixture.pass(59).await;
    assert_eq!(fixture.get(&alone["arn"]).await["state"], "ACTIVE");
    fixture.pass(2).await;
    assert_eq!(fixture.get(&alone["arn"]).await["state"], "STOPPED");

    let kept = fixture.compose().await;
    let publisher = fixture.publish().await;
    fixture.pass(600).await;
    assert_eq!(fixture.get(&kept["arn"]).await["state"], "ACTIVE");
    // Somebody who only watches does not keep it.
    fixture.bench.control("stage/join", json!({"arn": fixture.stage})).await.ok();
    fixture.bench.control("stage/unpublish", publisher.clone()).await.ok();
    fixture.pass(59).await;
    fixture.bench.control("stage/publish", publisher.clone()).await.ok();
    fixture.pass(59).await;
    fixture.bench.control("stage/leave", publisher).await.ok();
    fixture.pass(59).await;
    assert_eq!(fixture.get(&kept["arn"]).await["state"], "ACTIVE");
    fixture.pass(2).await;
    assert_eq!(fixture.get(&kept["arn"]).await["state"], "STOPPED");
}

#[tokio::test]
async fn a_composition_ends_after_one_day() {
    let fixture = Fixture::start().await;
    fixture.publish().await;
    let made = fixture.compose().await;
    fixture.pass(24 * 3600 - 1).await;
    assert_eq!(fixture.get(&made["arn"]).await["state"], "ACTIVE");
    fixture.pass(2).await;
    assert_eq!(fixture.get(&made["arn"]).await["state"], "STOPPED");
}

#[tokio::test]
async fn d10_a_starting_destination_has_no_start_and_a_prefix_of_three_ids() {
    let fixture = Fixture::start().await;
    let made = fixture.compose().await;
    let destination = &made["destinations"][0];
    assert_eq!(destination.get("startTime"), None);
    let prefix = text(&destination["detail"]["s3"]["recordingPrefix"]);
    let parts: Vec<&str> = prefix.split('/').collect();
    let id = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
    let [stage, own] = [fixture.stage.clone(), text(&made["arn"])].map(|arn| id(&arn));
    assert_eq!(parts, [stage, own, text(&destination["id"]), "composite".to_owned()]);
    assert_eq!(made["layout"]["grid"]["videoFillMode"], "");
    fixture.pass(1).await;
    assert_eq!(fixture.get(&made["arn"]).await["destinations"][0]["startTime"], "2026-01-02T03:04:05.200Z");
}

#[tokio::test]
async fn d16_a_destination_fails_with_its_channel_and_a_composition_with_its_last_destination() {
    let fixture = Fixture::start().await;
    fixture.publish().await;
    let [first, second] = [fixture.bench.channel().await, fixture.bench.channel().await];
    let both = fixture.wanted(json!({"destinations": [fixture.to_channel(&first), fixture.to_storage()]}));
    let both = fixture.bench.ivs("StartComposition", both).await.ok()["composition"]["arn"].clone();
    let alone = fixture.wanted(json!({"destinations": [fixture.to_channel(&second)]}));
    let alone = fixture.bench.ivs("StartComposition", alone).await.ok()["composition"]["arn"].clone();
    fixture.pass(1).await;
    for channel in [&first, &second] {
        assert_eq!(fixture.bench.ivs("DeleteChannel", json!({"arn": channel})).await.status, 204);
    }
    let states = |composition: Value| {
        let destinations = composition["destinations"].as_array().unwrap().clone();
        let destinations: Vec<String> = destinations.iter().map(|destination| text(&destination["state"])).collect();
        (text(&composition["state"]), destinations.join(" "))
    };
    let are = |state: &str, destinations: &str| (state.to_owned(), destinations.to_owned());
    assert_eq!(states(fixture.get(&both).await), are("ACTIVE", "RECONNECTING ACTIVE"));
    assert_eq!(states(fixture.get(&alone).await), are("ACTIVE", "RECONNECTING"));
    fixture.pass(1).await;
    assert_eq!(states(fixture.get(&both).await), are("ACTIVE", "FAILED ACTIVE"));
    assert_eq!(states(fixture.get(&alone).await), are("FAILED", "FAILED"));

    fixture.bench.ivs("DeleteStage", json!({"arn": fixture.stage})).await.ok();
    fixture.pass(1).await;
    assert_eq!(states(fixture.get(&both).await), are("STOPPED", "FAILED STOPPED"));
}

#[tokio::test]
async fn layouts_and_destinations_get_their_defaults() {
    let fixture = Fixture::start().await;
    let made = fixture.compose().await;
    assert_eq!(made["layout"]["grid"]["gridGap"], 2);
    assert_eq!(made["layout"]["grid"]["videoAspectRatio"], "VIDEO");
    let s3 = &made["destinations"][0]["configuration"]["s3"];
    let hls = json!({"format": "HLS", "hlsConfiguration": {"targetSegmentDurationSeconds": 2}});
    assert_eq!(s3["recordingConfiguration"], hls);
    assert!(!text(&made["destinations"][0]["detail"]["s3"]["recordingPrefix"]).is_empty());

    let pip = fixture.wanted(json!({"layout": {"pip": {"pipWidth": 100}}}));
    let made = fixture.bench.ivs("StartComposition", pip).await.ok();
    let pip = &made["composition"]["layout"]["pip"];
    assert_eq!((&pip["pipWidth"], &pip["pipPosition"]), (&json!(100), &json!("BOTTOM_RIGHT")));
    assert_eq!((&pip["gridGap"], &pip["videoFillMode"]), (&json!(0), &json!("COVER")));
    let both = fixture.wanted(json!({"layout": {"pip": {}, "grid": {}}}));
    fixture.bench.ivs("StartComposition", both).await.is_error(400, "ValidationException");

    let mut destination = fixture.to_storage();
    destination["s3"]["thumbnailConfigurations"] = json!([{}]);
    let made = fixture.bench.ivs("StartComposition", fixture.wanted(json!({"destinations": [destination]}))).await.ok();
    let thumbnails = &made["composition"]["destinations"][0]["configuration"]["s3"]["thumbnailConfigurations"];
    assert_eq!(thumbnails, &json!([{"targetIntervalSeconds": 60, "storage": ["SEQUENTIAL"]}]));
}

#[tokio::test]
async fn a_composition_needs_existing_resources_and_an_offline_channel() {
    let fixture = Fixture::start().await;
    let absent = |kind: &str| format!("arn:aws:ivs:us-east-1:123456789012:{kind}/none");
    let encoder = absent("encoder-configuration");
    let mut no_storage = fixture.to_storage();
    no_storage["s3"]["storageConfigurationArn"] = json!(absent("storage-configuration"));
    let mut no_encoder = fixture.to_storage();
    no_encoder["s3"]["encoderConfigurationArns"] = json!([encoder]);
    let channel = fixture.bench.channel().await;
    for wrong in [
        json!({"stageArn": absent("stage")}),
        json!({"destinations": [no_storage]}),
        json!({"destinations": [no_encoder]}),
        json!({"destinations": [fixture.to_channel(&absent("channel"))]}),
        json!({"destinations": [{"channel": {"channelArn": channel, "encoderConfigurationArn": encoder}}]}),
    ] {
        let answer = fixture.bench.ivs("StartComposition", fixture.wanted(wrong)).await;
        answer.is_error(404, "ResourceNotFoundException");
    }
    fixture.bench.control("channel/on-air", json!({"arn": channel})).await.ok();
    let live = fixture.wanted(json!({"destinations": [fixture.to_channel(&channel)]}));
    fixture.bench.ivs("StartComposition", live).await.is_error(409, "ConflictException");
}

#[tokio::test]
async fn d5_at_most_five_compositions_run_on_a_stage_and_twenty_in_an_account() {
    let fixture = Fixture::start().await;
    let mut last = Value::Null;
    for _ in 0..5 {
        last = fixture.compose().await;
    }
    let sixth = fixture.bench.ivs("StartComposition", fixture.wanted(json!({}))).await;
    sixth.is_error(402, "ServiceQuotaExceededException");
    fixture.bench.ivs("StopComposition", json!({"arn": last["arn"]})).await.ok();
    fixture.compose().await;
    for _ in 0..3 {
        let stage = fixture.bench.stage().await;
        for _ in 0..5 {
            fixture.bench.ivs("StartComposition", fixture.wanted(json!({"stageArn": stage}))).await.ok();
        }
    }
    let stage = fixture.bench.stage().await;
    let last = fixture.bench.ivs("StartComposition", fixture.wanted(json!({"stageArn": stage}))).await;
    last.is_error(402, "ServiceQuotaExceededException");
}

#[tokio::test]
async fn configurations_in_use_by_a_composition_cannot_be_deleted() {
    let fixture = Fixture::start().await;
    let made = fixture.compose().await;
    let uses = [("DeleteEncoderConfiguration", &fixture.encoder), ("DeleteStorageConfiguration", &fixture.storage)];
    for state in ["STARTING", "STOPPING"] {
        assert_eq!(fixture.get(&made["arn"]).await["state"], state);
        for (operation, arn) in uses {
            fixture.bench.ivs(operation, json!({"arn": arn})).await.is_error(409, "ConflictException");
        }
        if state == "STARTING" {
            fixture.bench.ivs("StopComposition", json!({"arn": made["arn"]})).await.ok();
        }
    }
    fixture.pass(1).await;
    for (operation, arn) in uses {
        let deleted = fixture.bench.ivs(operation, json!({"arn": arn})).await;
        // P03: deletes of Real-Time return 200.
        assert_eq!((deleted.status, deleted.json()), (200, json!({})));
        fixture.bench.ivs(operation, json!({"arn": arn})).await.is_error(404, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn a_storage_configuration_that_a_stage_uses_cannot_be_deleted() {
    let fixture = Fixture::start().await;
    let recording = |arn: &str| json!({"storageConfigurationArn": arn});
    let attach = json!({"arn": fixture.stage, "autoParticipantRecordingConfiguration": recording(&fixture.storage)});
    fixture.bench.ivs("UpdateStage", attach).await.ok();
    let delete = json!({"arn": fixture.storage});
    fixture.bench.ivs("DeleteStorageConfiguration", delete.clone()).await.is_error(409, "ConflictException");
    let detach = json!({"arn": fixture.stage, "autoParticipantRecordingConfiguration": recording("")});
    fixture.bench.ivs("UpdateStage", detach).await.ok();
    fixture.bench.ivs("DeleteStorageConfiguration", delete).await.ok();
}

#[tokio::test]
async fn compositions_are_found_by_stage_and_by_encoder() {
    let fixture = Fixture::start().await;
    let made = fixture.compose().await;
    let other = fixture.bench.stage().await;
    let unused = fixture.bench.ivs("CreateEncoderConfiguration", json!({})).await.ok();
    let unused = &unused["encoderConfiguration"]["arn"];
    for (filter, count) in [
        (json!({"filterByStageArn": fixture.stage}), 1),
        (json!({"filterByStageArn": other}), 0),
        (json!({"filterByEncoderConfigurationArn": fixture.encoder}), 1),
        (json!({"filterByEncoderConfigurationArn": unused}), 0),
        (json!({"filterByStageArn": fixture.stage, "filterByEncoderConfigurationArn": unused}), 0),
    ] {
        let listed = fixture.bench.ivs("ListCompositions", filter.clone()).await.ok();
        let listed = listed["compositions"].as_array().unwrap();
        assert_eq!(listed.len(), count, "{filter}");
        for summary in listed {
            assert_eq!(summary["arn"], made["arn"]);
            assert_eq!((summary.get("layout"), summary["destinations"][0].get("configuration")), (None, None));
        }
    }
}

#[tokio::test]
async fn r07_the_sides_of_a_video_are_even_and_its_pixels_limited() {
    let bench = Bench::start().await;
    let create = |video: Value| bench.ivs("CreateEncoderConfiguration", json!({"video": video}));
    for wrong in [
        json!({"width": 1279}),
        json!({"height": 721}),
        json!({"width": 1920, "height": 1082}),
        json!({"width": 1920, "height": 1920}),
        json!({"width": 1922}),
        json!({"width": 0}),
    ] {
        create(wrong).await.is_error(400, "ValidationException");
    }
    for right in [json!({"width": 1920, "height": 1080}), json!({"width": 1080, "height": 1920}), json!({"width": 2})] {
        create(right).await.ok();
    }
    let made = create(json!({})).await.ok();
    let video = &made["encoderConfiguration"]["video"];
    assert_eq!((&video["width"], &video["height"]), (&json!(1280), &json!(720)));
    assert_eq!((&video["bitrate"], video["framerate"].as_f64()), (&json!(2_500_000), Some(30.0)));
}

#[tokio::test]
async fn an_account_can_have_twenty_encoder_configurations() {
    let bench = Bench::start().await;
    for _ in 0..20 {
        bench.ivs("CreateEncoderConfiguration", json!({})).await.ok();
    }
    let answer = bench.ivs("CreateEncoderConfiguration", json!({})).await;
    answer.is_error(402, "ServiceQuotaExceededException");
    let listed = bench.ivs("ListEncoderConfigurations", json!({})).await.ok();
    assert_eq!(listed["encoderConfigurations"].as_array().unwrap().len(), 20);
    assert_eq!(listed["encoderConfigurations"][0].get("video"), None);
}
