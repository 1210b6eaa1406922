//! Logging configurations of Chat: three destinations, asynchronous states, ten of them.

use aws_sdk_ivschat::Error;
use aws_sdk_ivschat::types::{
    CloudWatchLogsDestinationConfiguration, DestinationConfiguration,
    FirehoseDestinationConfiguration, LoggingConfigurationState, S3DestinationConfiguration,
};

use crate::refusal::Refusal::{Absent, Conflict, Invalid, Quota};
use crate::refusal::chat as refused;
use crate::sdk::{MALFORMED, Sdk, absent};

/// Longer than any transitional state, in seconds of the emulator's clock.
const SETTLED: u32 = 120;

fn to_bucket(name: &str) -> DestinationConfiguration {
    DestinationConfiguration::S3(S3DestinationConfiguration::builder().bucket_name(name).build().unwrap())
}

fn to_firehose(name: &str) -> DestinationConfiguration {
    let firehose = FirehoseDestinationConfiguration::builder().delivery_stream_name(name);
    DestinationConfiguration::Firehose(firehose.build().unwrap())
}

fn to_logs(group: &str) -> DestinationConfiguration {
    let logs = CloudWatchLogsDestinationConfiguration::builder().log_group_name(group);
    DestinationConfiguration::CloudWatchLogs(logs.build().unwrap())
}

/// Creates a logging configuration and returns its ARN. Its state is still transitional.
async fn make(sdk: &Sdk) -> String {
    let create = sdk.chat.create_logging_configuration();
    let made = create.destination_configuration(to_bucket("chat-logs")).send().await.unwrap();
    made.arn.unwrap()
}

pub(crate) async fn each_kind_of_destination_comes_back(sdk: &Sdk) {
    for destination in [to_bucket("chat-logs"), to_firehose("chat_stream"), to_logs("/chat/logs")] {
        let create = sdk.chat.create_logging_configuration();
        let made = create.destination_configuration(destination.clone()).send().await.unwrap();
        assert_eq!(made.destination_configuration(), Some(&destination));
        let read = sdk.chat.get_logging_configuration().identifier(made.arn().unwrap());
        let read = read.send().await.unwrap();
        assert_eq!(read.destination_configuration(), Some(&destination));
    }
}

pub(crate) async fn a_configuration_is_made_changed_and_removed(sdk: &Sdk) {
    let create = sdk.chat.create_logging_configuration().name("audit").tags("keep", "1y");
    let made = create.destination_configuration(to_bucket("chat-logs")).send().await.unwrap();
    let arn = made.arn().unwrap();
    assert_eq!(made.id().map(str::len), Some(12));
    assert_eq!(made.tags().unwrap()["keep"], "1y");
    sdk.control.advance(SETTLED).await;
    let get = || sdk.chat.get_logging_configuration().identifier(arn).send();
    assert_eq!(get().await.unwrap().state(), Some(&LoggingConfigurationState::Active));

    let update = sdk.chat.update_logging_configuration().identifier(arn);
    let updated = update.destination_configuration(to_logs("/chat/logs")).send().await.unwrap();
    assert_eq!(updated.destination_configuration(), Some(&to_logs("/chat/logs")));
    sdk.control.advance(SETTLED).await;
    let read = get().await.unwrap();
    assert_eq!(read.name(), Some("audit"));
    assert_eq!(read.destination_configuration(), Some(&to_logs("/chat/logs")));
    let listed = sdk.chat.list_logging_configurations().send().await.unwrap();
    assert_eq!(listed.logging_configurations().len(), 1);

    sdk.chat.delete_logging_configuration().identifier(arn).send().await.unwrap();
    sdk.control.advance(SETTLED).await;
    refused(Absent, get().await);
}

pub(crate) async fn a_room_logs_to_its_configurations(sdk: &Sdk) {
    let arn = make(sdk).await;
    sdk.control.advance(SETTLED).await;
    let create = sdk.chat.create_room().logging_configuration_identifiers(&arn);
    let room = create.send().await.unwrap();
    assert_eq!(room.logging_configuration_identifiers(), std::slice::from_ref(&arn));
    let list = sdk.chat.list_rooms().logging_configuration_identifier(&arn);
    assert_eq!(list.send().await.unwrap().rooms().len(), 1);
    let update = sdk.chat.update_room().identifier(room.arn().unwrap());
    let updated = update.set_logging_configuration_identifiers(Some(Vec::new())).send().await.unwrap();
    assert!(updated.logging_configuration_identifiers().is_empty());
}

pub(crate) async fn a_configuration_in_transition_is_left_alone(sdk: &Sdk) {
    let arn = make(sdk).await;
    let update = || sdk.chat.update_logging_configuration().identifier(&arn).name("x");
    sdk.control.advance(SETTLED).await;
    update().send().await.unwrap();
    let error = refused(Conflict, update().send().await);
    let Error::ConflictException(conflict) = error else {
        panic!("the error is typed: {error:?}");
    };
    assert!(arn.ends_with(conflict.resource_id()), "{conflict:?}");
    refused(Conflict, sdk.chat.delete_logging_configuration().identifier(&arn).send().await);
}

pub(crate) async fn an_account_holds_ten_configurations(sdk: &Sdk) {
    for _ in 0..10 {
        make(sdk).await;
    }
    let create = sdk.chat.create_logging_configuration();
    let error = refused(Quota, create.destination_configuration(to_bucket("chat-logs")).send().await);
    let Error::ServiceQuotaExceededException(quota) = error else {
        panic!("the error is typed: {error:?}");
    };
    assert_eq!(quota.limit(), 10);
}

pub(crate) async fn requests_for_absent_things_find_nothing(sdk: &Sdk) {
    let chat = &sdk.chat;
    let arn = absent("ivschat", "logging-configuration");
    refused(Absent, chat.get_logging_configuration().identifier(&arn).send().await);
    refused(Absent, chat.update_logging_configuration().identifier(&arn).name("x").send().await);
    refused(Absent, chat.delete_logging_configuration().identifier(&arn).send().await);
}

pub(crate) async fn malformed_requests_are_invalid(sdk: &Sdk) {
    let chat = &sdk.chat;
    let create = chat.create_logging_configuration();
    refused(Invalid, create.clone().send().await);
    refused(Invalid, create.destination_configuration(to_firehose("with space")).send().await);
    refused(Invalid, chat.get_logging_configuration().send().await);
    refused(Invalid, chat.update_logging_configuration().identifier(MALFORMED).send().await);
    refused(Invalid, chat.delete_logging_configuration().send().await);
    refused(Invalid, chat.list_logging_configurations().max_results(51).send().await);
}
