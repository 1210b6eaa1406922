//! Exchanges made by hand, for the tests of the checks and for those in `tests/judge`, which include this file.

use std::time::Duration;

use ivs_client::{Exchange, Failure, FailureKind, Request, Response};
use ivs_model::{CaseId, OperationId, bundled};
use serde_json::{Value, json};

use crate::{Judge, Reproducer};

/// Exchanges in which a check finds something, each with the site of the finding.
pub(crate) type FoundIn = Vec<(&'static str, Exchange)>;

pub(crate) const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh";
pub(crate) const KEY_ARN: &str = "arn:aws:ivs:us-west-2:123456789012:stream-key/ijklMNOPqrst";
pub(crate) const ROOM: &str = "arn:aws:ivschat:us-west-2:123456789012:room/abcdABCDefgh";

/// The secret key of the caller.
pub(crate) const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/ivs/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const PLAYBACK_URL: &str = "https://a1b2c3d4e5f6.us-west-2.playback.live-video.net/api/video/v1/\
                            us-west-2.123456789012.channel.abcdABCDefgh.m3u8";

/// A judge by the bundled models.
pub(crate) fn judge() -> Judge<'static> {
    let reproducer = ["ivs", "ivs-realtime", "ivschat"]
        .into_iter()
        .fold(Reproducer::new(7), |reproducer, service| reproducer.endpoint(service, "http://127.0.0.1:4566/"));
    Judge::new(bundled::models(), bundled::knowledge(), reproducer.secret(SECRET))
}

/// A case by its id.
pub(crate) fn case(id: &str) -> CaseId {
    id.parse().expect("a case id")
}

/// A signed POST of a JSON body to an operation, answered by 200 and `{}`.
pub(crate) fn call(operation: &str, body: &Value) -> Exchange {
    let operation: OperationId = operation.parse().expect("an operation id");
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    Exchange {
        operation,
        request: Request {
            method: "POST".to_owned(),
            path: format!("/{}", operation.name()),
            query: String::new(),
            headers: vec![
                header("host", "127.0.0.1:4566"),
                header("content-type", "application/json"),
                header("x-amz-date", "20260102T030405Z"),
                header("authorization", SIGNED),
            ],
            body: body.to_string().into(),
        },
        outcome: Ok(answer(200, json!({}))),
        duration: Duration::from_millis(3),
    }
}

/// An answer with all that every answer owes; each has a request id of its own by what it says.
pub(crate) fn answer(status: u16, body: Value) -> Response {
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let id = "00000000-0000-4000-8000-000000000000";
    let mut headers = vec![header("x-amzn-requestid", id)];
    let bytes = if status == 204 { Vec::new() } else { body.to_string().into_bytes() };
    if !bytes.is_empty() {
        headers.push(header("content-type", "application/json"));
    }
    Response { status, headers, body: bytes.into() }
}

/// An error as ivs and Real-Time answer it.
pub(crate) fn error(status: u16, name: &str) -> Response {
    let mut response = answer(status, json!({"exceptionMessage": "a text", "message": "a text"}));
    response.headers.push(("x-amzn-errortype".to_owned(), name.as_bytes().to_vec()));
    response
}

/// An error as chat answers it.
pub(crate) fn chat_error(status: u16, name: &str, body: Value) -> Response {
    let mut response = answer(status, body);
    response.headers.push(("x-amzn-errortype".to_owned(), name.as_bytes().to_vec()));
    response
}

/// The exchange with another answer.
pub(crate) fn answered(mut exchange: Exchange, response: Response) -> Exchange {
    exchange.outcome = Ok(response);
    exchange
}

/// The exchange with no answer.
pub(crate) fn unanswered(mut exchange: Exchange, kind: FailureKind) -> Exchange {
    exchange.outcome = Err(Failure::new(kind, "none"));
    exchange
}

/// The answer with a header set or, for an empty value, taken away.
pub(crate) fn with_header(mut response: Response, name: &str, value: &str) -> Response {
    response.headers.retain(|(key, _)| key != name);
    if !value.is_empty() {
        response.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    response
}

/// The answer with other bytes.
pub(crate) fn with_body(mut response: Response, body: &[u8]) -> Response {
    response.body = body.to_vec().into();
    response
}

/// A channel and its key, whole and right, with unset strings as the service writes them.
pub(crate) fn channel() -> Value {
    json!({
        "channel": {
            "arn": ARN, "name": "a", "latencyMode": "LOW", "type": "STANDARD", "recordingConfigurationArn": "",
            "ingestEndpoint": "a1b2c3d4e5f6.global-contribute.live-video.net", "playbackUrl": PLAYBACK_URL,
            "authorized": false, "tags": {}, "insecureIngest": false, "preset": "", "playbackRestrictionPolicyArn": "",
            "srt": {"endpoint": "a1b2c3d4e5f6.srt.live-video.net", "passphrase": "abcdefghijklmnopqrstuvwx"}
        },
        "streamKey": {"arn": KEY_ARN, "value": "sk_us-west-2_abcdABCDefgh_567890abcdef", "channelArn": ARN, "tags": {}}
    })
}

/// A room, whole and right, as CreateRoom, GetRoom and UpdateRoom answer it at the time of the call.
pub(crate) fn chat_room() -> Value {
    json!({
        "arn": ROOM, "id": "abcdABCDefgh", "name": "a", "createTime": "2026-01-02T03:04:05.123Z",
        "updateTime": "2026-01-02T03:04:05.123Z", "maximumMessageRatePerSecond": 10, "maximumMessageLength": 500,
        "tags": {}
    })
}

/// CreateChannel with this answer.
pub(crate) fn create(response: Response) -> Exchange {
    answered(call("ivs.CreateChannel", &json!({"name": "a"})), response)
}

/// GetChannel with this answer.
pub(crate) fn get(response: Response) -> Exchange {
    answered(call("ivs.GetChannel", &json!({"arn": ARN})), response)
}

/// ListChannels with this output.
pub(crate) fn list(body: Value) -> Exchange {
    answered(call("ivs.ListChannels", &json!({})), answer(200, body))
}

/// GetRoom with this answer.
pub(crate) fn room(response: Response) -> Exchange {
    answered(call("ivschat.GetRoom", &json!({"identifier": ROOM})), response)
}

/// CreateRoom with this answer.
pub(crate) fn create_room(response: Response) -> Exchange {
    answered(call("ivschat.CreateRoom", &json!({"name": "a"})), response)
}

/// The body with a member set.
pub(crate) fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").insert(key.to_owned(), value);
    body
}
