//! Verdicts: a pass needs a right answer and a control that tells the difference.

use std::sync::Arc;

use ivs_client::{Exchange, FailureKind, Response};
use ivs_generators::{Case, Control, Echo, Effects, Expectation, ExpectedError, Mutation, Operator, Site, SiteKind};
use ivs_judge::{Answer, ControlEvidence, Evidence, RequestContext, Severity, Verdict};
use ivs_model::Authority;
use serde_json::{Value, json};

use crate::exchange::{answer, answered, call, case, channel, error, judge, unanswered, with_body};

fn validation() -> ExpectedError {
    ExpectedError { code: "ValidationException".to_owned(), status: 400 }
}

fn site() -> Site {
    Site { path: "/name".into(), kind: SiteKind::MaxLength }
}

fn invalid(authority: Authority, code_authority: Authority) -> Case {
    let name = Value::from("a".repeat(129));
    Case {
        id: case("ivs.CreateChannel/validation/length-above-max/name"),
        input: json!({"name": name}).into(),
        mutation: Some(Mutation {
            operator: Operator::LengthAboveMax,
            variant: "",
            site: site(),
            pointer: "/name".into(),
            before: Some(Arc::new(json!("a"))),
            after: Some(Arc::new(name)),
        }),
        expectation: Expectation::Rejected { errors: vec![validation()], authority, code_authority },
        control: Control::ValidTwin(json!({"name": "a"}).into()),
        sites: vec![site()],
        effects: Effects::default(),
    }
}

fn valid(control: Control) -> Case {
    Case {
        id: case("ivs.CreateChannel/validation/length-at-max/name"),
        input: json!({"name": "a"}).into(),
        mutation: None,
        expectation: Expectation::Accepted { authority: Authority::Model, unless: Vec::new() },
        control,
        ..invalid(Authority::Model, Authority::Model)
    }
}

fn echo() -> Control {
    Control::Echo(vec![Echo { input: "/name".to_owned(), output: "/channel/name".to_owned() }])
}

fn sent(response: Response) -> Exchange {
    answered(call("ivs.CreateChannel", &json!({"name": "a"})), response)
}

fn verdict(case: &Case, response: Response, control: Option<Response>) -> Verdict {
    judged(case, &sent(response), control.map(|control| judge().answer(&sent(control))).as_ref())
}

fn judged(case: &Case, exchange: &Exchange, control: Option<&Answer>) -> Verdict {
    let control = match (&case.control, control) {
        (_, None) => ControlEvidence::None,
        (Control::InvalidTwin { errors, .. }, Some(answer)) => ControlEvidence::invalid_twin(answer, errors),
        (_, Some(answer)) => ControlEvidence::valid_twin(answer),
    };
    let input = case.input.value();
    let context = RequestContext::invalid(&case.id).with_input(&input);
    let evidence = Evidence::default().with_control(control);
    judge().expectation(case, exchange, &judge().answer(exchange), evidence, &context)
}

fn is_indeterminate(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Indeterminate(_))
}

#[test]
fn a_rejection_passes_only_if_the_valid_twin_is_answered_otherwise() {
    let case = invalid(Authority::Model, Authority::Model);
    let rejection = || error(400, "ValidationException");
    assert_eq!(verdict(&case, rejection(), Some(answer(200, channel()))), Verdict::Pass);
    assert!(is_indeterminate(&verdict(&case, rejection(), None)));
    assert!(is_indeterminate(&verdict(&case, rejection(), Some(rejection()))));
    for twin in
        [error(500, "InternalServerException"), error(403, "AccessDeniedException"), error(429, "ThrottlingException")]
    {
        assert!(is_indeterminate(&verdict(&case, rejection(), Some(twin))));
    }
}

#[test]
fn code_and_status_must_both_match() {
    let case = invalid(Authority::Model, Authority::Model);
    for wrong in
        [error(422, "ValidationException"), error(400, "ConflictException"), answer(400, json!({"message": "a"}))]
    {
        let Verdict::Fail(findings) = verdict(&case, wrong, Some(answer(200, channel()))) else { panic!("a failure") };
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(findings[0].identity.to_string(), "rejects-invalid:ivs.CreateChannel:/name#max-length");
        assert_eq!(findings[0].pointer, "/name");
    }
}

#[test]
fn a_wrong_code_rests_on_the_code_and_no_rejection_on_the_rule() {
    let case = invalid(Authority::Protocol, Authority::Inferred);
    let severity = |response| match verdict(&case, response, None) {
        Verdict::Fail(findings) => findings[0].severity,
        other => panic!("{other:?}"),
    };
    assert_eq!(severity(error(404, "ResourceNotFoundException")), Severity::Warning);
    assert_eq!(severity(answer(200, channel())), Severity::Error);
    assert_eq!(severity(error(500, "InternalServerException")), Severity::Error);
}

#[test]
fn answers_that_tell_of_the_account_or_of_nothing_are_indeterminate() {
    let invalid = invalid(Authority::Model, Authority::Model);
    let valid = valid(echo());
    for response in [
        error(403, "AccessDeniedException"),
        error(402, "ServiceQuotaExceededException"),
        error(429, "ThrottlingException"),
    ] {
        assert!(is_indeterminate(&verdict(&invalid, response.clone(), None)));
        assert!(is_indeterminate(&verdict(&valid, response, None)));
    }
    let closed = unanswered(sent(answer(200, json!({}))), FailureKind::Closed);
    assert!(is_indeterminate(&judged(&invalid, &closed, None)));
    assert!(is_indeterminate(&judged(&valid, &closed, None)));
}

