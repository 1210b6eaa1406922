//! Each check of the suite lifecycle is silent on the emulator and tripped by one wrong turn, taken between the runner and
//! the emulator; what fails is made as short as it can be, can be sent again by curl, and is kept for the next run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ivs_judge::{Finding, Severity};
use ivs_model::SuiteName;
use ivs_runner::{Config, Regressions};
use serde_json::{Map, Value, json};

use crate::tampering::{After, Before, after, before, judge, nothing_after, nothing_before};

/// Few random sequences: what is tested here, every run must find.
fn brief() -> Config {
    Config { cases: 1, ..Config::default() }
}

/// The lines of a script that play its sequence: of a subshell, those after it is said what to clean up at its end.
fn played_lines(script: &str) -> Vec<&str> {
    let Some(subshell) = script.strip_prefix("(\n") else { return script.lines().collect() };
    let body = subshell.strip_suffix("\n)").unwrap_or_else(|| panic!("no end: {script}"));
    let (before, played) = body.split_once("\ntrap clean_up EXIT\ntrap 'exit 1' INT TERM\n").unwrap_or(("", body));
    assert!(before.is_empty() || before.contains("clean_up() {\n"), "{script}");
    played.lines().collect()
}

/// The steps of a finding: its `curl` lines but for those that only look.
fn written_lines(finding: &Finding) -> usize {
    let looks = ["\"$AWS_ENDPOINT_URL\"/Get", "\"$AWS_ENDPOINT_URL\"/List", " -X GET "];
    let lines = played_lines(&finding.reproduce.curl).into_iter().filter(|line| line.contains("curl "));
    lines.filter(|line| !looks.iter().any(|look| line.contains(look))).count()
}

/// The run of this operation finds something by this check, in at most five steps, and nothing without the tampering.
async fn trips(check: &str, operation: &str, before: Before, after: After) {
    let report = judge(SuiteName::from_static("lifecycle"), &[operation], brief(), Some((before, after))).await;
    let found = report.findings.iter().find(|it| &*it.identity.check == check);
    let all: Vec<String> = report.findings.iter().map(|finding| finding.identity.to_string()).collect();
    let finding = found.unwrap_or_else(|| panic!("{check} of {operation} is not among {all:?}"));
    assert!(written_lines(finding) <= 5, "{}", finding.reproduce.curl);
    let healthy = judge(SuiteName::from_static("lifecycle"), &[operation], brief(), None).await;
    assert!(healthy.findings.is_empty(), "{:?}", healthy.findings);
    assert!(healthy.summary.cases.passed > 0, "nothing passed");
}

macro_rules! trips {
    ($($name:ident: $check:literal, $operation:literal, $before:expr, $after:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            trips($check, $operation, $before, $after).await;
        })+
    };
}

/// Drops a member of the requests of an operation.
fn without(operation: &'static str, member: &'static str) -> Before {
    before(operation, move |input| {
        input.remove(member);
    })
}

/// Changes the one resource in an answer.
fn shown(operation: &'static str, member: &'static str, change: impl Fn(&mut Value) + Send + Sync + 'static) -> After {
    after(operation, move |_, body| change(&mut body[member]))
}

/// Answers what looks for a thing that is gone as it was answered last.
fn resurrected(operation: &'static str) -> After {
    let last: Mutex<BTreeMap<String, Value>> = Mutex::default();
    Box::new(move |called, asked, status, body| {
        if called != operation {
            return;
        }
        let mut last = last.lock().expect("no holder panics");
        match *status {
            200 => {
                last.insert(asked.to_string(), body.clone());
            }
            404 => {
                if let Some(known) = last.get(&asked.to_string()) {
                    (*status, *body) = (200, known.clone());
                }
            }
            _ => {}
        }
    })
}

