//! Chat rooms, their tokens, and moderation.

use std::time::{Duration, SystemTime};

use aws_sdk_ivschat::Error;
use aws_sdk_ivschat::types::{
    ChatTokenCapability, FallbackResult, MessageReviewHandler, ValidationExceptionReason,
};

use crate::refusal::Refusal::{Absent, Invalid};
use crate::refusal::chat as refused;
use crate::sdk::{ACCOUNT, MALFORMED, REGION, Sdk, absent};

/// The ARN of a Lambda function that could review messages.
fn lambda() -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:review")
}

/// Creates a room and returns its ARN.
pub(crate) async fn make(sdk: &Sdk) -> String {
    sdk.chat.create_room().send().await.expect("a room").arn.expect("an ARN")
}

pub(crate) async fn a_bare_room_has_the_documented_defaults(sdk: &Sdk) {
    let made = sdk.chat.create_room().send().await.unwrap();
    assert_eq!(made.maximum_message_rate_per_second(), Some(10));
    assert_eq!(made.maximum_message_length(), Some(500));
    let (arn, id) = (made.arn().unwrap(), made.id().unwrap());
    assert_eq!(arn, format!("arn:aws:ivschat:{REGION}:{ACCOUNT}:room/{id}"));
    assert_eq!(id.len(), 12);
    assert!(made.create_time().is_some() && made.update_time().is_some());
}

pub(crate) async fn a_room_is_made_changed_and_removed(sdk: &Sdk) {
    let handler = MessageReviewHandler::builder().uri(lambda()).fallback_result(FallbackResult::Deny).build();
    let made = sdk
        .chat
        .create_room()
        .name("lobby")
        .maximum_message_length(100)
        .message_review_handler(handler.clone())
        .tags("team", "talk")
        .send()
        .await
        .unwrap();
    let arn = made.arn().unwrap();
    assert_eq!(made.message_review_handler(), Some(&handler));
    assert_eq!(made.tags().unwrap()["team"], "talk");

    let detached = MessageReviewHandler::builder().uri("").build();
    let update = sdk.chat.update_room().identifier(arn).name("hall");
    let updated = update.message_review_handler(detached).send().await.unwrap();
    assert_eq!(updated.name(), Some("hall"));
    assert_eq!(updated.maximum_message_length(), Some(100));
    assert!(updated.message_review_handler().is_none_or(|handler| handler.uri() == Some("")));
    let read = sdk.chat.get_room().identifier(arn).send().await.unwrap();
    assert_eq!(read.name(), Some("hall"));
    assert_eq!(read.update_time(), updated.update_time());

    make(sdk).await;
    let named = sdk.chat.list_rooms().name("hall").send().await.unwrap();
    let [summary] = named.rooms() else {
        panic!("one room has that name: {named:?}");
    };
    assert_eq!(summary.arn(), Some(arn));

    sdk.chat.delete_room().identifier(arn).send().await.unwrap();
    let gone = refused(Absent, sdk.chat.get_room().identifier(arn).send().await);
    let Error::ResourceNotFoundException(gone) = gone else {
        panic!("the error is typed: {gone:?}");
    };
    assert_eq!(gone.resource_id(), made.id().unwrap());
    refused(Absent, sdk.chat.delete_room().identifier(arn).send().await);
}

pub(crate) async fn a_chat_token_is_used_soon_and_lasts_long(sdk: &Sdk) {
    let now = SystemTime::now();
    let create = sdk.chat.create_chat_token().room_identifier(make(sdk).await).user_id("anna");
    let token = create
        .capabilities(ChatTokenCapability::SendMessage)
        .attributes("colour", "blue")
        .session_duration_in_minutes(30)
        .send()
        .await
        .unwrap();
    assert!(token.token().is_some_and(|text| !text.is_empty()));
    let life = |end: Option<&aws_smithy_types::DateTime>| {
        SystemTime::try_from(*end.unwrap()).unwrap().duration_since(now).unwrap()
    };
    let near = |life: Duration, minutes: u64| life.abs_diff(Duration::from_secs(minutes * 60)).as_secs() < 30;
    assert!(near(life(token.token_expiration_time()), 1), "{token:?}");
    assert!(near(life(token.session_expiration_time()), 30), "{token:?}");
}

pub(crate) async fn a_moderator_acts_without_anyone_there(sdk: &Sdk) {
    let room = make(sdk).await;
    let send = sdk.chat.send_event().room_identifier(&room).event_name("applause");
    let sent = send.attributes("level", "9").send().await.unwrap();
    assert_eq!(sent.id().map(str::len), Some(12));
    let delete = sdk.chat.delete_message().room_identifier(&room).id("AbCdEfGh1234");
    let deleted = delete.reason("rude").send().await.unwrap();
    assert_eq!(deleted.id().map(str::len), Some(12));
    let disconnect = sdk.chat.disconnect_user().room_identifier(&room).user_id("anna");
    disconnect.reason("rude").send().await.unwrap();
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let chat = &sdk.chat;
    let room = absent("ivschat", "room");
    refused(Absent, chat.get_room().identifier(&room).send().await);
    refused(Absent, chat.update_room().identifier(&room).name("x").send().await);
    refused(Absent, chat.delete_room().identifier(&room).send().await);
    refused(Absent, chat.create_chat_token().room_identifier(&room).user_id("u").send().await);
    refused(Absent, chat.send_event().room_identifier(&room).event_name("e").send().await);
    refused(Absent, chat.delete_message().room_identifier(&room).id("AbCdEfGh1234").send().await);
    refused(Absent, chat.disconnect_user().room_identifier(&room).user_id("u").send().await);
    let logging = absent("ivschat", "logging-configuration");
    let create = chat.create_room().logging_configuration_identifiers(&logging);
    refused(Absent, create.send().await);
    refused(Absent, chat.list_rooms().logging_configuration_identifier(&logging).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let chat = &sdk.chat;
    let error = refused(Invalid, chat.create_room().maximum_message_length(501).send().await);
    let Error::ValidationException(invalid) = error else {
        panic!("the error is typed: {error:?}");
    };
    assert_eq!(invalid.reason(), &ValidationExceptionReason::FieldValidationFailed);
    let room = absent("ivschat", "room");
    refused(Invalid, chat.get_room().identifier(MALFORMED).send().await);
    refused(Invalid, chat.update_room().send().await);
    refused(Invalid, chat.delete_room().send().await);
    refused(Invalid, chat.list_rooms().max_results(51).send().await);
    let token = chat.create_chat_token().room_identifier(&room).user_id("u");
    refused(Invalid, token.session_duration_in_minutes(181).send().await);
    let event = chat.send_event().room_identifier(&room);
    refused(Invalid, event.event_name("e".repeat(101)).send().await);
    refused(Invalid, chat.delete_message().room_identifier(&room).id("AbCdEfGh123").send().await);
    refused(Invalid, chat.disconnect_user().room_identifier(&room).send().await);
}
