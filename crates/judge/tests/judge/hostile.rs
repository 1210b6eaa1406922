//! Whatever an endpoint sends: reports are well-formed, and none of it acts on a terminal, in a CI log or on a page.

use std::time::Duration;

use ivs_judge::render::{Detail, Html, Json, Junit, Markdown, Ndjson, Progress, Renderer, Sarif, Text};
use ivs_judge::{
    CaseJudged, CheckInfo, Coverage, Event, Grouping, Mismatch, PlannedOperation, Probe, Recorder, Report,
    RequestContext, Run, RunFacts, Totals, Verdict,
};
use ivs_model::{Authority, OperationId};
use proptest::prelude::*;
use serde_json::json;

use crate::exchange::{ARN, answer, call, case, judge, with_header};

static RULE: CheckInfo =
    CheckInfo { check: "a-check", authority: Authority::Model, source: "a rule", grouping: Grouping::Never };

/// Texts that mean something to a terminal, a log, a shell, XML, HTML or Markdown.
const PIECES: [&str; 24] = [
    "::error::x",
    "##[error]",
    "\n",
    "\r",
    "  ::set-output name=a::b",
    "\u{1b}[31m",
    "\u{1b}]0;title\u{7}",
    "\u{9b}2J",
    "\u{0}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{feff}",
    "]]>",
    "<script>",
    "&amp;",
    "'",
    "`",
    "```",
    "|",
    "$(id)",
    "\u{e000}",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|character| character.to_string()),
        1 => "[a-z ]{0,8}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A run whose endpoint puts the text everywhere.
fn run(text: &str) -> (Vec<Event>, Report) {
    let operation = OperationId::new("ivs", "GetChannel");
    let body = json!({"arn": ARN, "name": text});
    let mut exchange = call("ivs.GetChannel", &body);
    let header: String = text.chars().filter(|character| !matches!(character, '\n' | '\r' | '\0')).collect();
    let mut response = with_header(answer(400, json!({"message": text})), "x-amzn-errortype", &header);
    response.body = text.as_bytes().to_vec().into();
    exchange.outcome = Ok(response);
    exchange.request.body = text.as_bytes().to_vec().into();
    let id = case("ivs.GetChannel/validation/absent");
    let mismatch = Mismatch::new(text, text, text).at(text).from_source(text.to_owned());
    let context = RequestContext::invalid(&id).with_input(&body);
    let finding = judge().finding(&RULE, &mismatch, &exchange, &context);
    let lone = judge().finding(&RULE, &Mismatch::new(format!("/{text}"), text, text), &exchange, &context);
    let judged =
        |verdict| Event::CaseJudged(CaseJudged { case: id.clone(), tried: Vec::new(), sites: Vec::new(), verdict });
    let mut events = vec![
        Event::RunStarted(Run {
            seed: 7,
            endpoint: "http://127.0.0.1:4566".into(),
            facts: RunFacts::default(),
            operations: vec![PlannedOperation { operation, sites: 1 }],
            cases: 2,
        }),
        Event::OperationProbed(Probe { operation, coverage: Coverage::Unknown(text.to_owned()) }),
        Event::Note(text.to_owned()),
        judged(Verdict::Fail(vec![finding])),
        judged(Verdict::Indeterminate(text.to_owned())),
        Event::FindingFound(Box::new(lone)),
    ];
    let mut recorder = Recorder::new();
    events.iter().for_each(|event| recorder.record(event));
    let totals = Totals { duration: Duration::from_secs(1), exchanges: 2, has_succeeded: true, ..Totals::default() };
    let mut report = recorder.finish(&totals);
    report.set_unusable(text.to_owned());
    events.push(Event::RunEnded(Box::new(report.clone())));
    (events, report)
}

fn rendered(renderer: &mut dyn Renderer, events: &[Event]) -> String {
    let mut out = Vec::new();
    for event in events {
        renderer.event(event, &mut out).expect("memory takes it");
    }
    String::from_utf8(out).expect("renderers write text")
}

/// Asserts that a log or a terminal takes every line for text.
fn assert_is_text(name: &str, rendered: &str) -> Result<(), TestCaseError> {
    for line in rendered.split('\n') {
        prop_assert!(!line.contains("##["), "{}: {:?}", name, line);
        prop_assert!(!line.trim_start().starts_with("::"), "{}: {:?}", name, line);
        let acts = |character: &char| {
            character.is_control()
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        };
        prop_assert_eq!(line.chars().find(acts), None, "{}: {:?}", name, line);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_report_holds_more_than_text(text in hostile()) {
        let (events, report) = run(&text);
        let junit = rendered(&mut Junit::default(), &events);
        prop_assert!(roxmltree::Document::parse(&junit).is_ok(), "{:?}\n{}", roxmltree::Document::parse(&junit), junit);
        let json = rendered(&mut Json, &events);
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        prop_assert_eq!(&read, &serde_json::to_value(&report).expect("JSON"));
        let reports = [
            ("junit", junit),
            ("json", json),
            ("text", rendered(&mut Text { detail: Detail::Verbose, ..Text::default() }, &events)),
            ("markdown", rendered(&mut Markdown::default(), &events)),
            ("sarif", rendered(&mut Sarif::default(), &events)),
            ("ndjson", rendered(&mut Ndjson::default(), &events)),
            ("progress", rendered(&mut Progress::default(), &events)),
        ];
        for (name, report) in &reports {
            assert_is_text(name, report)?;
        }
        let html = rendered(&mut Html, &events);
        prop_assert!(!html.contains("<script>"), "{}", html);
        prop_assert!(!html.contains(['\u{1b}', '\u{0}', '\u{202e}', '\u{2066}', '\u{fffe}', '\u{9b}', '\r']), "{}", html);
        for finding in &report.findings {
            if let Some(exchange) = &finding.exchange {
                assert_is_text("exchange", &exchange.to_string())?;
            }
        }
    }
}

#[test]
fn a_long_markdown_report_is_cut_with_the_number_that_is_left_out() {
    let (mut events, mut report) = run("x");
    let finding = report.findings[0].clone();
    for (count, length) in [(1500, 1000), (20_000, 100)] {
        report.findings = (0..count)
            .map(|number| {
                let mut finding = finding.clone();
                finding.expected = format!("{number} {}", "long ".repeat(length / 5));
                finding
            })
            .collect();
        events.pop();
        events.push(Event::RunEnded(Box::new(report.clone())));
        let page = rendered(&mut Markdown::default(), &events);
        assert!((700_000..=900_000).contains(&page.len()), "{}", page.len());
        let (_, findings) = page.split_once("### ivs.").expect("findings");
        let shown = findings.lines().filter(|line| line.starts_with("| error |")).count();
        let left = count - shown;
        let cut = if left == 1 { "1 finding not shown".to_owned() } else { format!("{left} findings not shown") };
        assert!(page.contains(&format!("**Cut at 900 KB:** {cut}")), "{cut}: {}", &page[page.len() - 2000..]);
        assert_eq!(left == 0, count == 1500 && shown == 1500, "{shown}");
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
    }
}
