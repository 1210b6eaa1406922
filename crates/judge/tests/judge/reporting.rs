//! Events to a report: once, grouped, sorted, whatever the order.

use std::time::Duration;

use ivs_judge::{
    CaseJudged, CheckInfo, Coverage, Event, Finding, Grouping, Mismatch, PlannedOperation, Probe, Recorder, Report,
    RequestContext, Run, SiteTried, Totals, Verdict,
};
use ivs_model::{Authority, CaseId, FindingId, FindingScope, OperationId, SuiteName};
use proptest::prelude::*;
use serde_json::json;

use crate::exchange::{answer, answered, call, judge};

const OPERATIONS: [&str; 6] =
    ["CreateChannel", "DeleteChannel", "GetChannel", "GetStream", "ListChannels", "UpdateChannel"];

static ENDPOINT: CheckInfo = CheckInfo {
    check: "content-type",
    authority: Authority::Protocol,
    source: "a rule",
    grouping: Grouping::Operations,
};
static SINGLE: CheckInfo =
    CheckInfo { check: "rejects-invalid", authority: Authority::Model, source: "a rule", grouping: Grouping::Never };
static SIGNATURE: CheckInfo = CheckInfo {
    check: "verifies-signature",
    authority: Authority::Protocol,
    source: "a rule",
    grouping: Grouping::SitesAndOperations,
};

/// A case of the suite `validation`.
fn case(operation: &str, name: &str) -> CaseId {
    CaseId::new(OperationId::new("ivs", operation), SuiteName::from_static("validation"), name)
}

fn finding(rule: &CheckInfo, operation: &str, site: &str, name: &str) -> Finding {
    let mismatch = Mismatch::new(site, "one", "other");
    judge().finding(
        rule,
        &mismatch,
        &call(&format!("ivs.{operation}"), &json!({})),
        &RequestContext::valid(&case(operation, name)),
    )
}

fn started() -> Event {
    let planned = |operation: &&str| PlannedOperation { operation: OperationId::new("ivs", operation), sites: 10 };
    Event::RunStarted(Run {
        seed: 7,
        endpoint: "http://127.0.0.1:1".into(),
        operations: OPERATIONS.iter().map(planned).collect(),
        cases: 3,
        ..Run::default()
    })
}

fn probed(operation: &str, coverage: Coverage) -> Event {
    Event::OperationProbed(Probe { operation: OperationId::new("ivs", operation), coverage })
}

