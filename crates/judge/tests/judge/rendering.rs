//! Reports as they are shown, from a hand-made run.

use std::collections::BTreeSet;
use std::time::Duration;

use ivs_judge::render::{
    Detail, Html, Json, Junit, Markdown, Ndjson, Progress, RenderOptions, Renderer, Sarif, Text, WIDTH,
};
use ivs_judge::{
    BaselineResult, BaselineState, CaseJudged, Cause, CheckInfo, Coverage, ErrorPairState, Event, Finding, Grouping,
    Mismatch, PairState, PlannedOperation, Probe, Recorder, Report, RequestContext, Run, RunFacts, RunStatus,
    SiteTried, StaleEntry, Totals, Verdict, causes,
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
            facts: RunFacts {
                date: "2026-11-29T08:00:00Z".into(),
                version: "1.2.3".into(),
                models: [("ivs".to_owned(), "2020-07-14".to_owned())].into(),
                command: "ivs-contract check --service ivs".into(),
            },
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
        judged(
            "GetChannel",
            "length-above-max",
            "/arn",
            Verdict::Indeterminate("the valid control request got 503".into()),
        ),
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

/// The report of the run.
fn report() -> Report {
    let ended = events().into_iter().find_map(|event| match event {
        Event::RunEnded(report) => Some(*report),
        _ => None,
    });
    ended.expect("the run ends")
}

#[test]
fn the_text_has_verdict_causes_numbers_and_the_verdict_again() {
    let text = rendered(&mut Text::default());
    let verdict = "FAIL http://127.0.0.1:4566: 3 causes (4 errors, 1 warning), 3 of 5";
    assert!(text.starts_with(verdict), "{text}");
    assert_eq!(text.matches(verdict).count(), 2);
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    snapshot("text", &text);
}

#[test]
fn a_quiet_text_is_the_verdict_and_a_verbose_one_has_every_finding_and_exchange() {
    let quiet = rendered(&mut Text { detail: Detail::Quiet, width: 200, ..Text::default() });
    assert_eq!(quiet, "FAIL http://127.0.0.1:4566: 3 causes (4 errors, 1 warning), 3 of 5 operations implemented\n");
    let verbose = rendered(&mut Text { detail: Detail::Verbose, ..Text::default() });
    for finding in report().findings {
        let heading = format!("{} {}", finding.check, finding.site);
        assert!(verbose.contains(heading.trim_end()), "{heading}");
    }
    assert!(verbose.contains("why the case") || verbose.contains("the valid control request got 503"), "{verbose}");
    snapshot("text-verbose", &verbose);
}

#[test]
fn the_text_fits_every_width() {
    for width in [40, 60, 132] {
        let text = rendered(&mut Text { width, ..Text::default() });
        let longest = text.lines().map(|line| line.chars().count()).max();
        // A word of a command is not broken.
        let is_command = |line: &&str| line.starts_with("  ivs-contract replay") || line.starts_with("    ");
        let lines = text.lines().filter(|line| !is_command(line));
        assert!(lines.clone().all(|line| line.chars().count() <= width), "{width} {longest:?}: {text}");
    }
}

/// moto has about 40 causes and 40 operations that it does not implement.
#[test]
fn the_text_of_many_causes_is_short() {
    for (count, most) in [(3, 60), (40, 120), (300, 200)] {
        let mut report = report();
        let cause = report.causes[0].clone();
        report.causes = (0..count)
            .map(|number| Cause { expected: format!("{number} {}", "long ".repeat(30)), ..cause.clone() })
            .collect();
        (report.not_judged, report.unjudged, report.status) = (Vec::new(), Vec::new(), RunStatus::Complete);
        report.not_implemented = (0..40).map(|number| format!("ivs.SomeOperationOrOther{number}")).collect();
        report.notes =
            (0..40).map(|number| format!("a note {number} of some length, which is broken into lines")).collect();
        let mut out = Vec::new();
        Text::default().event(&Event::RunEnded(Box::new(report)), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().count() <= most, "{count} causes on {} lines:\n{text}", text.lines().count());
        assert!(text.contains("ivs-contract replay") || count > 60, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }
}

/// moto's `unmodeled-member` was "expected no member … in …, got a member …".
#[test]
fn a_cause_whose_findings_differ_in_values_is_told_by_its_example() {
    let mut report = report();
    report.findings = ["ingestEndpoint", "playbackUrl"]
        .map(|name| {
            let (expected, actual) = (format!("no member `{name}` in ChannelSummary"), format!("a member `{name}`"));
            let mismatch = Mismatch::new(format!("/channels/*/{name}"), expected, actual);
            finding(&REJECTS, "ListChannels", &json!({}), &mismatch, "ivs.ListChannels/pagination/walk")
        })
        .into();
    report.causes = causes(&report.findings);
    assert_eq!(report.causes[0].expected, "no member … in …");
    let ended = Event::RunEnded(Box::new(report));
    let renderers: [(&mut dyn Renderer, &str); 3] = [
        (
            &mut Text::default(),
            "  e.g. expected no member `ingestEndpoint` in ChannelSummary\n  got a member `ingestEnd",
        ),
        (&mut Markdown::default(), "| e.g. no member \\`ingestEndpoint\\` in ChannelSummary | e.g. a member "),
        (&mut Html::default(), "e.g. expected no member `ingestEndpoint` in ChannelSummary, got <em>a member"),
    ];
    for (renderer, told) in renderers {
        let mut out = Vec::new();
        renderer.event(&ended, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(told) && !text.contains("no member …"), "{text}");
    }
}

#[test]
fn a_cause_that_shares_no_value_is_told_by_one() {
    let mut report = report();
    report.findings = [("/type", r#""BASIC""#, r#""STANDARD""#), ("/latencyMode", r#""LOW""#, r#""NORMAL""#)]
        .map(|(site, expected, actual)| {
            let mismatch = Mismatch::new(site, expected, actual);
            finding(&REJECTS, "GetChannel", &json!({}), &mismatch, "ivs.GetChannel/lifecycle/walk")
        })
        .into();
    report.causes = causes(&report.findings);
    assert_eq!((&*report.causes[0].expected, &*report.causes[0].actual), ("a value", "another value"));
    let mut out = Vec::new();
    Text::default().event(&Event::RunEnded(Box::new(report)), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("  e.g. expected \"BASIC\", got \"STANDARD\" in ivs.GetChannel /type\n"), "{text}");
}

#[test]
fn colours_are_the_only_difference_on_a_terminal() {
    let coloured = rendered(&mut Text { color: true, ..Text::default() });
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    assert_ne!(coloured, plain);
    assert_eq!(plain, rendered(&mut Text::default()));
}

/// One count everywhere: progress, text, JSON, JUnit, Markdown, HTML, SARIF and events say the same totals.
#[test]
fn every_format_counts_alike() {
    let report = report();
    let total = report.findings.len();
    assert_eq!((total, report.causes.len()), (5, 3));
    assert_eq!((report.summary.findings.total(), report.summary.causes), (5, 3));
    let members: usize = report.causes.iter().map(|cause| cause.members.len()).sum();
    assert_eq!(members, total);
    for (format, text, says) in [
        ("progress", rendered(&mut Progress::default()), "5 findings, 3 causes"),
        ("text", rendered(&mut Text::default()), "Findings   5 in 3 causes: 4 errors, 1 warning"),
        ("markdown", rendered(&mut Markdown::default()), "3 causes (4 errors, 1 warning)"),
        ("html", rendered(&mut Html::default()), "4 errors, 1 warning"),
        ("junit", rendered(&mut Junit::default()), r#"<property name="causes" value="3"/>"#),
        ("junit", rendered(&mut Junit::default()), r#"<property name="findings.error" value="4"/>"#),
        ("ndjson", rendered(&mut Ndjson::default()), r#""findings":{"error":4,"warning":1}"#),
    ] {
        assert!(text.contains(says), "{format} does not say {says}:\n{text}");
    }
    let sarif: Value = serde_json::from_str(&rendered(&mut Sarif::default())).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), total);
    let xml = rendered(&mut Junit::default());
    for finding in &report.findings {
        assert!(xml.contains(&finding.identity.to_string()), "{}", finding.identity);
    }
}

#[test]
fn every_format_says_when_and_how_the_run_was_made() {
    for (format, text) in [
        ("text", rendered(&mut Text::default())),
        ("json", rendered(&mut Json)),
        ("junit", rendered(&mut Junit::default())),
        ("markdown", rendered(&mut Markdown::default())),
        ("sarif", rendered(&mut Sarif::default())),
        ("ndjson", rendered(&mut Ndjson::default())),
    ] {
        let mut facts = vec!["2026-11-29T08:00:00Z", "1.2.3", "http://127.0.0.1:4566"];
        if format != "text" {
            facts.extend(["2020-07-14", "ivs-contract check --service ivs"]);
        }
        for fact in facts {
            assert!(text.contains(fact), "{format} does not say {fact}:\n{text}");
        }
    }
}

#[test]
fn sarif_has_one_result_for_each_finding_and_a_rule_for_each_check() {
    let mut sarif = Sarif::new(&RenderOptions { checks: vec![REJECTS], ..RenderOptions::default() });
    let text = rendered(&mut sarif);
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let names: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.contains(&"rejects-invalid") && names.contains(&"request-id"), "{names:?}");
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string() && result["partialFingerprints"]["findingId/v1"].is_string());
        let location = &result["locations"][0]["physicalLocation"];
        assert!(location["artifactLocation"]["uri"].is_string() && location["region"]["startLine"] == 1);
        assert!(result["properties"]["cause"].is_string());
    }
    // The rules are those of the registry: a snapshot of the rest suffices.
    let mut log = log.clone();
    for result in log["runs"][0]["results"].as_array_mut().unwrap() {
        result["ruleIndex"] = Value::Null;
    }
    log["runs"][0]["tool"]["driver"]["rules"] = Value::Null;
    snapshot("sarif", &serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn ndjson_is_one_document_a_line_and_ends_with_the_numbers() {
    let text = rendered(&mut Ndjson::default());
    let documents: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents.first().unwrap()["event"], "run-started");
    let last = documents.last().unwrap();
    assert_eq!((&last["event"], &last["summary"]["causes"]), (&json!("run-ended"), &json!(3)));
    // Each finding comes in full once, before anything names it.
    let mut found = BTreeSet::new();
    for document in &documents {
        if let Some(identity) = document["finding"]["identity"].as_str() {
            assert!(found.insert(identity), "{identity} comes twice");
        }
        let named = document["findings"].as_array().into_iter().flatten();
        assert!(named.into_iter().all(|it| found.contains(it.as_str().unwrap())), "{document}");
    }
    assert_eq!(found.len(), 5);
    snapshot("ndjson", &text);
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
fn junit_has_one_test_for_each_operation_and_suite() {
    let text = rendered(&mut Junit::default());
    let xml = roxmltree::Document::parse(&text).unwrap();
    let tests: Vec<(&str, &str)> = xml
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .map(|test| (test.attribute("classname").unwrap(), test.attribute("name").unwrap()))
        .collect();
    let mut distinct = tests.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), tests.len(), "{tests:?}");
    snapshot("junit", &text);
}

#[test]
fn markdown_keeps_its_tables_whole() {
    let text = rendered(&mut Markdown::default());
    // Those of causes have a column more than those of findings.
    let (causes, findings) = text.split_once("### ivs.").expect("findings");
    for (part, bars) in [(causes, 8), (findings, 7)] {
        for line in part.lines().filter(|line| line.starts_with("| error |") || line.starts_with("| warning |")) {
            assert_eq!(line.replace("\\|", "").matches('|').count(), bars, "{line}");
        }
    }
    snapshot("markdown", &text);
}

#[test]
fn the_page_escapes_what_it_shows_and_needs_no_network() {
    let text = rendered(&mut Html::default());
    assert!(!text.contains("<b>129</b>"));
    for outside in ["src=", "url(", "@import", "<link", "fetch("] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert_eq!(text.matches("href=\"").count(), text.matches("href=\"#").count());
    snapshot("html", &text);
}

/// The run with a baseline: one finding is new, one has expired, one is of an operation that was not selected, and two are
/// accepted. One entry is stale.
fn report_with_baseline() -> Report {
    let mut report = report();
    let [new, expired, other, accepted @ ..] = &mut report.findings[..] else { panic!("too few findings") };
    new.baseline = Some(BaselineState::New);
    expired.baseline = Some(BaselineState::Expired);
    other.baseline = None;
    accepted.iter_mut().for_each(|finding| finding.baseline = Some(BaselineState::Accepted));
    let stale = StaleEntry { entry: "a-check:ivs.Get*<b>".into(), line: 12, reason: "an old bug".into() };
    let accepted = accepted.len() as u64;
    report.baseline =
        Some(BaselineResult { file: "accepted.toml".into(), new: 1, expired: 1, accepted, stale: vec![stale] });
    report
}

fn of_report(renderer: &mut dyn Renderer, report: &Report) -> String {
    let mut out = Vec::new();
    renderer.event(&Event::RunEnded(Box::new(report.clone())), &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("a report is text")
}

#[test]
fn the_states_of_a_baseline_stand_apart() {
    let report = report_with_baseline();
    let id = |state: Option<BaselineState>| {
        report.findings.iter().find(|finding| finding.baseline == state).unwrap().identity.to_string()
    };
    let (new, expired) = (id(Some(BaselineState::New)), id(Some(BaselineState::Expired)));

    let text = of_report(&mut Text::default(), &report);
    assert!(text.contains("Baseline accepted.toml: 1 new, 1 expired, 2 accepted, 1 stale\n"), "{text}");
    for line in [format!("  NEW      {new}"), format!("  EXPIRED  {expired}")] {
        assert!(text.lines().any(|it| it == line), "{line} in {text}");
    }
    assert!(
        text.contains("  STALE    a-check:ivs.Get*<b> (line 12)\n") && text.contains("1 finding of operations"),
        "{text}"
    );

    let markdown = of_report(&mut Markdown::default(), &report);
    assert!(markdown.contains("### Baseline `accepted.toml`\n\n1 new, 1 expired, 2 accepted, 1 stale\n"), "{markdown}");
    for line in [format!("- **NEW** `{new}`"), format!("- **EXPIRED** `{expired}`")] {
        assert!(markdown.lines().any(|it| it == line), "{line} in {markdown}");
    }

    let page = of_report(&mut Html::default(), &report);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    let sections = ["new", "expired", "other", "accepted", "stale"].map(|it| place(&format!("id=\"state-{it}\"")));
    assert!(sections.is_sorted(), "{sections:?}");
    assert!(place("href=\"#state-new\"") < sections[0], "the verdict block leads to them");
    let states = [Some(BaselineState::New), Some(BaselineState::Expired), None, Some(BaselineState::Accepted)];
    for (at, state) in states.into_iter().enumerate() {
        for finding in report.findings.iter().filter(|finding| finding.baseline == state) {
            let row = place(&format!("<details class=\"finding\" id=\"{}\"", finding.identity));
            assert!(sections[at] < row && row < sections[at + 1], "{} stands apart", finding.identity);
        }
    }
    assert!(page[sections[4]..].contains("a-check:ivs.Get*&lt;b&gt;") && page.contains("an old bug"));
    // A cause of which findings are in two states has two anchors.
    let anchors: Vec<&str> =
        page.split("class=\"cause\" id=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    assert_eq!(anchors.iter().collect::<BTreeSet<_>>().len(), anchors.len(), "{anchors:?}");
    assert!(!of_report(&mut Html::default(), &self::report()).contains("id=\"state-"), "a run without a baseline");
}
