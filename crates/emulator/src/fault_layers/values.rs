//! Faults in values: outputs of the right shape that say something wrong, and ARNs that are compared in part.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::call::OperationCall;
use crate::clock::Timestamp;
use crate::document::Fill;
use crate::fault::{Fault, faults};
use crate::wire;

faults! {
    ARN_OF_ANOTHER_ACCOUNT "arn-of-another-account" Values "validation" "arn-of-caller"
        ["ivs-realtime.GetEncoderConfiguration"]
        "The ARN of an encoder configuration is shown with another account.";
    ARN_OF_ANOTHER_REGION "arn-of-another-region" Values "validation" "arn-of-caller" ["ivs.UpdateAdConfiguration"]
        "The ARN of an ad configuration is shown with another region.";
    ARN_OF_ONE_REGION "arn-of-one-region" Values "validation" "arn-of-caller" ["ivschat.GetLoggingConfiguration"]
        "The ARN of a logging configuration has one region, wherever the caller is.";
    COMPOSITION_OF_ANOTHER_STAGE "composition-of-another-stage" Values "validation" "answer-agrees"
        ["ivs-realtime.StartComposition"]
        "A composition shows another stage than the one that was asked for.";
    CREATED_IN_1970 "created-in-1970" Values "validation" "time-follows"
        ["ivschat.CreateRoom", "ivschat.GetRoom", "ivschat.ListRooms", "ivschat.UpdateRoom"]
        "Rooms are created in 1970.";
    CREATE_TIME_OF_THE_READ "create-time-of-the-read" Values "validation" "time-stays" ["ivschat.GetRoom"]
        "Each read of a room shows another time of creation.";
    ENDED_BEFORE_START "ended-before-start" Values "validation" "times-in-order" ["ivs-realtime.GetComposition"]
        "A composition ends before it starts.";
    EVENT_ID_LEFT_OUT "event-id-left-out" Values "validation" "promised-member" ["ivschat.SendEvent"]
        "An event is sent without an ID in the answer.";
    EXPIRY_IGNORES_DURATION "expiry-ignores-duration" Values "validation" "time-follows"
        ["ivs-realtime.CreateParticipantToken"]
        "A participant token expires after 12 hours, whatever duration was asked for.";
    FINGERPRINT_IN_GROUPS "fingerprint-in-groups" Values "validation" "value-form" ["ivs.GetPlaybackKeyPair"]
        "The fingerprint of a key pair has two groups of eight digits.";
    FINGERPRINT_LEFT_OUT "fingerprint-left-out" Values "validation" "promised-member" ["ivs-realtime.GetPublicKey"]
        "A public key is shown without its fingerprint.";
    FINGERPRINT_OF_ANOTHER_KEY "fingerprint-of-another-key" Values "validation" "answer-agrees"
        ["ivs.ImportPlaybackKeyPair"]
        "The fingerprint of an imported key is not that of the key.";
    HOST_OF_ANOTHER_DOMAIN "host-of-another-domain" Values "validation" "value-form" ["ivs.UpdateChannel"]
        "The ingest endpoint of a channel is a host of another domain.";
    INTEGERS_AS_DECIMALS "integers-as-decimals" Values "validation" "number-notation" ["ivschat.GetRoom"]
        "The maximum message length of a room is written as 500.0.";
    INTEGERS_WITH_EXPONENT "integers-with-exponent" Values "validation" "number-notation"
        ["ivs.GetRecordingConfiguration"]
        "Integers that end in zero are written with an exponent, such as 6e1.";
    KEY_OF_ANOTHER_CHANNEL "key-of-another-channel" Values "validation" "answer-agrees" ["ivs.CreateChannel"]
        "The stream key of a new channel names another channel.";
    LIST_UPDATED_BEFORE_CREATED "list-updated-before-created" Values "pagination" "times-in-order"
        ["ivschat.ListLoggingConfigurations"]
        "Logging configurations are listed as updated before they were created.";
    LOGGING_TIME_OF_THE_READ "logging-time-of-the-read" Values "validation" "time-stays"
        ["ivschat.GetLoggingConfiguration"]
        "Each read of a logging configuration shows another time of creation.";
    NEW_INGEST_IS_ACTIVE "new-ingest-is-active" Values "validation" "answer-agrees"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A new ingest configuration is ACTIVE before anybody publishes.";
    ONE_TOKEN_TOO_FEW "one-token-too-few" Values "validation" "answer-agrees" ["ivs-realtime.CreateStage"]
        "A new stage has one token fewer than configurations for tokens.";
    PLAYBACK_URL_LEFT_OUT "playback-url-left-out" Values "validation" "promised-member"
        ["ivs.BatchGetChannel", "ivs.GetChannel"]
        "Channels are read without their playback URL.";
    ROOM_ID_OF_ANOTHER_ARN "room-id-of-another-arn" Values "validation" "value-form" ["ivschat.UpdateRoom"]
        "The ID of a room is not the one in its ARN.";
    ROOM_UPDATE_TIME_OF_CREATION "room-update-time-of-creation" Values "idempotency" "update-time-moves"
        ["ivschat.GetRoom", "ivschat.ListRooms", "ivschat.UpdateRoom"]
        "An update of a room does not move its time of the last update.";
    SESSION_OF_ADAY "session-of-a-day" Values "validation" "time-follows" ["ivschat.CreateChatToken"]
        "A chat session lasts a day, whatever duration was asked for.";
    STAGE_ENDPOINTS_LEFT_OUT "stage-endpoints-left-out" Values "validation" "promised-member" ["ivs-realtime.GetStage"]
        "A stage is read without its endpoints.";
    STAGE_TOKENS_EXPIRED "stage-tokens-expired" Values "validation" "time-follows" ["ivs-realtime.CreateStage"]
        "The tokens of a new stage expire at once.";
    START_TIME_OF_THE_READ "start-time-of-the-read" Values "pagination" "time-stays" ["ivs-realtime.ListCompositions"]
        "Each listing shows another start of a composition.";
    STREAM_KEY_LEFT_OUT "stream-key-left-out" Values "validation" "promised-member" ["ivs.CreateChannel"]
        "A new channel is shown without its stream key.";
    STREAM_KEY_WITHOUT_REGION "stream-key-without-region" Values "validation" "value-form"
        ["ivs.BatchGetStreamKey", "ivs.GetStreamKey"]
        "The value of a stream key does not name the region.";
    TOKEN_LEFT_OUT "token-left-out" Values "validation" "promised-member" ["ivs-realtime.CreateParticipantToken"]
        "A participant token is created, but not shown.";
    UPDATE_TIME_OF_CREATION "update-time-of-creation" Values "idempotency" "update-time-moves"
        ["ivschat.GetLoggingConfiguration", "ivschat.ListLoggingConfigurations", "ivschat.UpdateLoggingConfiguration"]
        "An update of a logging configuration does not move its time of the last update.";
    UPDATED_BEFORE_CREATED "updated-before-created" Values "validation" "times-in-order" ["ivschat.GetRoom"]
        "A room is shown as updated before it was created.";
    VIDEO_SIZE_AS_DECIMALS "video-size-as-decimals" Values "validation" "number-notation"
        ["ivs-realtime.GetEncoderConfiguration"]
        "The width of a video is written as 1280.0.";
    WHIP_WITHOUT_TLS "whip-without-tls" Values "validation" "value-form" ["ivs-realtime.UpdateStage"]
        "The WHIP endpoint of a stage is an http URL.";
    ACCOUNT_OF_ARN_IGNORED "account-of-arn-ignored" Values "errors" "identity-in-full" ["ivs-realtime.DeleteStage"]
        "An ARN of another account deletes the stage with its ID.";
    REGION_OF_ARN_IGNORED "region-of-arn-ignored" Values "errors" "identity-in-full" ["ivs.GetChannel"]
        "An ARN of another region shows the channel with its ID.";
    REGION_OF_ROOM_IGNORED "region-of-room-ignored" Values "errors" "identity-in-full" ["ivschat.UpdateRoom"]
        "An ARN of another region updates the room with its ID.";
    REGION_OF_TAGGED_IGNORED "region-of-tagged-ignored" Values "errors" "identity-in-full"
        ["ivs-realtime.ListTagsForResource"]
        "An ARN of another region shows the tags of the resource with its ID.";
}

