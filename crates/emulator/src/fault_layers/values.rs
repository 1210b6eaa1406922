//! Faults in values: outputs of the right shape that say something wrong, and ARNs that are compared in part.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::call::OperationCall;
use crate::clock::Timestamp;
use crate::document::Fill;
use crate::fault::Fault;
use crate::wire;

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
        Fault::EventIdLeftOut => remove(output, "", "id"),
        Fault::FingerprintLeftOut => remove(output, "/publicKey", "fingerprint"),
        Fault::PlaybackUrlLeftOut => {
            remove(output, "/channel", "playbackUrl");
            each(output, "/channels", |channel| remove(channel, "", "playbackUrl"));
        }
        Fault::StageEndpointsLeftOut => remove(output, "/stage", "endpoints"),
        Fault::StreamKeyLeftOut => remove(output, "", "streamKey"),
        Fault::TokenLeftOut => remove(output, "/participantToken", "token"),

        Fault::FingerprintInGroups => set(output, "/keyPair/fingerprint", |_| "12345678:9abcdef0".into()),
        Fault::HostOfAnotherDomain => set(output, "/channel/ingestEndpoint", |_| "ingest.example.com".into()),
        Fault::RoomIdOfAnotherArn => set(output, "/id", |id| id.chars().rev().collect::<String>().into()),
        Fault::StreamKeyWithoutRegion => {
            let shortened = |value: &str| value.splitn(3, '_').last().map(|rest| format!("sk_{rest}")).into();
            set(output, "/streamKey/value", shortened);
            each(output, "/streamKeys", |key| set(key, "/value", shortened));
        }
        Fault::WhipWithoutTls => {
            set(output, "/stage/endpoints/whip", |whip| whip.replacen("https", "http", 1).into());
        }

        Fault::ArnOfAnotherAccount => {
            set(output, "/encoderConfiguration/arn", |arn| with_part(arn, 4, OTHER_ACCOUNT).into());
        }
        Fault::ArnOfAnotherRegion => {
            set(output, "/adConfiguration/arn", |arn| with_part(arn, 3, OTHER_REGION).into());
        }
        Fault::ArnOfOneRegion => set(output, "/arn", |arn| with_part(arn, 3, OTHER_REGION).into()),

        Fault::CreatedIn1970 => {
            set(output, "/createTime", |_| Timestamp(0).iso().into());
            each(output, "/rooms", |room| set(room, "/createTime", |_| Timestamp(0).iso().into()));
        }
        Fault::ExpiryIgnoresDuration => {
            set(output, "/participantToken/expirationTime", |_| call.now.plus_seconds(12 * HOUR).iso().into());
        }
        Fault::SessionOfADay => set(output, "/sessionExpirationTime", |_| call.now.plus_seconds(DAY).iso().into()),
        Fault::StageTokensExpired => each(output, "/participantTokens", |token| {
            set(token, "/expirationTime", |_| call.now.iso().into());
        }),

        Fault::EndedBeforeStart => {
            let start = output.pointer("/composition/startTime").cloned().unwrap_or_default();
            if let Some(composition) = output.pointer_mut("/composition").and_then(Value::as_object_mut) {
                composition.set("endTime", shifted(start.as_str().unwrap_or_default(), -HOUR));
            }
        }
        Fault::RoomUpdateTimeOfCreation | Fault::UpdateTimeOfCreation => {
            let created = output.pointer("/createTime").cloned().unwrap_or_default();
            set(output, "/updateTime", |_| created);
            for list in ["/rooms", "/loggingConfigurations"] {
                each(output, list, |item| {
                    let created = item.get("createTime").cloned().unwrap_or_default();
                    set(item, "/updateTime", |_| created);
                });
            }
        }
        Fault::UpdatedBeforeCreated => set(output, "/updateTime", |time| shifted(time, -DAY)),
        Fault::ListUpdatedBeforeCreated => {
            each(output, "/loggingConfigurations", |item| set(item, "/updateTime", |time| shifted(time, -DAY)));
        }

        Fault::CreateTimeOfTheRead | Fault::LoggingTimeOfTheRead => {
            set(output, "/createTime", |time| shifted(time, -fastrand::i64(2..DAY)));
        }
        Fault::StartTimeOfTheRead => each(output, "/compositions", |composition| {
            set(composition, "/startTime", |time| shifted(time, -fastrand::i64(2..DAY)));
        }),

        Fault::CompositionOfAnotherStage => set(output, "/composition/stageArn", |arn| format!("{arn}x").into()),
        Fault::FingerprintOfAnotherKey => {
            let reversed = |pairs: &str| pairs.split(':').rev().collect::<Vec<_>>().join(":").into();
            set(output, "/keyPair/fingerprint", reversed);
        }
        Fault::KeyOfAnotherChannel => set(output, "/streamKey/channelArn", |arn| format!("{arn}x").into()),
        Fault::NewIngestIsActive => set(output, "/ingestConfiguration/state", |_| "ACTIVE".into()),
        Fault::OneTokenTooFew => {
            if let Some(tokens) = output.pointer_mut("/participantTokens").and_then(Value::as_array_mut) {
                tokens.pop();
            }
        }

        Fault::IntegersAsDecimals => decimal(output, "/maximumMessageLength"),
        Fault::VideoSizeAsDecimals => decimal(output, "/encoderConfiguration/video/width"),
        Fault::IntegersWithExponent => {
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
        Fault::AccountOfArnIgnored => (4, call.caller.account),
        Fault::RegionOfArnIgnored | Fault::RegionOfRoomIgnored | Fault::RegionOfTaggedIgnored => {
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
