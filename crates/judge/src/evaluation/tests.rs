use ivs_client::FailureKind;

use super::*;
use crate::{Property, PropertySet};

const VALUES: PropertySet = PropertySet::of(&[Property::Values]);

/// What an endpoint has shown that does or does not reject invalid values.
fn shown(discriminates: bool) -> PropertySet {
    if discriminates { VALUES } else { PropertySet::of(&[Property::Body, Property::Signature]) }
}

fn error(name: &str, status: u16) -> Answer {
    Answer::Error { name: name.to_owned(), status }
}

fn errors(list: &[(&str, u16)]) -> Vec<ExpectedError> {
    list.iter().map(|(code, status)| ExpectedError { code: (*code).to_owned(), status: *status }).collect()
}

fn validation() -> Vec<ExpectedError> {
    errors(&[("ValidationException", 400)])
}

fn why() -> Missing {
    Missing::NotLent("why".to_owned())
}

fn success() -> Answer {
    Answer::Success { status: 200 }
}

/// `match`, `inconclusive`, or the authority of the mismatch.
fn outcome(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::Match => "match".to_owned(),
        Evaluation::Inconclusive(_) => "inconclusive".to_owned(),
        Evaluation::Mismatch(mismatch) => {
            mismatch.authority.map_or("mismatch".to_owned(), |authority| format!("mismatch by {authority:?}"))
        }
    }
}

fn rejected<'e>(errors: &'e [ExpectedError]) -> Expected<'e> {
    Expected::rejected(errors, Authority::Protocol, Authority::Inferred).at("site", "/a")
}

fn accepted<'e>(unless: &'e [ExpectedError]) -> Expected<'e> {
    Expected::accepted().because(Authority::Model).or_one_of(unless).with_status(200).at("site", "")
}

/// Every kind of answer, with what it amounts to where `400 ValidationException` is expected, and where 200 or
/// `404 ChannelNotBroadcasting` is; both with a control that tells.
fn table() -> Vec<(Answer, &'static str, &'static str)> {
    let absent = |name: Option<&str>, status| Answer::Absent { name: name.map(str::to_owned), status };
    vec![
        (success(), "mismatch by Protocol", "match"),
        (Answer::Success { status: 204 }, "mismatch by Protocol", "mismatch"),
        (error("ValidationException", 400), "match", "mismatch by Model"),
        (error("ValidationException", 422), "mismatch by Inferred", "mismatch by Model"),
        (error("ValidationException", 500), "mismatch by Protocol", "mismatch by Model"),
        (error("ChannelNotBroadcasting", 404), "mismatch by Inferred", "match"),
        (error("InternalServerException", 500), "mismatch by Protocol", "mismatch by Model"),
        (error("AccessDeniedException", 403), "inconclusive", "inconclusive"),
        (error("ServiceQuotaExceededException", 402), "inconclusive", "inconclusive"),
        (Answer::Nameless { status: 400 }, "mismatch by Inferred", "mismatch by Model"),
        (Answer::Nameless { status: 403 }, "inconclusive", "inconclusive"),
        (Answer::Nameless { status: 503 }, "mismatch by Protocol", "mismatch by Model"),
        (Answer::Throttled { status: 429 }, "inconclusive", "inconclusive"),
        (Answer::Throttled { status: 503 }, "inconclusive", "inconclusive"),
        (absent(None, 404), "mismatch by Inferred", "mismatch by Model"),
        (absent(None, 501), "mismatch by Protocol", "mismatch by Model"),
        (absent(Some("NotFound"), 404), "mismatch by Inferred", "mismatch by Model"),
        (absent(Some("ChannelNotBroadcasting"), 404), "mismatch by Inferred", "match"),
        (Answer::Other { status: 302 }, "mismatch by Protocol", "mismatch by Model"),
        (Answer::None(FailureKind::Closed), "inconclusive", "inconclusive"),
        (Answer::None(FailureKind::Timeout), "inconclusive", "inconclusive"),
    ]
}

#[test]
fn every_kind_of_answer_is_evaluated() {
    let (right, state) = (validation(), errors(&[("ChannelNotBroadcasting", 404)]));
    let (twin, invalid) = (success(), error("ValidationException", 400));
    for (answer, as_rejection, as_acceptance) in table() {
        let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(&twin));
        assert_eq!(outcome(&rejected(&right).evaluate(&answer, &evidence)), as_rejection, "{answer}");
        let evidence = Evidence::default().with_control(ControlEvidence::invalid_twin(&invalid, &right));
        assert_eq!(outcome(&accepted(&state).evaluate(&answer, &evidence)), as_acceptance, "{answer}");
    }
}