fn judged(operation: &str, name: &str, tried: Vec<(&'static str, String)>, verdict: Verdict) -> Event {
    Event::CaseJudged(CaseJudged {
        case: case(operation, name),
        tried,
        sites: vec![SiteTried { path: "/name".into(), kind: "max-length".into(), valid: false }],
        verdict,
    })
}

fn report(events: &[Event]) -> Report {
    let mut recorder = Recorder::new();
    events.iter().for_each(|event| recorder.record(event));
    recorder.finish(&Totals {
        duration: Duration::from_secs(2),
        exchanges: 12,
        has_succeeded: true,
        ..Totals::default()
    })
}

fn all_present() -> Vec<Event> {
    let mut events = vec![started()];
    events.extend(OPERATIONS.map(|operation| probed(operation, Coverage::Implemented)));
    events
}

fn found(finding: Finding) -> Event {
    Event::FindingFound(Box::new(finding))
}

#[test]
fn the_same_finding_is_reported_once_with_its_count() {
    let mut events = all_present();
    for case in ["c", "a", "b"] {
        events.push(found(finding(&SINGLE, "GetChannel", "/name#pattern", case)));
    }
    let report = report(&events);
    assert_eq!(report.findings.len(), 1);
    assert_eq!((report.findings[0].count, &*report.findings[0].case.name), (3, "a"));
}

#[test]
fn a_fact_of_the_endpoint_is_one_finding_of_all_its_operations() {
    let mut events = all_present();
    events.extend(OPERATIONS[..4].iter().map(|operation| found(finding(&ENDPOINT, operation, "success", operation))));
    let report = report(&events);
    assert_eq!(report.findings.len(), 1);
    let grouped = &report.findings[0];
    assert_eq!(grouped.identity, FindingId::new("content-type", FindingScope::service_wide("ivs"), "success"));
    assert_eq!((grouped.scope.operation_name(), grouped.count, grouped.operations.len()), ("*", 4, 4));
}

/// moto's `rejects-malformed:ivs.*:*` had the authority of one member and the answer of another.
#[test]
fn a_grouped_finding_shows_one_member_and_counts_the_other_answers() {
    let mut events = all_present();
    for (number, operation) in OPERATIONS.iter().enumerate() {
        let firm = number == 2;
        let authority = if firm { Authority::Model } else { Authority::Inferred };
        let actual = if firm { "404" } else { ["200", "500"][number % 2] };
        let mismatch = Mismatch::new("success", "400", actual).because(authority);
        let exchange = answered(
            call(&format!("ivs.{operation}"), &json!({})),
            answer(actual.parse().expect("a status"), json!({})),
        );
        let case = case(operation, operation);
        events.push(found(judge().finding(&ENDPOINT, &mismatch, &exchange, &RequestContext::valid(&case))));
    }
    let report = report(&events);
    assert_eq!(report.findings.len(), 1);
    let grouped = &report.findings[0];
    let shown = grouped.exchange.as_ref().expect("an exchange");
    assert_eq!((grouped.authority, &*grouped.actual, shown.response.status), (Authority::Model, "404", Some(404)));
    assert_eq!((&*grouped.case.name, &*shown.request.path), ("GetChannel", "/GetChannel"));
    assert!(grouped.reproduce.replay.contains("ivs.GetChannel/"), "{}", grouped.reproduce.replay);
    assert!(
        grouped.reproduce.replay.ends_with("--expect 'content-type:ivs.*:success'"),
        "{}",
        grouped.reproduce.replay
    );
    assert_eq!(grouped.other_answers, 2);
    // Each answer keeps its own expectation, authority and places.
    let listed: Vec<(Authority, &str, u64)> =
        grouped.answers.iter().map(|it| (it.authority, it.actual.as_str(), it.count)).collect();
    let others = OPERATIONS.len() as u64 - 1;
    assert_eq!(listed[0], (Authority::Model, "404", 1));
    assert!(listed[1..].iter().all(|(authority, ..)| *authority == Authority::Inferred), "{listed:?}");
    assert_eq!(listed[1..].iter().map(|(.., count)| count).sum::<u64>(), others);
    assert_eq!(grouped.answers[0].places, ["GetChannel success"]);
}

/// Several exchanges of one identity: the one that is shown is the one whose answer is shown.
#[test]
fn a_finding_seen_several_times_shows_the_exchange_of_the_answer_that_it_shows() {
    let mut events = all_present();
    for (name, status, authority) in
        [("a", 500, Authority::Inferred), ("c", 200, Authority::Model), ("b", 404, Authority::Model)]
    {
        let mismatch = Mismatch::new("/name#pattern", "400", status.to_string()).because(authority);
        let exchange = answered(call("ivs.GetChannel", &json!({})), answer(status, json!({})));
        let case = case("GetChannel", name);
        events.push(found(judge().finding(&SINGLE, &mismatch, &exchange, &RequestContext::valid(&case))));
    }
    let report = report(&events);
    let finding = &report.findings[0];
    let status = finding.exchange.as_ref().and_then(|exchange| exchange.response.status);
    assert_eq!((&*finding.case.name, &*finding.actual, status), ("b", "404", Some(404)));
    assert_eq!((finding.count, finding.other_answers), (3, 2));
}

#[test]
fn what_few_operations_show_stays_with_them() {
    let mut events = all_present();
    events.extend(OPERATIONS[..3].iter().map(|operation| found(finding(&ENDPOINT, operation, "success", operation))));
    assert_eq!(report(&events).findings.len(), 3);
}

#[test]
fn broken_constraints_are_never_taken_together() {
    let mut events = all_present();
    events.extend(OPERATIONS.map(|operation| found(finding(&SINGLE, operation, "/name#pattern", operation))));
    assert_eq!(report(&events).findings.len(), OPERATIONS.len());
}

#[test]
fn signatures_ignored_altogether_are_one_finding_and_one_way_ignored_is_told_by_itself() {
    let ways = ["unsigned", "wrong-secret", "tampered-body", "wrong-region", "skewed"];
    let run = |ignored: &[&str]| {
        let mut events = all_present();
        for operation in OPERATIONS {
            for way in ways {
                let verdict = if ignored.contains(&way) {
                    Verdict::Fail(vec![finding(&SIGNATURE, operation, way, way)])
                } else {
                    Verdict::Pass
                };
                events.push(judged(operation, way, vec![("verifies-signature", way.to_owned())], verdict));
            }
        }
        report(&events)
    };
    let all = run(&ways);
    assert_eq!(all.findings.len(), 1);
    assert_eq!((all.findings[0].scope.operation_name(), all.findings[0].site.as_str()), ("*", "*"));
    assert_eq!((all.findings[0].count, all.findings[0].sites.len()), (30, 5));
    let one = run(&["skewed"]);
    assert_eq!(one.findings.len(), 1);
    assert_eq!(
        one.findings[0].identity,
        FindingId::new("verifies-signature", FindingScope::service_wide("ivs"), "skewed")
    );
}

#[test]
fn coverage_and_divergence_are_counted_apart() {
    let report = report(&[
        started(),
        probed("GetChannel", Coverage::Implemented),
        probed("GetStream", Coverage::NotImplemented("status 501".into())),
        judged("GetChannel", "a", Vec::new(), Verdict::Pass),
        judged("GetChannel", "b", Vec::new(), Verdict::Indeterminate("why".into())),
        judged("GetStream", "c", Vec::new(), Verdict::Skipped("not implemented".into())),
    ]);
    let summary = &report.summary;
    assert_eq!((summary.operations.total, summary.operations.exercised, summary.operations.not_implemented), (6, 1, 1));
    assert_eq!(
        (summary.cases.run, summary.cases.passed, summary.cases.indeterminate, summary.cases.skipped),
        (2, 1, 1, 1)
    );
    assert_eq!((summary.sites.total, summary.sites.tested), (60, 1));
    assert_eq!((summary.findings.error, summary.exchanges), (0, 12));
    assert_eq!(report.not_implemented, vec!["ivs.GetStream"]);
}

#[test]
fn a_site_that_only_indeterminate_cases_tried_is_not_tested() {
    let report = report(&[started(), judged("GetChannel", "a", Vec::new(), Verdict::Indeterminate("why".into()))]);
    assert_eq!(report.summary.sites.tested, 0);
}

#[test]
fn the_json_has_the_members_that_users_build_on() {
    let mut events = all_present();
    events.push(found(finding(&SINGLE, "GetChannel", "/name#pattern", "x")));
    let report = report(&events);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["schema"], 1);
    for pointer in [
        "/seed",
        "/endpoint",
        "/duration_s",
        "/summary/operations/total",
        "/summary/operations/exercised",
        "/summary/operations/not_implemented",
        "/summary/cases/run",
        "/summary/cases/passed",
        "/summary/cases/failed",
        "/summary/cases/indeterminate",
        "/summary/cases/skipped",
        "/summary/sites/total",
        "/summary/sites/tested",
        "/summary/exchanges",
        "/summary/findings/error",
        "/summary/findings/warning",
        "/findings/0/identity",
        "/findings/0/suite",
        "/findings/0/check",
        "/findings/0/service",
        "/findings/0/operation",
        "/findings/0/severity",
        "/findings/0/authority",
        "/findings/0/pointer",
        "/findings/0/case",
        "/findings/0/expected",
        "/findings/0/actual",
        "/findings/0/reproduce/curl",
        "/findings/0/reproduce/replay",
    ] {
        assert!(json.pointer(pointer).is_some(), "{pointer}");
    }
    let back: Report = serde_json::from_value(json).unwrap();
    assert_eq!(back.findings.len(), report.findings.len());
    assert_eq!(back.summary, report.summary);
}

