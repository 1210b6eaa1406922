use ivs_model::{CaseId, bundled};
use serde_json::json;
use time::macros::date;

use super::*;
use crate::report::OperationRow;

const TODAY: Date = date!(2026 - 03 - 01);
const ALL: &[&str] = &["ivs.CreateChannel", "ivs.GetChannel", "ivs.GetStream"];

fn names() -> BaselineNames<'static> {
    BaselineNames { checks: ["request-id", "rejects-invalid", "content-type"].into(), models: bundled::models() }
}

fn parse(text: &str) -> Result<Baseline, BaselineError> {
    Baseline::parse("accepted.toml", text, &names())
}

fn refused(text: &str) -> String {
    parse(text).map(|_| ()).expect_err(text).to_string()
}

fn finding(id: &str) -> Finding {
    let identity: FindingId = id.parse().unwrap();
    let operation = identity.scope.operation().unwrap();
    let text = json!({
        "identity": id, "suite": "validation", "check": &*identity.check, "service": operation.service(),
        "operation": operation.name(), "severity": "error", "authority": "model", "pointer": "", "site": &*identity.site,
        "case": CaseId::control(operation).to_string(), "expected": "400", "actual": "200", "rule": "a rule", "count": 1,
        "reproduce": { "curl": "", "replay": "" },
    });
    serde_json::from_value(text).unwrap()
}

fn report(ids: &[&str], operations: &[&str]) -> Report {
    let row = |name: &&str| {
        let (service, operation) = name.split_once('.').unwrap();
        OperationRow {
            service: service.to_owned(),
            operation: operation.to_owned(),
            coverage: CoverageRow::Exercised,
            ..OperationRow::default()
        }
    };
    Report {
        findings: ids.iter().map(|id| finding(id)).collect(),
        operations: operations.iter().map(row).collect(),
        ..Report::default()
    }
}

fn judged(baseline: &Baseline, mut report: Report, suites: &[SuiteName]) -> Report {
    baseline.judge(&mut report, &BaselineRun { suites, today: TODAY });
    report
}

fn stale(report: &Report) -> Vec<&str> {
    report.baseline.as_ref().unwrap().stale.iter().map(|entry| entry.entry.as_str()).collect()
}

#[test]
fn an_updated_baseline_accepts_what_was_found_and_nothing_else() {
    let ids = ["request-id:ivs.GetChannel:", "rejects-invalid:ivs.CreateChannel:/tags/*#max-length"];
    let mut baseline = Baseline::empty("accepted.toml", &names());
    let found = judged(&baseline, report(&ids, ALL), &[]);
    assert_eq!(found.baseline.as_ref().unwrap().new, 2);
    baseline.add_new(&found, TODAY);
    let baseline = parse(&baseline.text()).unwrap();

    // `*` of an ID is a list item, not a wildcard.
    let other = "rejects-invalid:ivs.CreateChannel:/tags/*/x#max-length";
    let found = judged(&baseline, report(&[ids[0], ids[1], other], ALL), &[]);
    let states: Vec<_> = found.findings.iter().map(|finding| finding.baseline.unwrap()).collect();
    assert_eq!(states, [BaselineState::Accepted, BaselineState::Accepted, BaselineState::New]);
}

#[test]
fn an_update_keeps_reasons_dates_and_comments_and_sorts() {
    let text = "# Ours.\nschema = 1\n\n# Until the rewrite.\n[[accept]]\nid = \"request-id:ivs.GetChannel:\" # one\n\
                reason = \"no header yet\"\nfirst_seen = 2025-12-24\nexpires = 2026-12-24\n";
    let mut baseline = parse(text).unwrap();
    let ids = ["request-id:ivs.GetChannel:", "content-type:ivs.GetStream:"];
    let found = judged(&baseline, report(&ids, ALL), &[]);
    baseline.add_new(&found, TODAY);
    let expected = "# Ours.\nschema = 1\n\n[[accept]]\nid = \"content-type:ivs.GetStream:\"\ncase = \"ivs.GetStream/setup/control\"\n\
                    first_seen = 2026-03-01\nreason = \"not explained yet\"\n\n# Until the rewrite.\n[[accept]]\n\
                    id = \"request-id:ivs.GetChannel:\" # one\nreason = \"no header yet\"\nfirst_seen = 2025-12-24\n\
                    expires = 2026-12-24\n";
    assert_eq!(baseline.text(), expected);
    let again = parse(expected).unwrap();
    assert_eq!(again.text(), expected, "a second update changes nothing");
    assert_eq!(again.entries()[1].line, 11);
}