/// Another region and another account than those of any caller of the tests.
const OTHER_REGION: &str = "ap-south-1";
const OTHER_ACCOUNT: &str = "210987654321";

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Changes values in the written output of a call.
pub(crate) fn mutate_values(call: &OperationCall<'_>, written: &mut Vec<u8>) {
    let Some(fault) = call.planted.on(&call.operation.full_name) else { return };
    let mut output: Value = serde_json::from_slice(written).unwrap_or_default();
    let output = &mut output;
    match fault {
        Fault::EVENT_ID_LEFT_OUT => remove(output, "", "id"),
        Fault::FINGERPRINT_LEFT_OUT => remove(output, "/publicKey", "fingerprint"),
        Fault::PLAYBACK_URL_LEFT_OUT => {
            remove(output, "/channel", "playbackUrl");
            each(output, "/channels", |channel| remove(channel, "", "playbackUrl"));
        }
        Fault::STAGE_ENDPOINTS_LEFT_OUT => remove(output, "/stage", "endpoints"),
        Fault::STREAM_KEY_LEFT_OUT => remove(output, "", "streamKey"),
        Fault::TOKEN_LEFT_OUT => remove(output, "/participantToken", "token"),

        Fault::FINGERPRINT_IN_GROUPS => set(output, "/keyPair/fingerprint", |_| "12345678:9abcdef0".into()),
        Fault::HOST_OF_ANOTHER_DOMAIN => set(output, "/channel/ingestEndpoint", |_| "ingest.example.com".into()),
        Fault::ROOM_ID_OF_ANOTHER_ARN => set(output, "/id", |id| id.chars().rev().collect::<String>().into()),
        Fault::STREAM_KEY_WITHOUT_REGION => {
            let shortened = |value: &str| value.splitn(3, '_').last().map(|rest| format!("sk_{rest}")).into();
            set(output, "/streamKey/value", shortened);
            each(output, "/streamKeys", |key| set(key, "/value", shortened));
        }
        Fault::WHIP_WITHOUT_TLS => {
            set(output, "/stage/endpoints/whip", |whip| whip.replacen("https", "http", 1).into());
        }

        Fault::ARN_OF_ANOTHER_ACCOUNT => {
            set(output, "/encoderConfiguration/arn", |arn| with_part(arn, 4, OTHER_ACCOUNT).into());
        }
        Fault::ARN_OF_ANOTHER_REGION => {
            set(output, "/adConfiguration/arn", |arn| with_part(arn, 3, OTHER_REGION).into());
        }
        Fault::ARN_OF_ONE_REGION => set(output, "/arn", |arn| with_part(arn, 3, OTHER_REGION).into()),

        Fault::CREATED_IN_1970 => {
            set(output, "/createTime", |_| Timestamp(0).iso().into());
            each(output, "/rooms", |room| set(room, "/createTime", |_| Timestamp(0).iso().into()));
        }
        Fault::EXPIRY_IGNORES_DURATION => {
            set(output, "/participantToken/expirationTime", |_| call.now.plus_seconds(12 * HOUR).iso().into());
        }
        Fault::SESSION_OF_ADAY => set(output, "/sessionExpirationTime", |_| call.now.plus_seconds(DAY).iso().into()),
        Fault::STAGE_TOKENS_EXPIRED => each(output, "/participantTokens", |token| {
            set(token, "/expirationTime", |_| call.now.iso().into());
        }),

        Fault::ENDED_BEFORE_START => {
            let start = output.pointer("/composition/startTime").cloned().unwrap_or_default();
            if let Some(composition) = output.pointer_mut("/composition").and_then(Value::as_object_mut) {
                composition.set("endTime", shifted(start.as_str().unwrap_or_default(), -HOUR));
            }
        }
        Fault::ROOM_UPDATE_TIME_OF_CREATION | Fault::UPDATE_TIME_OF_CREATION => {
            let created = output.pointer("/createTime").cloned().unwrap_or_default();
            set(output, "/updateTime", |_| created);
            for list in ["/rooms", "/loggingConfigurations"] {
                each(output, list, |item| {
                    let created = item.get("createTime").cloned().unwrap_or_default();
                    set(item, "/updateTime", |_| created);
                });
            }
        }
        Fault::UPDATED_BEFORE_CREATED => set(output, "/updateTime", |time| shifted(time, -DAY)),
        Fault::LIST_UPDATED_BEFORE_CREATED => {
            each(output, "/loggingConfigurations", |item| set(item, "/updateTime", |time| shifted(time, -DAY)));
        }

        Fault::CREATE_TIME_OF_THE_READ | Fault::LOGGING_TIME_OF_THE_READ => {
            set(output, "/createTime", |time| shifted(time, -fastrand::i64(2..DAY)));
        }
        Fault::START_TIME_OF_THE_READ => each(output, "/compositions", |composition| {
            set(composition, "/startTime", |time| shifted(time, -fastrand::i64(2..DAY)));
        }),

        Fault::COMPOSITION_OF_ANOTHER_STAGE => set(output, "/composition/stageArn", |arn| format!("{arn}x").into()),
        Fault::FINGERPRINT_OF_ANOTHER_KEY => {
            let reversed = |pairs: &str| pairs.split(':').rev().collect::<Vec<_>>().join(":").into();
            set(output, "/keyPair/fingerprint", reversed);
        }
        Fault::KEY_OF_ANOTHER_CHANNEL => set(output, "/streamKey/channelArn", |arn| format!("{arn}x").into()),
        Fault::NEW_INGEST_IS_ACTIVE => set(output, "/ingestConfiguration/state", |_| "ACTIVE".into()),
        Fault::ONE_TOKEN_TOO_FEW => {
            if let Some(tokens) = output.pointer_mut("/participantTokens").and_then(Value::as_array_mut) {
                tokens.pop();
            }
        }

        Fault::INTEGERS_AS_DECIMALS => decimal(output, "/maximumMessageLength"),
        Fault::VIDEO_SIZE_AS_DECIMALS => decimal(output, "/encoderConfiguration/video/width"),
        Fault::INTEGERS_WITH_EXPONENT => {
            *written = with_exponents(written);
            return;
        }
        _ => return,
    }
    *written = wire::to_json(output);
}