#[test]
fn without_a_control_nothing_matches_and_what_mismatches_still_does() {
    let (right, state) = (validation(), errors(&[("ChannelNotBroadcasting", 404)]));
    for control in [ControlEvidence::None, ControlEvidence::NotSent("the run has ended")] {
        let evidence = Evidence::default().with_control(control);
        for (answer, as_rejection, as_acceptance) in table() {
            let without = |with: &str| if with == "match" { "inconclusive".to_owned() } else { with.to_owned() };
            assert_eq!(outcome(&rejected(&right).evaluate(&answer, &evidence)), without(as_rejection), "{answer}");
            assert_eq!(outcome(&accepted(&state).evaluate(&answer, &evidence)), without(as_acceptance), "{answer}");
        }
    }
}

#[test]
fn earlier_calls_of_the_case_are_a_control() {
    assert_eq!(
        rejected(&validation()).evaluate(&error("ValidationException", 400), &Evidence::implied()),
        Evaluation::Match
    );
    assert_eq!(Expected::accepted().evaluate(&success(), &Evidence::implied()), Evaluation::Match);
}

#[test]
fn a_rejection_needs_a_valid_twin_that_is_answered_otherwise_and_conclusively() {
    let right = validation();
    let answer = error("ValidationException", 400);
    let with = |twin: &Answer, role| {
        let control = ControlEvidence::Answered { answer: twin, role, name: "the twin" };
        outcome(&rejected(&right).evaluate(&answer, &Evidence::default().with_control(control)))
    };
    let other = error("ResourceNotFoundException", 404);
    let vague = [
        answer.clone(),
        error("InternalServerException", 500),
        error("AccessDeniedException", 403),
        Answer::Throttled { status: 429 },
        Answer::Other { status: 302 },
        Answer::None(FailureKind::Closed),
    ];
    for role in [ControlRole::Valid, ControlRole::MustSucceed] {
        assert_eq!(with(&success(), role), "match");
        for twin in &vague {
            assert_eq!(with(twin, role), "inconclusive", "{twin}");
        }
    }
    assert_eq!(with(&other, ControlRole::Valid), "match");
    assert_eq!(with(&other, ControlRole::MustSucceed), "inconclusive", "it names only what exists");
    // Which control a rejection gets does not depend on whether the endpoint discriminates elsewhere.
    let evidence = Evidence { needed: VALUES, shown: VALUES, ..Evidence::default() };
    assert_eq!(outcome(&rejected(&right).evaluate(&answer, &evidence)), "inconclusive");
}

#[test]
fn an_acceptance_needs_an_echo_a_refused_control_or_an_endpoint_that_discriminates() {
    let right = validation();
    let accept = |evidence: Evidence<'_>| outcome(&accepted(&[]).evaluate(&success(), &evidence));
    let echo = |echo| Evidence { echo, ..Evidence::default() };
    assert_eq!(accept(echo(EchoEvidence::Shown)), "match");
    assert_eq!(accept(echo(EchoEvidence::NotShown)), "inconclusive");
    assert_eq!(accept(Evidence { needed: VALUES, shown: VALUES, ..echo(EchoEvidence::NotShown) }), "match");
    let differs = EchoEvidence::Differs { place: "/name".to_owned(), actual: "another value" };
    assert_eq!(accept(Evidence { needed: VALUES, shown: VALUES, ..echo(differs) }), "mismatch");
    let with = |answer: &Answer, role, discriminates| {
        let control = ControlEvidence::Answered { answer, role, name: "the twin" };
        accept(Evidence { control, needed: VALUES, shown: shown(discriminates), ..Evidence::default() })
    };
    let (refusal, other) = (error("ValidationException", 400), error("ConflictException", 409));
    assert_eq!(with(&refusal, ControlRole::MustFailWith(&right), false), "match");
    assert_eq!(with(&other, ControlRole::MustFailWith(&right), false), "inconclusive");
    assert_eq!(with(&other, ControlRole::MustFailWith(&right), true), "match");
    assert_eq!(with(&other, ControlRole::MustFail, false), "match");
    for vague in [success(), error("InternalServerException", 500), Answer::None(FailureKind::Closed)] {
        assert_eq!(with(&vague, ControlRole::MustFail, false), "inconclusive", "{vague}");
    }
    // The usual valid call shows nothing of the input of another one.
    assert_eq!(with(&refusal, ControlRole::Valid, false), "inconclusive");
    assert_eq!(with(&refusal, ControlRole::Valid, true), "match");
}