/// Shows in a list what earlier answers showed, too.
fn hoarding(operation: &'static str, list: &'static str) -> After {
    let seen: Mutex<BTreeMap<String, Value>> = Mutex::default();
    after(operation, move |_, body| {
        let mut seen = seen.lock().expect("no holder panics");
        for item in body[list].as_array().into_iter().flatten() {
            seen.insert(item["arn"].to_string(), item.clone());
        }
        body[list] = seen.values().cloned().collect();
    })
}

trips! {
    an_ignored_member_of_an_update_is_found: "write-reads-back", "UpdateChannel",
        without("UpdateChannel", "latencyMode"), nothing_after();
    a_member_lost_while_making_is_found: "write-reads-back", "CreateRoom",
        without("CreateRoom", "maximumMessageLength"), nothing_after();
    an_update_that_is_lost_after_its_answer_is_found: "write-reads-back", "UpdatePlaybackRestrictionPolicy",
        nothing_before(), {
            let first: Mutex<BTreeMap<String, Value>> = Mutex::default();
            after("GetPlaybackRestrictionPolicy", move |asked, body| {
                let mut first = first.lock().expect("no holder panics");
                *body = first.entry(asked.to_string()).or_insert_with(|| body.clone()).clone();
            })
        };
    an_update_that_changes_another_member_is_found: "update-keeps-others", "UpdateChannel",
        before("UpdateChannel", |input| { input.entry("insecureIngest").or_insert(json!(true)); }), nothing_after();
    a_wrong_default_is_found: "default-reads-back", "CreateChannel",
        before("CreateChannel", |input| { input.entry("latencyMode").or_insert(json!("NORMAL")); }), nothing_after();
    a_write_that_hits_another_resource_is_found: "stays-as-written", "GetStage", nothing_before(), {
        // A stage is called otherwise as soon as another one is made.
        let latest: Mutex<Value> = Mutex::default();
        Box::new(move |called, asked, status, body| {
            let mut latest = latest.lock().expect("no holder panics");
            match called {
                "CreateStage" if *status == 200 => *latest = body["stage"]["arn"].clone(),
                "GetStage" if *status == 200 && asked["arn"] != *latest => {
                    body["stage"]["name"] = json!("of-another");
                }
                _ => {}
            }
        })
    };
    an_ignored_attach_is_found: "attach-reads-back", "UpdateChannel",
        without("UpdateChannel", "recordingConfigurationArn"), nothing_after();
    an_ignored_detach_is_found: "detach-reads-back", "UpdateChannel",
        before("UpdateChannel", |input| if input.get("playbackRestrictionPolicyArn") == Some(&json!("")) {
            input.remove("playbackRestrictionPolicyArn");
        }), nothing_after();
    an_attached_resource_that_goes_is_found: "attached-is-kept", "DeleteRecordingConfiguration", nothing_before(),
        Box::new(|called, _, status, body| if called == "DeleteRecordingConfiguration" && *status == 409 {
            (*status, *body) = (204, Value::Null);
        });
    a_detached_resource_that_stays_is_found: "detached-can-go", "DeleteStorageConfiguration", nothing_before(),
        // What is said to stay is not said to be gone when it is asked for again.
        Box::new(|called, _, status, body| if called == "DeleteStorageConfiguration" && matches!(*status, 200 | 404) {
            (*status, *body) = (409, json!({"exceptionMessage": "no", "__type": "ConflictException"}));
        });
    a_stream_key_that_outlives_its_channel_is_found: "cascade", "DeleteChannel", nothing_before(),
        resurrected("GetStreamKey");
    an_ingest_that_keeps_a_deleted_stage_is_found: "cascade", "DeleteStage", nothing_before(), {
        let stages: Mutex<BTreeMap<String, Value>> = Mutex::default();
        after("GetIngestConfiguration", move |asked, body| {
            let mut stages = stages.lock().expect("no holder panics");
            let stage = &mut body["ingestConfiguration"]["stageArn"];
            let known = stages.entry(asked.to_string()).or_insert_with(|| stage.clone());
            if *stage == json!("") { *stage = known.clone() } else { *known = stage.clone() }
        })
    };
    a_list_that_leaves_out_what_is_new_is_found: "made-is-listed", "ListRooms", nothing_before(),
        after("ListRooms", |_, body| body["rooms"] = json!([]));
    a_list_that_shows_another_value_is_found: "list-agrees", "ListChannels", nothing_before(),
        after("ListChannels", |_, body| for channel in body["channels"].as_array_mut().into_iter().flatten() {
            channel["name"] = json!("stale");
        });
    a_list_that_keeps_the_deleted_is_found: "deleted-is-unlisted", "ListEncoderConfigurations", nothing_before(),
        hoarding("ListEncoderConfigurations", "encoderConfigurations");
    a_resurrected_resource_is_found: "deleted-is-gone", "DeletePlaybackKeyPair", nothing_before(),
        resurrected("GetPlaybackKeyPair");
    an_update_of_what_is_gone_is_found: "use-after-delete", "UpdateAdConfiguration", nothing_before(),
        Box::new(|called, _, status, body| if called == "UpdateAdConfiguration" && *status == 404 {
            (*status, *body) = (200, json!({}));
        });
    a_resource_that_vanishes_is_found: "made-is-there", "GetIngestConfiguration", nothing_before(), {
        // Each is seen until it was read back.
        let reads: Mutex<BTreeMap<String, u64>> = Mutex::default();
        Box::new(move |called, asked, status, body| {
            let mut reads = reads.lock().expect("no holder panics");
            let times = reads.entry(asked.to_string()).or_default();
            *times += u64::from(called == "GetIngestConfiguration");
            if called == "GetIngestConfiguration" && *times > 2 {
                (*status, *body) = (404, json!({"exceptionMessage": "no", "__type": "ResourceNotFoundException"}));
            }
        })
    };
    a_tag_lost_on_the_second_call_is_found: "tags-read-back", "TagResource", nothing_before(), {
        let tagged: Mutex<BTreeMap<String, Map<String, Value>>> = Mutex::default();
        Box::new(move |called, asked, _, body| {
            let mut tagged = tagged.lock().expect("no holder panics");
            let tagged = tagged.entry(asked["resourceArn"].to_string()).or_default();
            match called {
                "TagResource" => *tagged = asked["tags"].as_object().cloned().unwrap_or_default(),
                "ListTagsForResource" => body["tags"] = Value::Object(tagged.clone()),
                _ => {}
            }
        })
    };
}