#[test]
fn stale_entries_are_those_that_the_run_judged() {
    let text = "schema = 1\n[[accept]]\nid = 'request-id:ivs.GetChannel:'\ncase = 'ivs.GetChannel/setup/control'\n\
                [[accept]]\nid = 'rejects-invalid:ivs.GetStream:/x'\ncase = 'ivs.GetChannel/validation/x'\n\
                [[accept]]\nglob = 'content-type:ivs.Get*'\n";
    let baseline = parse(text).unwrap();
    let all: Vec<String> =
        bundled::model("ivs").unwrap().operations.iter().map(|operation| operation.id.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let whole = judged(&baseline, report(&[], &all), &[]);
    assert_eq!(stale(&whole).len(), 3);
    assert_eq!(whole.baseline.as_ref().unwrap().stale[1].line, 5);
    let one = judged(&baseline, report(&[], &["ivs.GetChannel"]), &[]);
    assert_eq!(stale(&one), ["request-id:ivs.GetChannel:"]);
    let suite = judged(&baseline, report(&[], &all), &[SuiteName::from_static("validation")]);
    assert_eq!(stale(&suite), ["rejects-invalid:ivs.GetStream:/x"]);
    let mut partial = report(&[], &all);
    partial.status = RunStatus::Partial { reason: "stopped".to_owned() };
    assert_eq!(stale(&judged(&baseline, partial, &[])), [""; 0]);
    let mut absent = report(&[], &all);
    absent.operations.iter_mut().for_each(|row| row.coverage = CoverageRow::NotImplemented);
    assert_eq!(stale(&judged(&baseline, absent, &[])), ["content-type:ivs.Get*"]);

    let mut pruned = baseline.clone();
    pruned.prune(&whole);
    assert_eq!(pruned.text(), "schema = 1\n");
}

#[test]
fn findings_of_operations_that_were_not_selected_neither_fail_nor_count() {
    let ids = ["request-id:ivs.CreateChannel:", "request-id:ivs.GetChannel:"];
    let found = judged(&parse("schema = 1").unwrap(), report(&ids, &["ivs.GetChannel"]), &[]);
    assert_eq!(found.baseline.as_ref().unwrap().new, 1);
    assert_eq!(found.without_accepted().findings.len(), 1);
    assert_eq!(found.findings[0].baseline, None);
}

#[test]
fn an_expired_entry_fails_and_another_entry_may_still_accept() {
    let text = "schema = 1\n[[accept]]\nid = 'request-id:ivs.GetChannel:'\nexpires = '2026-02-28'\n";
    let id: FindingId = "request-id:ivs.GetChannel:".parse().unwrap();
    assert_eq!(parse(text).unwrap().state_of(&id, TODAY), BaselineState::Expired);
    let both = format!("{text}[[accept]]\nglob = 'request-id:*'\n");
    assert_eq!(parse(&both).unwrap().state_of(&id, TODAY), BaselineState::Accepted);
}

#[test]
fn a_wrong_file_is_refused_with_line_and_way_out() {
    let entry = |lines: &str| refused(&format!("schema = 1\n\n[[accept]]\n{lines}\n"));
    for (error, place, says) in [
        (refused(""), ":1:", "Add `schema = 1`"),
        (refused("# a\nschema = 2"), ":2:", "schema 1, not 2"),
        (refused("schema = 1\nrequestid = 1"), ":2:", "unknown key 'requestid'"),
        (refused("schema = 1\naccept = 1"), ":2:", "[[accept]]"),
        (refused("schema = 1\n["), ":2:", "not valid TOML"),
        (entry("reason = 'x'"), ":3:", "no `id`"),
        (entry("id = 'request-id:ivs.GetChannel:'\nglob = '*'"), ":3:", "Keep one"),
        (entry("id = 'request-id:*'"), ":4:", "use the key `glob`"),
        (entry("id = 'request-id:ivs.*:'"), ":4:", "use the key `glob`"),
        (entry("id = 'request-ids:ivs.GetChannel:'"), ":4:", "Did you mean 'request-id'?"),
        (entry("id = 'request-id:ivs.GetChannels:'"), ":4:", "Did you mean 'ivs.GetChannel'?"),
        (entry("glob = 'request-id:ivs.Foo*'"), ":4:", "matches no operation"),
        (entry("glob = 'request-ids:*'"), ":4:", "Did you mean 'request-id'?"),
        (entry("id = 'request-id:ivs.GetChannel:'\nexpires = 2026-02-30"), ":5:", ""),
        (entry("id = 'request-id:ivs.GetChannel:'\ncase = 'validation'"), ":5:", "not the ID of a case"),
        (entry("id = 'request-id:ivs.GetChannel:'\nexpires = 'soon'"), ":5:", "must be a date"),
        (entry("id = 'request-id:ivs.GetChannel:'\nreasons = 'x'"), ":5:", "unknown key 'reasons'"),
        (entry("id = 'request-id:ivs.GetChannel:'\nreason = 3"), ":5:", "must be a text"),
        (entry("id = 'request-id:ivs.GetChannel:'\n[[accept]]\nid = 'request-id:ivs.GetChannel:'"), ":5:", "line 3"),
    ] {
        assert!(error.starts_with("accepted.toml:") && error.contains(place) && error.contains(says), "{error}");
    }
}

#[test]
fn only_findings_that_are_not_accepted_decide_about_the_outcome() {
    use crate::{FailOn, Outcome, Policy};
    let ids = ["request-id:ivs.GetChannel:", "content-type:ivs.GetStream:"];
    let baseline = parse("schema = 1\n[[accept]]\nglob = 'request-id:*'\n").unwrap();
    let outcome = |ids: &[&str]| {
        let mut report = judged(&baseline, report(ids, ALL), &[]);
        report.summary.findings.error = ids.len() as u64;
        report.summary.operations.exercised = 1;
        report.summary.cases.passed = 1;
        report.outcome(&Policy { fail_on: FailOn::Error, ..Policy::default() })
    };
    assert_eq!(outcome(&ids[..1]), Outcome::Conforms);
    assert_eq!(outcome(&ids), Outcome::Findings);
}