#[test]
fn a_valid_call_that_is_refused_like_its_base_is_reported_for_the_operation() {
    let conflict = error("ConflictException", 409);
    let site = |control: &Answer, role| {
        let control = ControlEvidence::Answered { answer: control, role, name: "the base" };
        let evidence = Evidence::default().with_control(control);
        let (expected, answer) = (accepted(&[]), &conflict);
        match (expected.evaluate(answer, &evidence), expected.refused_like_base(answer, &evidence)) {
            (Evaluation::Mismatch(mismatch), None) => mismatch.site,
            // The judge reports it once, at the end.
            (Evaluation::Inconclusive(_), Some(Some(Authority::Model))) => String::new(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(site(&conflict, ControlRole::Valid), "");
    for control in [success(), error("ConflictException", 400), error("ValidationException", 409)] {
        assert_eq!(site(&control, ControlRole::Valid), "site", "{control}");
    }
    assert_eq!(site(&conflict, ControlRole::MustFail), "site");
    // What excuses the refusal excuses the operation, too.
    let state = errors(&[("ConflictException", 409)]);
    let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(&conflict));
    assert_eq!(accepted(&state).refused_like_base(&conflict, &evidence), None);
    let missing = Evidence { missing: Some(&why()), ..evidence };
    assert_eq!(accepted(&[]).refused_like_base(&conflict, &missing), None);
}

/// The suites disagreed where an input names a resource that is missing: `errors` excused any answer, `validation` only one
/// that the absence explains, `protocol` none. A success and a failing server are explained by no absence; which of two
/// faults a 404 names is settled nowhere.
#[test]
fn a_missing_resource_excuses_only_what_its_absence_explains() {
    let right = validation();
    let twin = success();
    let reject = |answer: &Answer, well_formed| {
        let control = ControlEvidence::valid_twin(&twin);
        let evidence = Evidence { control, missing: Some(&why()), well_formed, ..Evidence::default() };
        outcome(&rejected(&right).evaluate(answer, &evidence))
    };
    let not_found = error("ResourceNotFoundException", 404);
    for well_formed in [false, true] {
        assert_eq!(reject(&success(), well_formed), "mismatch by Protocol");
        assert_eq!(reject(&error("InternalServerException", 500), well_formed), "mismatch by Protocol");
        assert_eq!(reject(&not_found, well_formed), "inconclusive");
        assert_eq!(reject(&error("ValidationException", 400), well_formed), "match");
    }
    assert_eq!(reject(&error("ConflictException", 409), false), "mismatch by Inferred");
    assert_eq!(reject(&error("ConflictException", 409), true), "inconclusive", "the absence is the only fault");

    let evidence = Evidence { missing: Some(&why()), ..Evidence::implied() };
    let gone = errors(&[("ResourceNotFoundException", 404)]);
    assert_eq!(outcome(&rejected(&gone).evaluate(&not_found, &evidence)), "inconclusive", "it may name the other one");
    for refusal in [&not_found, &error("ConflictException", 409), &Answer::Nameless { status: 400 }] {
        assert_eq!(outcome(&accepted(&[]).evaluate(refusal, &evidence)), "inconclusive");
    }
    assert_eq!(outcome(&accepted(&[]).evaluate(&error("X", 500), &evidence)), "mismatch by Model");
    assert_eq!(outcome(&accepted(&[]).evaluate(&success(), &evidence)), "match");
    assert_eq!(outcome(&accepted(&[]).evaluate(&Answer::Success { status: 204 }, &evidence)), "mismatch");
}

#[test]
fn what_the_input_names_outside_the_services_excuses_a_refusal_and_no_failing_server() {
    let externals = ["role".to_owned()];
    let evidence = Evidence { externals: &externals, ..Evidence::implied() };
    let accept = |answer: &Answer| outcome(&accepted(&[]).evaluate(answer, &evidence));
    assert_eq!(accept(&error("ValidationException", 400)), "inconclusive");
    assert_eq!(accept(&error("InternalServerException", 500)), "mismatch by Model");
    assert_eq!(accept(&success()), "match");
}

/// Five suites let a failing server or a redirect pass as inconclusive where a success is expected; `validation`, `protocol`
/// and `auth` did not. The stricter reading has an authority: the one that the success is expected on. What is transient was
/// retried before.
#[test]
fn a_failing_server_does_not_accept() {
    let expected = Expected::accepted().because(Authority::Documented);
    for answer in
        [error("InternalServerException", 500), Answer::Nameless { status: 503 }, Answer::Other { status: 302 }]
    {
        assert_eq!(outcome(&expected.evaluate(&answer, &Evidence::implied())), "mismatch by Documented", "{answer}");
    }
}

/// The evaluators disagreed on a refused permission. Where one is expected, another refusal than the control's is judged by
/// its name; elsewhere, and where the control is refused alike, it is about the account. A rate limit always is.
#[test]
fn a_refused_permission_is_judged_where_one_is_expected_and_the_control_has_another_answer() {
    let forbidden = errors(&[("InvalidSignatureException", 403)]);
    let evaluate = |right: &[ExpectedError], answer: &Answer, control: &Answer| {
        let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(control));
        outcome(&rejected(right).before_all_else().evaluate(answer, &evidence))
    };
    let denied = error("AccessDeniedException", 403);
    assert_eq!(evaluate(&forbidden, &denied, &success()), "mismatch by Inferred");
    assert_eq!(evaluate(&forbidden, &denied, &denied), "inconclusive");
    assert_eq!(evaluate(&validation(), &denied, &success()), "inconclusive");
    assert_eq!(evaluate(&forbidden, &Answer::Throttled { status: 429 }, &success()), "inconclusive");
}

/// Only for a signature is the order of faults settled: it is looked at before anything else (facts: auth-failures), so a
/// refusal that the rightly signed request gets too shows that nobody looked.
#[test]
fn a_refusal_that_the_control_gets_too_is_none_where_the_fault_comes_first() {
    let right = validation();
    let conflict = error("ConflictException", 409);
    let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(&conflict));
    assert_eq!(outcome(&rejected(&right).evaluate(&conflict, &evidence)), "inconclusive");
    for vague in [Answer::Nameless { status: 400 }, error("ValidationException", 400), error("X", 500)] {
        let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(&vague));
        let forbidden = errors(&[("InvalidSignatureException", 403)]);
        let evaluation = rejected(&forbidden).before_all_else().evaluate(&vague, &evidence);
        assert_eq!(outcome(&evaluation), "inconclusive", "{vague} does not say that the resource was looked at");
    }
    assert_eq!(outcome(&rejected(&right).before_all_else().evaluate(&conflict, &evidence)), "mismatch by Protocol");
    let missing = Evidence { control: ControlEvidence::valid_twin(&conflict), ..Evidence::default() };
    assert!(!rejected(&right).before_all_else().is_refused(&conflict, &missing));
    assert!(rejected(&right).is_refused(&conflict, &missing));
}