proptest! {
    #[test]
    fn the_order_of_events_does_not_show(
        order in Just((0..24_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let make = |index: usize| {
            let operation = OPERATIONS[index % 6];
            let rule = [&ENDPOINT, &SINGLE, &SIGNATURE][index % 3];
            found(finding(rule, operation, ["a", "b"][index % 2], &format!("case-{index}")))
        };
        let sorted: Vec<Event> = all_present().into_iter().chain((0..24).map(make)).collect();
        let shuffled: Vec<Event> = all_present().into_iter().chain(order.into_iter().map(make)).collect();
        let text = |events: &[Event]| serde_json::to_string(&report(events)).unwrap();
        prop_assert_eq!(text(&sorted), text(&shuffled));
    }

    #[test]
    fn an_identity_depends_on_no_seed_and_no_server_value(id in "[a-zA-Z0-9]{12}", name in "[a-z]{1,9}") {
        let arn = format!("arn:aws:ivs:us-west-2:123456789012:channel/{id}");
        let exchange = call("ivs.GetChannel", &json!({"arn": arn}));
        let mismatch = Mismatch::new("/arn#pattern", "a", arn.clone());
        let case = case("GetChannel", &name);
        let context = RequestContext::valid(&case);
        let finding = judge().finding(&SINGLE, &mismatch, &exchange, &context);
        prop_assert_eq!(finding.identity.to_string(), "rejects-invalid:ivs.GetChannel:/arn#pattern");
        prop_assert_eq!(&finding.actual, "<channel-arn:1>");
        prop_assert!(!finding.reproduce.curl.contains(&id), "{}", finding.reproduce.curl);
    }
}