/// Sequences in memory in the place of a folder.
#[derive(Debug, Default)]
struct Memory(Mutex<BTreeMap<String, String>>);

impl Regressions for Memory {
    fn read(&self, name: &str) -> Result<Option<String>, String> {
        Ok(self.0.lock().map_err(|error| error.to_string())?.get(name).cloned())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        self.0.lock().map_err(|error| error.to_string())?.insert(name.to_owned(), text.to_owned());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_kept_and_played_first_by_the_next_run() {
    let memory = Arc::new(Memory::default());
    let config = || {
        let endpoint = "http://one".to_owned();
        Config { regressions: Some(Arc::<Memory>::clone(&memory)), endpoint, ..brief() }
    };
    let fault = || (without("UpdateRoom", "maximumMessageLength"), nothing_after());
    let first = judge(SuiteName::from_static("lifecycle"), &["UpdateRoom"], config(), Some(fault())).await;
    assert!(first.findings.iter().any(|it| it.check == "write-reads-back"), "{:?}", first.findings);
    let kept = memory.read("ivschat.room.json").expect("memory").expect("the sequence is kept");
    let file: Value = serde_json::from_str(&kept).expect("JSON");
    let steps = file["sequences"][0]["steps"].as_array().expect("steps");
    assert!((1..=5).contains(&steps.len()), "{kept}");

    let again = judge(SuiteName::from_static("lifecycle"), &["UpdateRoom"], config(), Some(fault())).await;
    let finding = again.findings.iter().find(|it| it.check == "write-reads-back").expect("it is found again");
    assert_eq!(finding.case.to_string(), "ivschat.UpdateRoom/lifecycle/room-kept-0");
    assert_eq!(Value::from(finding.steps.clone()), file["sequences"][0]["steps"]);
    assert!(finding.reproduce.replay.contains(" --steps '[{"), "{}", finding.reproduce.replay);
    assert_eq!(memory.read("ivschat.room.json").expect("memory").as_deref(), Some(kept.as_str()), "kept once");

    let elsewhere = Config { endpoint: "http://two".to_owned(), ..config() };
    let healthy = judge(SuiteName::from_static("lifecycle"), &["UpdateRoom"], elsewhere, None).await;
    assert!(healthy.findings.is_empty(), "{:?}", healthy.findings);
    let announced = "1 failed sequence kept in ivschat.room.json replayed first, found on http://one";
    assert_eq!(healthy.notes, [announced]);
    assert_eq!(healthy.summary.cases.run, first.summary.cases.run + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_and_cannot_be_read_is_told_and_left_out() {
    let memory = Arc::new(Memory::default());
    memory.write("ivschat.room.json", "no JSON").expect("memory");
    let config = Config { regressions: Some(Arc::<Memory>::clone(&memory)), ..brief() };
    let report = judge(SuiteName::from_static("lifecycle"), &["GetRoom"], config, None).await;
    assert!(report.findings.is_empty());
    assert!(report.notes.iter().any(|note| note.contains("ivschat.room.json")), "{:?}", report.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_curl_lines_of_a_sequence_hand_on_what_was_answered() {
    let forgets = shown("GetChannel", "channel", |channel| channel["recordingConfigurationArn"] = json!(""));
    let fault = (nothing_before(), forgets);
    let report = judge(SuiteName::from_static("lifecycle"), &["UpdateChannel"], brief(), Some(fault)).await;
    let finding = report.findings.iter().find(|it| it.check == "attach-reads-back").expect("a finding");
    let script = &finding.reproduce.curl;
    let lines = played_lines(script);
    assert!(lines[0].starts_with("CHANNEL_ARN=$(curl -sS -g "), "{script}");
    assert!(lines[0].ends_with(" | jq -r .channel.arn)"), "{script}");
    for (variable, delete) in
        [("CHANNEL_ARN", "DeleteChannel"), ("RECORDING_CONFIGURATION_ARN", "DeleteRecordingConfiguration")]
    {
        let deletes = |line: &str| {
            let is_told = line.starts_with(&format!("  [ -z \"${variable}\" ] || {{ curl "));
            is_told && line.contains(delete) && line.contains(&format!("\"'\"${variable}\"'\""))
        };
        assert!(script.lines().any(deletes), "{variable} is left behind: {script}");
    }
    assert!(script.contains("RECORDING_CONFIGURATION_ARN=$("), "{script}");
    assert!(script.contains("\"'\"$RECORDING_CONFIGURATION_ARN\"'\""), "{script}");
    assert!(!script.contains("arn:aws:ivs"), "{script}");
    assert_eq!(finding.severity, Severity::Error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_lags_behind_is_waited_for_and_the_wait_is_told() {
    // Every read after an update shows the resource as it was before, once.
    let lagging = || -> (Before, After) {
        let seen: Mutex<BTreeMap<String, Value>> = Mutex::default();
        let lags = after("GetRoom", move |asked, body| {
            let mut seen = seen.lock().expect("no holder panics");
            let now = body.clone();
            if let Some(before) = seen.insert(asked.to_string(), now) {
                *body = before;
            }
        });
        (nothing_before(), lags)
    };
    let patient = Config { consistency_wait: Duration::from_secs(5), ..brief() };
    let report = judge(SuiteName::from_static("lifecycle"), &["UpdateRoom"], patient, Some(lagging())).await;
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert!(report.notes.iter().any(|note| note.contains("5.0 s allowed")), "{:?}", report.notes);
    let impatient = judge(SuiteName::from_static("lifecycle"), &["UpdateRoom"], brief(), Some(lagging())).await;
    assert!(!impatient.findings.is_empty(), "without a wait the write is lost");
}
