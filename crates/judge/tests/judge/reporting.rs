//! Events to a report: each finding once, sorted, in one cause, whatever the order.

use std::collections::BTreeSet;
use std::time::Duration;

use ivs_judge::{
    CaseJudged, CheckInfo, Coverage, Event, Finding, Grouping, Mismatch, PlannedOperation, Probe, Recorder, Report,
    RequestContext, Run, RunFacts, Severity, SiteTried, Totals, Verdict, causes,
};
use ivs_model::{Authority, CaseId, FindingId, OperationId, SuiteName};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
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
        facts: RunFacts::default(),
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
fn a_fact_of_the_endpoint_is_one_cause_and_a_finding_of_each_operation() {
    let mut events = all_present();
    events.extend(OPERATIONS.iter().map(|operation| found(finding(&ENDPOINT, operation, "success", operation))));
    let report = report(&events);
    let identities: Vec<String> = report.findings.iter().map(|it| it.identity.to_string()).collect();
    assert_eq!(identities, OPERATIONS.map(|operation| format!("content-type:ivs.{operation}:success")));
    assert_eq!(report.summary.causes, 1);
    let cause = &report.causes[0];
    assert_eq!((cause.findings.error, cause.findings.warning, cause.operations), (6, 0, 6));
    assert_eq!((cause.expected.as_str(), cause.actual.as_str()), ("one", "other"));
    assert_eq!(cause.explain, "ivs-contract explain content-type");
}

/// moto's `rejects-malformed:ivs.*:*` had the authority of one member and the answer of another.
#[test]
fn a_cause_shows_one_member_that_stands_on_its_firmest_authority() {
    let mut events = all_present();
    for (number, operation) in OPERATIONS.iter().enumerate() {
        let authority = if number == 2 { Authority::Model } else { Authority::Inferred };
        let mismatch = Mismatch::new("success", "400 ValidationException", "404 NotFound").because(authority);
        let exchange = answered(call(&format!("ivs.{operation}"), &json!({})), answer(404, json!({})));
        let case = case(operation, operation);
        events.push(found(judge().finding(&ENDPOINT, &mismatch, &exchange, &RequestContext::valid(&case))));
    }
    let report = report(&events);
    let cause = &report.causes[0];
    assert_eq!((report.causes.len(), cause.authority, cause.severity), (1, Authority::Model, Severity::Error));
    assert_eq!((cause.findings.error, cause.findings.warning), (1, 5));
    assert_eq!(cause.example.to_string(), "content-type:ivs.GetChannel:success");
    assert!(cause.replay.ends_with("--expect content-type:ivs.GetChannel:success"), "{}", cause.replay);
}

/// A selection judges fewer operations. What it finds of them has the ids that a run of everything gives.
#[test]
fn a_selection_of_operations_changes_no_id() {
    let run = |operations: &[&str]| {
        let mut events = all_present();
        for operation in operations {
            for way in ["unsigned", "skewed", "tampered-body"] {
                events.push(found(finding(&SIGNATURE, operation, way, way)));
            }
            events.push(found(finding(&ENDPOINT, operation, "success", operation)));
        }
        report(&events)
    };
    let all = run(&OPERATIONS);
    assert_eq!(all.findings.len(), 24);
    for operation in OPERATIONS {
        let ids = |report: &Report| -> Vec<FindingId> {
            let own = report.findings.iter().filter(|it| it.scope.operation_name() == operation);
            own.map(|it| it.identity.clone()).collect()
        };
        let one = run(&[operation]);
        assert_eq!(ids(&one), ids(&all));
        let causes = |report: &Report| report.causes.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        assert_eq!(causes(&one), causes(&all));
    }
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
        "/summary/causes",
        "/causes/0/id",
        "/causes/0/checks/0",
        "/causes/0/severity",
        "/causes/0/authority",
        "/causes/0/expected",
        "/causes/0/actual",
        "/causes/0/findings/error",
        "/causes/0/operations",
        "/causes/0/example",
        "/causes/0/replay",
        "/causes/0/explain",
        "/causes/0/members/0",
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

/// One of these texts.
fn of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(str::to_owned)
}

#[test]
fn a_script_of_several_calls_shows_no_value_that_is_new_in_each_run() {
    let (run, shown) = ("1796000000-IacopW4o", "run-1");
    let judge = judge();
    judge.show_as("ivs-contract:run", run, shown);
    let sent = [call("ivs.CreateChannel", &json!({"tags": {"ivs-contract:run": run}}))];
    let case = case("CreateChannel", "one");
    let script = judge.script(&sent, &RequestContext::valid(&case));
    assert!(script.contains(shown) && !script.contains("IacopW4o"), "{script}");
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
    fn each_finding_is_in_exactly_one_cause_whatever_the_order(
        texts in vec(
            (
                0..6_usize,
                prop_oneof![Just("/name#max-length"), Just("/arn#pattern"), Just(""), Just("success")],
                prop_oneof![
                    of(&[
                        "400 ValidationException: /name must have at most 128 characters",
                        "status 400 for ValidationException",
                        "success",
                        "\"TS\"",
                        "absent",
                    ]),
                    ".*",
                ],
                prop_oneof![
                    of(&["422 ValidationException", "400 BadRequest", "200", "null", "status 422"]),
                    ".*",
                ],
                0..3_usize,
            ),
            0..24,
        ),
        seed: u64,
    ) {
        let mut findings: Vec<Finding> = Vec::new();
        for (operation, site, expected, actual, rule) in &texts {
            let rule = [&ENDPOINT, &SINGLE, &SIGNATURE][*rule];
            let operation = OPERATIONS[*operation];
            let mismatch = Mismatch::new(*site, expected.clone(), actual.clone());
            let exchange = call(&format!("ivs.{operation}"), &json!({}));
            let case = case(operation, "a");
            let finding = judge().finding(rule, &mismatch, &exchange, &RequestContext::valid(&case));
            if !findings.iter().any(|known| known.identity == finding.identity) {
                findings.push(finding);
            }
        }
        let found = causes(&findings);
        let mut members: Vec<&FindingId> = found.iter().flat_map(|cause| &cause.members).collect();
        members.sort();
        let mut all: Vec<&FindingId> = findings.iter().map(|finding| &finding.identity).collect();
        all.sort();
        prop_assert_eq!(members, all);
        for cause in &found {
            prop_assert_eq!(cause.findings.total(), cause.members.len() as u64);
            prop_assert!(cause.members.contains(&cause.example));
        }
        let ids: BTreeSet<&str> = found.iter().map(|cause| cause.id.as_str()).collect();
        prop_assert_eq!(ids.len(), found.len());
        let keys: Vec<_> = found.iter().map(|it| (it.severity, it.authority)).collect();
        prop_assert!(keys.is_sorted());
        let length = findings.len().max(1);
        findings.rotate_left(usize::try_from(seed % length as u64).unwrap());
        if seed % 2 == 0 {
            findings.reverse();
        }
        prop_assert_eq!(causes(&findings), found);
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