/// Changes the ARNs of a valid call, as an endpoint does that compares them in part.
pub(crate) fn mutate_arns(call: &mut OperationCall<'_>) {
    let Some(fault) = call.planted.on(&call.operation.full_name) else { return };
    let (index, own) = match fault {
        Fault::ACCOUNT_OF_ARN_IGNORED => (4, call.caller.account),
        Fault::REGION_OF_ARN_IGNORED | Fault::REGION_OF_ROOM_IGNORED | Fault::REGION_OF_TAGGED_IGNORED => {
            (3, call.caller.region)
        }
        _ => return,
    };
    for member in ["arn", "identifier", "resourceArn"] {
        if let Some(arn) = call.input.text(member).map(str::to_owned) {
            call.input.0.set(member, with_part(&arn, index, own));
        }
    }
}

/// Returns an ARN with another region (3) or account (4).
fn with_part(arn: &str, index: usize, value: &str) -> String {
    let mut parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let Some(part) = parts.get_mut(index) {
        *part = value;
    }
    parts.join(":")
}

/// Returns a timestamp that many seconds later.
fn shifted(time: &str, seconds: i64) -> Value {
    let at = OffsetDateTime::parse(time, &Rfc3339).map_or(0, OffsetDateTime::unix_timestamp);
    Timestamp(at * 1000).plus_seconds(seconds).iso().into()
}