/// The two evaluators disagreed. The stricter one has an authority: a 2xx says that the request was accepted, whatever its
/// body (RFC 9110, 15.3), and the model says that it must not be.
#[test]
fn a_success_that_is_no_json_is_no_rejection() {
    let invalid = invalid(Authority::Model, Authority::Inferred);
    let html = with_body(answer(200, json!({})), b"<html></html>");
    let Verdict::Fail(findings) = verdict(&invalid, html, None) else { panic!("a failure") };
    assert_eq!(findings[0].severity, Severity::Error);
}

#[test]
fn an_acceptance_passes_only_on_evidence() {
    assert_eq!(verdict(&valid(echo()), answer(200, channel()), None), Verdict::Pass);
    assert!(is_indeterminate(&verdict(&valid(Control::Unavailable), answer(200, channel()), None)));
    assert!(is_indeterminate(&verdict(&valid(Control::Echo(Vec::new())), answer(200, channel()), None)));
    let twin = Control::InvalidTwin { input: json!({"name": 5}).into(), errors: vec![validation()] };
    assert_eq!(
        verdict(&valid(twin.clone()), answer(200, json!({})), Some(error(400, "ValidationException"))),
        Verdict::Pass
    );
    assert!(is_indeterminate(&verdict(&valid(twin.clone()), answer(200, json!({})), Some(answer(200, json!({}))))));
    assert!(is_indeterminate(&verdict(&valid(twin), answer(200, json!({})), None)));
}

#[test]
fn another_value_than_the_one_sent_is_found() {
    let mut body = channel();
    body["channel"]["name"] = json!("b");
    let Verdict::Fail(findings) = verdict(&valid(echo()), answer(200, body), None) else { panic!("a failure") };
    assert_eq!((findings[0].check.as_str(), findings[0].pointer.as_str()), ("echoes-input", "/channel/name"));
}

#[test]
fn an_empty_success_that_echoes_nothing_is_a_failure_to_echo() {
    assert!(matches!(verdict(&valid(echo()), answer(200, json!({})), None), Verdict::Fail(_)));
}

#[test]
fn a_valid_call_refused_like_its_base_is_one_finding_of_the_operation() {
    let refused = || error(400, "ValidationException");
    match verdict(&valid(echo()), refused(), Some(answer(200, channel()))) {
        Verdict::Fail(findings) => assert_eq!(findings[0].site, "/name#max-length"),
        other => panic!("{other:?}"),
    }
    let judge = judge();
    let (case, exchange) = (valid(echo()), sent(refused()));
    let answer_of = judge.answer(&exchange);
    let context = RequestContext::valid(&case.id);
    for _ in 0..3 {
        let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(&answer_of));
        assert!(is_indeterminate(&judge.expectation(&case, &exchange, &answer_of, evidence, &context)));
    }
    assert_eq!(judge.conclude_unanswered(), [], "nothing shows that the service serves anybody");
    let served = answered(call("ivs.ListChannels", &json!({})), answer(200, json!({"channels": []})));
    assert_eq!(judge.universal(&served, &context).findings, []);
    let identities: Vec<String> = judge.conclude_unanswered().iter().map(|it| it.identity.to_string()).collect();
    assert_eq!(identities, ["answers-valid-call:ivs.CreateChannel:input"]);
    // Where another valid call is accepted, it is the refused one that is wrong.
    let taken = sent(answer(200, channel()));
    assert_eq!(judge.universal(&taken, &context).findings, []);
    let identities: Vec<String> = judge.conclude_unanswered().iter().map(|it| it.identity.to_string()).collect();
    assert_eq!(identities, ["accepts-valid:ivs.CreateChannel:"]);
}

#[test]
fn a_state_that_no_request_can_bring_about_shows_that_the_input_was_taken() {
    let mut case = valid(Control::InvalidTwin { input: json!({"name": 5}).into(), errors: vec![validation()] });
    let broadcasting = ExpectedError { code: "ChannelNotBroadcasting".to_owned(), status: 404 };
    case.expectation = Expectation::Accepted { authority: Authority::Observed, unless: vec![broadcasting] };
    let refused = error(404, "ChannelNotBroadcasting");
    assert_eq!(verdict(&case, refused.clone(), Some(error(400, "ValidationException"))), Verdict::Pass);
    assert!(is_indeterminate(&verdict(&case, refused.clone(), Some(refused))));
}

#[test]
fn no_constant_answer_passes_anything() {
    let cases = [
        invalid(Authority::Model, Authority::Model),
        invalid(Authority::Protocol, Authority::Inferred),
        valid(echo()),
        valid(Control::Unavailable),
        valid(Control::InvalidTwin { input: json!({"name": 5}).into(), errors: vec![validation()] }),
    ];
    let constants = [
        answer(400, json!({})),
        answer(403, json!({})),
        answer(404, json!({})),
        answer(500, json!({})),
        answer(503, json!({})),
        answer(200, json!({})),
        error(400, "ValidationException"),
        error(403, "AccessDeniedException"),
    ];
    for case in &cases {
        for constant in &constants {
            let verdict = verdict(case, constant.clone(), Some(constant.clone()));
            assert_ne!(verdict, Verdict::Pass, "{} answered by {constant:?}", case.id);
        }
    }
}
