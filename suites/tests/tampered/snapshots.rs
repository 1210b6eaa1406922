//! The suite `snapshot` is silent on the emulator, is tripped by one wrong turn taken between the runner and the emulator,
//! and leaves alone what nobody has settled.

use ivs_judge::{Finding, Report, Severity};
use ivs_model::Authority;
use ivs_suites::{Config, EndpointKind, Provenance, Recording, Snapshots, SuiteName};
use serde_json::{Value, json};

use crate::tampering::{After, Before, after, judge, nothing_after, nothing_before};

/// What the suite itself finds.
fn of_suite(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.check.starts_with("snapshot-")).collect()
}

/// The run finds this by this check at this site, and nothing without the tampering.
async fn trips(check: &str, site: &str, operation: &str, before: Before, after: After) -> Finding {
    let report = judge(SuiteName::Snapshot, &[operation], Config::default(), Some((before, after))).await;
    let found: Vec<(&str, &str)> =
        report.findings.iter().map(|finding| (finding.check.as_str(), finding.site.as_str())).collect();
    let finding = report.findings.iter().find(|finding| finding.check == check && finding.site == site);
    let finding = finding.unwrap_or_else(|| panic!("{check} at {site} is not among {found:?}")).clone();
    let healthy = judge(SuiteName::Snapshot, &[operation], Config::default(), None).await;
    assert!(healthy.findings.is_empty(), "{:?}", healthy.findings);
    assert!(healthy.summary.cases.passed > 0, "nothing passed");
    finding
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().expect("an object").remove(name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_status_is_found() {
    let after: After = Box::new(|operation, _, status, _| {
        if operation == "GetStage" && *status == 404 {
            *status = 409;
        }
    });
    trips("snapshot-answer", "absent-stage", "GetStage", nothing_before(), after).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_code_is_found_and_says_what_it_rests_on() {
    let before: Before = Box::new(|operation, input| {
        if operation == "GetStage" && input["arn"].as_str().is_some_and(|arn| arn.contains("Absent")) {
            remove(input, "arn");
        }
    });
    let finding = trips("snapshot-answer", "absent-stage", "GetStage", before, nothing_after()).await;
    assert_eq!((finding.severity, finding.authority), (Severity::Warning, Authority::Inferred));
    assert_eq!(finding.expected, "404 ResourceNotFoundException");
    assert!(finding.rule.contains("snapshots/exchanges/ivs-realtime/GetStage.snap"), "{}", finding.rule);
    assert!(finding.rule.contains("the embedded emulator"), "{}", finding.rule);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_member_that_was_sent_is_found() {
    let after = after("CreateStage", |_, body| remove(&mut body["stage"], "name"));
    trips("snapshot-body", "full:/stage/name", "CreateStage", nothing_before(), after).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_tag_of_what_is_read_or_listed_is_found() {
    let read = after("GetStage", |_, body| body["stage"]["tags"] = json!({}));
    trips("snapshot-body", "valid:/stage/tags", "GetStage", nothing_before(), read).await;
    let listed = after("ListStages", |_, body| {
        body["stages"].as_array_mut().into_iter().flatten().for_each(|stage| remove(stage, "name"));
    });
    trips("snapshot-body", "valid:/stages/*/name", "ListStages", nothing_before(), listed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_default_is_found_on_the_word_of_the_documentation() {
    let after = after("CreateChannel", |asked, body| {
        if asked.get("latencyMode").is_none() {
            body["channel"]["latencyMode"] = json!("NORMAL");
        }
    });
    let finding = trips("snapshot-body", "valid:/channel/latencyMode", "CreateChannel", nothing_before(), after).await;
    assert_eq!((finding.severity, finding.authority), (Severity::Error, Authority::Documented));
    assert_eq!((finding.expected.as_str(), finding.actual.as_str()), ("\"LOW\"", "\"NORMAL\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_to_another_resource_is_found() {
    let after = after("CreateChannel", |_, body| {
        let arn = body["streamKey"]["channelArn"].as_str().map(|arn| format!("{arn}x"));
        body["streamKey"]["channelArn"] = json!(arn);
    });
    trips("snapshot-body", "valid:/streamKey/channelArn", "CreateChannel", nothing_before(), after).await;
}

/// What nobody has settled: words, order, members that are empty or that the emulator chose to show, and their values.
fn another_choice() -> After {
    Box::new(|_, _, status, body| {
        if let (400.., Some(error)) = (*status, body.as_object_mut()) {
            for (name, value) in error {
                if name.to_lowercase().ends_with("message") {
                    *value = json!("in other words");
                }
            }
        }
        if let Some(channel) = body.get_mut("channel").and_then(Value::as_object_mut) {
            channel.retain(|_, value| *value != json!("") && *value != json!({}) && *value != json!(false));
            for chosen in ["srt", "multitrackInputConfiguration"] {
                channel.remove(chosen);
            }
            if channel.contains_key("playbackUrl") {
                channel.insert("playbackUrl".to_owned(), json!("https://elsewhere.example/channel.m3u8"));
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_has_settled_is_left_to_the_endpoint() {
    for operation in ["CreateChannel", "GetChannel", "UpdateChannel"] {
        let report =
            judge(SuiteName::Snapshot, &[operation], Config::default(), Some((nothing_before(), another_choice())))
                .await;
        // A whole input sets what is dropped here: that is an echo, and the one thing to be found.
        let found: Vec<String> = of_suite(&report)
            .into_iter()
            .filter(|finding| !finding.site.contains("multitrackInputConfiguration"))
            .map(|finding| finding.identity.to_string())
            .collect();
        assert!(found.is_empty(), "{operation}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_from_aws_counts_as_observed_and_in_full() {
    let recording = Recording::new();
    let recorder = Config { recording: Some(recording.clone()), ..Config::default() };
    judge(SuiteName::Snapshot, &["GetChannel"], recorder, None).await;
    let provenance =
        Provenance { endpoint: EndpointKind::Aws, region: "us-west-2".to_owned(), date: "2026-11-22".to_owned() };
    let files = recording.files(|_| provenance.clone());
    let snapshots = Snapshots::of(files.into_iter().map(|file| (file.operation, file.text)));
    let observed = || Config { snapshots: snapshots.clone(), ..Config::default() };

    let healthy = judge(SuiteName::Snapshot, &["GetChannel"], observed(), None).await;
    assert!(healthy.findings.is_empty(), "{:?}", healthy.findings);
    let report =
        judge(SuiteName::Snapshot, &["GetChannel"], observed(), Some((nothing_before(), another_choice()))).await;
    let found = of_suite(&report);
    let srt = found.iter().find(|finding| finding.site == "valid:/channel/srt").expect("what AWS shows is owed");
    assert_eq!((srt.severity, srt.authority), (Severity::Error, Authority::Observed));
    assert!(srt.rule.contains("recorded from AWS in us-west-2 on 2026-11-22"), "{}", srt.rule);
}