#[test]
fn where_the_request_without_the_fault_fares_no_better_the_fault_is_not_to_blame() {
    let right = validation();
    let evaluate = |answer: &Answer, role| {
        let control = ControlEvidence::Answered { answer, role, name: "the call without a token" };
        outcome(&rejected(&right).evaluate(answer, &Evidence::default().with_control(control)))
    };
    assert_eq!(evaluate(&error("InternalServerException", 500), ControlRole::MustSucceed), "inconclusive");
    assert_eq!(evaluate(&success(), ControlRole::MustSucceed), "mismatch by Protocol");
    assert_eq!(evaluate(&error("InternalServerException", 500), ControlRole::Valid), "inconclusive");
    let other = |answer: &Answer| {
        let control = error("InternalServerException", 500);
        let evidence = Evidence::default().with_control(ControlEvidence::valid_twin(&control));
        outcome(&rejected(&right).evaluate(answer, &evidence))
    };
    assert_eq!(other(&error("InternalServerException", 503)), "mismatch by Protocol");
    assert_eq!(other(&error("ServiceException", 500)), "mismatch by Protocol");
}

#[test]
fn an_equivalent_request_is_answered_like_its_control() {
    let expected = Expected::like_control().because(Authority::Documented).at("site", "");
    let evaluate = |answer: &Answer, control: &Answer, discriminates| {
        let control = ControlEvidence::Answered { answer: control, role: ControlRole::Valid, name: "the usual form" };
        outcome(&expected.evaluate(
            answer,
            &Evidence { control, needed: VALUES, shown: shown(discriminates), ..Evidence::default() },
        ))
    };
    assert_eq!(evaluate(&success(), &success(), true), "match");
    assert_eq!(evaluate(&success(), &success(), false), "inconclusive");
    assert_eq!(evaluate(&Answer::Success { status: 201 }, &success(), true), "mismatch by Documented");
    assert_eq!(evaluate(&error("X", 500), &success(), true), "mismatch by Documented");
    // `protocol` excused a 403, `auth` did not: the control of the same account was allowed the same.
    assert_eq!(evaluate(&error("InvalidSignatureException", 403), &success(), true), "mismatch by Documented");
    let account = [error("ServiceQuotaExceededException", 402), Answer::Throttled { status: 429 }];
    for answer in account.iter().chain([&Answer::None(FailureKind::Closed)]) {
        assert_eq!(evaluate(answer, &success(), true), "inconclusive", "{answer}");
        assert_eq!(evaluate(&success(), answer, true), "inconclusive", "{answer}");
    }
    let missing = Evidence { missing: Some(&why()), ..Evidence::default() };
    let control = success();
    let missing = missing.with_control(ControlEvidence::valid_twin(&control));
    assert_eq!(outcome(&expected.evaluate(&error("ResourceNotFoundException", 404), &missing)), "inconclusive");
    for control in [ControlEvidence::None, ControlEvidence::NotSent("why"), ControlEvidence::Implied] {
        let evidence = Evidence { needed: VALUES, shown: VALUES, ..Evidence::default() }.with_control(control);
        assert_eq!(outcome(&expected.evaluate(&success(), &evidence)), "inconclusive");
    }
}

