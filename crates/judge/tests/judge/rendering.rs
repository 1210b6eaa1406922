//! Reports as they are shown, from a hand-made run.

use std::time::Duration;

use ivs_judge::render::{Console, Html, Json, Junit, Markdown, Progress, Renderer};
use ivs_judge::{
    CaseJudged, CheckInfo, Coverage, ErrorPairState, Event, Finding, Grouping, Mismatch, PairState, PlannedOperation,
    Probe, Recorder, RequestContext, Run, SiteTried, Totals, Verdict,
};
use ivs_model::{Authority, CaseId, ErrorPair, OperationId};
use serde_json::{Value, json};

use crate::exchange::{ARN, answer, answered, call, case, judge};

static REJECTS: CheckInfo = CheckInfo {
    check: "rejects-invalid",
    authority: Authority::Model,
    source: "the model of ivs, ChannelName: max-length",
    grouping: Grouping::Never,
};

fn finding(rule: &CheckInfo, operation: &str, input: &Value, mismatch: &Mismatch, id: &str) -> Finding {
    let exchange = call(&format!("ivs.{operation}"), input);
    judge().finding(rule, mismatch, &exchange, &RequestContext::invalid(&case(id)).with_input(input))
}

fn judged(operation: &str, name: &str, path: &str, verdict: Verdict) -> Event {
    Event::CaseJudged(CaseJudged {
        case: case(&format!("ivs.{operation}/validation/{name}{path}")),
        tried: Vec::new(),
        sites: vec![SiteTried { path: path.into(), kind: "max-length".into(), valid: false }],
        verdict,
    })
}

/// A run in which everything happens once: errors, warnings, a fact of the endpoint, texts that try to break out.
fn events() -> Vec<Event> {
    let operation = |operation: &str| PlannedOperation { operation: OperationId::new("ivs", operation), sites: 12 };
    let probe = |operation: &str, coverage| {
        Event::OperationProbed(Probe { operation: OperationId::new("ivs", operation), coverage })
    };
    let long = json!({"name": "it's <b>129</b> | `x` & $HOME"});
    let too_long = Mismatch::new("/name#max-length", "400 ValidationException", "200").at("/name");
    let rejects =
        finding(&REJECTS, "CreateChannel", &long, &too_long, "ivs.CreateChannel/validation/length-above-max/name");
    let text = Mismatch::new("elsewhere", "a text in `exceptionMessage`", "only in `message`")
        .because(Authority::Inferred)
        .at("/exceptionMessage");
    let warning = finding(&REJECTS, "GetChannel", &json!({"arn": ARN}), &text, "ivs.GetChannel/validation/absent");
    let mut events = vec![
        Event::RunStarted(Run {
            seed: 7,
            endpoint: "http://127.0.0.1:4566".into(),
            operations: ["CreateChannel", "DeleteChannel", "GetChannel", "GetStream", "ListChannels"]
                .map(operation)
                .into(),
            cases: 5,
            ..Run::default()
        }),
        probe("CreateChannel", Coverage::Implemented),
        probe("DeleteChannel", Coverage::Implemented),
        probe("GetChannel", Coverage::Implemented),
        probe("ListChannels", Coverage::NotImplemented("status 404 without an error name".into())),
        probe("GetStream", Coverage::NotImplemented("status 501".into())),
        Event::Note("one channel could not be removed".into()),
        Event::ErrorPair(ErrorPairState {
            pair: ErrorPair::new(OperationId::new("ivs", "GetChannel"), "ResourceNotFoundException"),
            state: PairState::Seen,
        }),
        Event::ErrorPair(ErrorPairState {
            pair: ErrorPair::new(OperationId::new("ivs", "GetChannel"), "AccessDeniedException"),
            state: PairState::NotProvocable("it takes another account".into()),
        }),
        judged("CreateChannel", "length-above-max", "/name", Verdict::Fail(vec![rejects])),
        judged("CreateChannel", "length-above-max", "/tags/*key", Verdict::Pass),
        judged("GetChannel", "length-above-max", "/arn", Verdict::Indeterminate("the valid twin got 503".into())),
        judged("GetStream", "length-above-max", "/channelArn", Verdict::Skipped("not implemented".into())),
        Event::FindingFound(Box::new(warning)),
    ];
    for name in ["CreateChannel", "DeleteChannel", "GetChannel"] {
        let html = answered(
            call(&format!("ivs.{name}"), &json!({"arn": ARN})),
            crate::exchange::with_header(answer(200, json!({})), "content-type", "text/html"),
        );
        let case = CaseId::control(OperationId::new("ivs", name));
        let found = judge().universal(&html, &RequestContext::valid(&case)).findings;
        events.extend(
            found
                .into_iter()
                .filter(|finding| finding.check == "content-type")
                .map(|finding| Event::FindingFound(Box::new(finding))),
        );
    }
    let mut recorder = Recorder::new();
    events.iter().for_each(|event| recorder.record(event));
    let totals = Totals {
        duration: Duration::from_millis(1900),
        exchanges: 42,
        retries: 1,
        has_succeeded: true,
        ..Totals::default()
    };
    events.push(Event::RunEnded(Box::new(recorder.finish(&totals))));
    events
}

fn rendered(renderer: &mut dyn Renderer) -> String {
    let mut out = Vec::new();
    for event in &events() {
        renderer.event(event, &mut out).expect("memory takes it");
    }
    String::from_utf8(out).expect("renderers write text")
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../snapshots/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_console_shows_findings_by_operation_and_then_the_numbers() {
    snapshot("console", &rendered(&mut Console { color: false }));
}

#[test]
fn colours_are_the_only_difference_on_a_terminal() {
    let coloured = rendered(&mut Console { color: true });
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    assert_ne!(coloured, plain);
    assert_eq!(plain, rendered(&mut Console { color: false }));
}

#[test]
fn a_log_gets_plain_lines() {
    snapshot("progress", &rendered(&mut Progress::default()));
}

#[test]
fn json_is_the_report_and_nothing_else() {
    let text = rendered(&mut Json);
    assert!(serde_json::from_str::<ivs_judge::Report>(&text).is_ok());
    snapshot("json", &text);
}

#[test]
fn junit_has_one_test_for_each_case_and_each_finding_without_one() {
    snapshot("junit", &rendered(&mut Junit::default()));
}

#[test]
fn markdown_keeps_its_tables_whole() {
    let text = rendered(&mut Markdown);
    for line in text.lines().filter(|line| line.starts_with("| error |") || line.starts_with("| warning |")) {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 7, "{line}");
    }
    snapshot("markdown", &text);
}

#[test]
fn the_page_escapes_what_it_shows_and_needs_no_network() {
    let text = rendered(&mut Html);
    assert!(!text.contains("<b>129</b>"));
    assert!(!text.contains("src=") && !text.contains("href="));
    snapshot("html", &text);
}
