//! The expectations and the controls of the cases.

use ivs_generators::{Authority, Case, Control, Expectation, ExpectedError, SiteKind};
use ivs_model::{Model, pointer, validate};

use crate::models::{Planned, bundled_plans};

fn case<'a>(service: usize, id: &str) -> &'a Case {
    let plan = &bundled_plans()[service].plan;
    plan.cases.iter().find(|case| case.id.to_string() == id).unwrap_or_else(|| panic!("{id} is not planned"))
}

fn error(code: &str, status: u16) -> ExpectedError {
    ExpectedError { code: code.to_owned(), status }
}

/// Returns every case with its model.
fn cases() -> impl Iterator<Item = (&'static Planned, &'static Case)> {
    bundled_plans().iter().flat_map(|planned| planned.plan.cases.iter().map(move |case| (planned, case)))
}

#[test]
fn every_violation_expects_a_validation_error() {
    for (_, case) in cases().filter(|(_, case)| !case.is_valid()) {
        let Expectation::Rejected { errors, .. } = &case.expectation else {
            panic!("{} may be accepted", case.id);
        };
        assert!(errors.contains(&error("ValidationException", 400)), "{}", case.id);
    }
}

#[test]
fn rejection_of_a_wrong_type_is_of_the_protocol_and_its_code_inferred() {
    for (_, case) in cases() {
        let Some(mutation) = case.mutation.as_ref().filter(|mutation| mutation.site.kind == SiteKind::Type) else {
            continue;
        };
        let Expectation::Rejected { errors, authority, code_authority } = &case.expectation else {
            panic!("{} may be accepted", case.id);
        };
        assert_eq!((*authority, *code_authority), (Authority::Protocol, Authority::Inferred), "{mutation:?}");
        assert!(errors.contains(&error("SerializationException", 400)));
    }
}

#[test]
fn corrected_pattern_does_not_have_the_authority_of_the_model() {
    let case = case(0, "ivs.ListTagsForResource/validation/pattern-miss/resourceArn:space");
    assert!(matches!(&case.expectation, Expectation::Rejected { authority, .. } if *authority != Authority::Model));
}

#[test]
fn state_that_no_request_creates_allows_its_error() {
    let unless = |service, id| match &case(service, id).expectation {
        Expectation::Accepted { unless, .. } => unless.clone(),
        Expectation::Rejected { .. } => panic!("{id} is valid"),
    };
    assert_eq!(unless(0, "ivs.GetStream/validation/valid-minimal"), [error("ChannelNotBroadcasting", 404)]);
    assert_eq!(unless(0, "ivs.GetStreamSession/validation/valid-minimal"), [error("ResourceNotFoundException", 404)]);
    assert_eq!(
        unless(1, "ivs-realtime.GetParticipant/validation/valid-minimal"),
        [error("ResourceNotFoundException", 404)]
    );
    assert_eq!(
        unless(0, "ivs.CreateStreamKey/validation/valid-minimal"),
        [error("ServiceQuotaExceededException", 402)]
    );
    assert_eq!(unless(0, "ivs.GetChannel/validation/valid-minimal"), []);
    assert_eq!(unless(2, "ivschat.CreateRoom/validation/valid-minimal"), []);
}

#[test]
fn twin_is_on_the_other_side() {
    let breaks = |planned: &Planned, case: &Case, input: &serde_json::Value| {
        let shape = planned.model.operation(case.operation().name()).and_then(|operation| operation.input);
        !validate(&planned.model, shape.expect("it has an input"), &planned.samples.fill(input)).is_empty()
    };
    for (planned, case) in cases() {
        match &case.control {
            Control::ValidTwin(twin) => {
                assert!(!case.is_valid() && !breaks(planned, case, &twin.value()), "{}", case.id);
            }
            Control::InvalidTwin { input, errors } => {
                assert!(case.is_valid() && !errors.is_empty() && breaks(planned, case, &input.value()), "{}", case.id);
            }
            Control::Echo(_) => assert!(case.is_valid(), "{}", case.id),
            Control::Unavailable => panic!("{} has no control", case.id),
        }
    }
}

#[test]
fn echo_is_sent_and_can_be_returned() {
    let mut echoes = 0;
    for (planned, case) in cases() {
        let Control::Echo(pairs) = &case.control else { continue };
        for echo in pairs {
            echoes += 1;
            assert!(
                case.input.value().pointer(&echo.input).is_some_and(|value| !value.is_null()),
                "{}: {echo:?}",
                case.id
            );
            assert!(has_output(&planned.model, case, &echo.output), "{}: {echo:?}", case.id);
        }
    }
    assert!(echoes > 500, "{echoes} echoes");
}

fn has_output(model: &Model, case: &Case, output: &str) -> bool {
    let mut here = model.operation(case.operation().name()).and_then(|operation| operation.output);
    for name in pointer::tokens(output) {
        let member = model.members(here).iter().find(|member| member.name == name);
        let Some(member) = member.filter(|member| !model.shape(member.shape).sensitive) else {
            return false;
        };
        here = Some(member.shape);
    }
    true
}

#[test]
fn effects_name_created_changed_and_deleted_resources() {
    let effects = |service, id| case(service, id).effects.clone();
    assert_eq!(effects(0, "ivs.CreateChannel/validation/valid-minimal").creates, ["channel", "stream-key"]);
    assert_eq!(effects(0, "ivs.DeletePlaybackKeyPair/validation/valid-minimal").consumes, ["playback-key"]);
    assert_eq!(effects(1, "ivs-realtime.StopComposition/validation/valid-minimal").consumes, ["composition"]);
    assert_eq!(effects(2, "ivschat.UpdateRoom/validation/valid-minimal").mutates, ["room"]);
    assert_eq!(effects(2, "ivschat.GetRoom/validation/valid-minimal"), ivs_generators::Effects::default());
    assert_eq!(effects(1, "ivs-realtime.CreateStorageConfiguration/validation/valid-minimal").external, ["s3-bucket"]);
}