#[test]
fn where_nothing_is_settled_the_answer_of_the_control_is_no_fault_of_the_variant() {
    let evaluate = |answer: &Answer, control: &Answer| {
        let control = ControlEvidence::Answered { answer: control, role: ControlRole::Valid, name: "the usual form" };
        outcome(&Expected::answered(true).evaluate(answer, &Evidence::default().with_control(control)))
    };
    let nameless = Answer::Nameless { status: 400 };
    assert_eq!(evaluate(&nameless, &nameless), "inconclusive");
    assert_eq!(evaluate(&nameless, &success()), "mismatch by Inferred");
}

#[test]
fn where_nothing_is_settled_an_answer_has_to_be_a_success_or_name_its_error() {
    let evaluate = |answer: &Answer, is_routed, discriminates| {
        let evidence = Evidence { needed: VALUES, shown: shown(discriminates), ..Evidence::default() };
        outcome(&Expected::answered(is_routed).evaluate(answer, &evidence))
    };
    for answer in [success(), error("X", 400), Answer::Throttled { status: 429 }] {
        assert_eq!(evaluate(&answer, true, true), "match", "{answer}");
        assert_eq!(evaluate(&answer, true, false), "inconclusive", "{answer}");
    }
    let bare = Answer::Absent { status: 404, name: None };
    assert_eq!(evaluate(&bare, true, true), "mismatch by Inferred");
    assert_eq!(evaluate(&bare, false, true), "inconclusive");
    assert_eq!(evaluate(&error("X", 500), true, true), "mismatch by Inferred");
    assert_eq!(evaluate(&Answer::None(FailureKind::Closed), true, true), "inconclusive");
}

/// Nobody knows whether the names of the input stand for anything.
#[test]
fn a_refusal_that_may_be_about_an_unknown_name_shows_nothing() {
    let right = validation();
    let twin = success();
    let evidence = Evidence { missing: Some(&Missing::Unknown), ..Evidence::default() };
    let evidence = evidence.with_control(ControlEvidence::valid_twin(&twin));
    let as_rejection = |answer: &Answer| outcome(&rejected(&right).evaluate(answer, &evidence));
    for answer in [
        error("ResourceNotFoundException", 404),
        error("ResourceNotFoundException", 400),
        error("ConflictException", 409),
        error("LimitExceededException", 400),
        Answer::Absent { status: 404, name: None },
    ] {
        assert_eq!(as_rejection(&answer), "inconclusive", "{answer}");
    }
    assert_eq!(as_rejection(&success()), "mismatch by Protocol");
    assert_eq!(as_rejection(&error("MissingParameter", 400)), "mismatch by Inferred");
    assert_eq!(as_rejection(&Answer::Nameless { status: 500 }), "mismatch by Protocol");
    for refusal in [error("ResourceNotFoundException", 404), error("ValidationException", 400)] {
        assert_eq!(outcome(&accepted(&[]).evaluate(&refusal, &evidence)), "inconclusive", "{refusal}");
    }
    let Evaluation::Mismatch(failing) = accepted(&[]).evaluate(&Answer::Nameless { status: 500 }, &evidence) else {
        panic!("a 5xx is right for no name");
    };
    assert_eq!(failing.expected, "200 or a 4xx");
}