fn remove(output: &mut Value, parent: &str, member: &str) {
    if let Some(parent) = output.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.shift_remove(member);
    }
}

/// Changes the text at a JSON pointer, if there is one.
fn set(output: &mut Value, pointer: &str, to: impl FnOnce(&str) -> Value) {
    if let Some(value) = output.pointer_mut(pointer).filter(|value| value.is_string()) {
        *value = to(value.as_str().unwrap_or_default());
    }
}

fn each(output: &mut Value, list: &str, change: impl FnMut(&mut Value)) {
    output.pointer_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(change);
}

/// Writes the integer at a JSON pointer with a fraction of zero.
fn decimal(output: &mut Value, pointer: &str) {
    if let Some(value) = output.pointer_mut(pointer)
        && let Some(number) = value.as_f64()
    {
        *value = json!(number);
    }
}

/// Writes the tens among the integers of a JSON text with an exponent: `60` as `6e1`.
fn with_exponents(written: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(written);
    let mut changed = String::with_capacity(text.len());
    for (index, part) in text.split("\":").enumerate() {
        if index > 0 {
            changed.push_str("\":");
        }
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let is_integer = !part[digits..].starts_with('.') && digits > 1 && part[..digits].ends_with('0');
        if is_integer {
            changed.push_str(&part[..digits - 1]);
            changed.push_str("e1");
            changed.push_str(&part[digits..]);
        } else {
            changed.push_str(part);
        }
    }
    changed.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponent_changes_the_writing_and_not_the_value() {
        let written = br#"{"a":60,"b":"x0","c":{"d":1500,"e":7,"f":0}}"#;
        let changed = with_exponents(written);
        assert_eq!(String::from_utf8_lossy(&changed), r#"{"a":6e1,"b":"x0","c":{"d":150e1,"e":7,"f":0}}"#);
    }

    #[test]
    fn one_part_of_an_arn_is_replaced() {
        let arn = "arn:aws:ivs:us-west-2:123456789012:channel/a";
        assert_eq!(with_part(arn, 3, "eu-west-1"), "arn:aws:ivs:eu-west-1:123456789012:channel/a");
        assert_eq!(shifted("2026-01-02T03:04:05.678Z", -5), json!("2026-01-02T03:04:00.000Z"));
    }
}
