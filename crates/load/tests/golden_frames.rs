//! Frames recorded from a stock Locust master and worker are decoded and encoded again, byte for byte.

use ivs_load::locust::LocustMessage;
use rmpv::Value;

const FRAMES: [(&str, &[u8]); 11] = [
    ("ack", include_bytes!("golden/master-ack.msgpack")),
    ("heartbeat", include_bytes!("golden/master-heartbeat.msgpack")),
    ("quit", include_bytes!("golden/master-quit.msgpack")),
    ("spawn", include_bytes!("golden/master-spawn.msgpack")),
    ("spawning_complete", include_bytes!("golden/master-spawning_complete.msgpack")),
    ("client_ready", include_bytes!("golden/worker-client_ready.msgpack")),
    ("heartbeat", include_bytes!("golden/worker-heartbeat.msgpack")),
    ("quit", include_bytes!("golden/worker-quit.msgpack")),
    ("spawning", include_bytes!("golden/worker-spawning.msgpack")),
    ("spawning_complete", include_bytes!("golden/worker-spawning_complete.msgpack")),
    ("stats", include_bytes!("golden/worker-stats.msgpack")),
];

#[test]
fn recorded_frames_survive_decoding_and_encoding() {
    for (kind, frame) in FRAMES {
        let message = LocustMessage::decode(frame).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(message.kind, kind);
        assert!(!message.node.is_empty(), "{kind} names no node");
        assert_eq!(message.encode(), frame, "{kind} is encoded differently");
    }
}

#[test]
fn a_recorded_spawn_asks_for_absolute_counts() {
    let spawn = LocustMessage::decode(FRAMES[3].1).unwrap();
    assert_eq!(spawn.member("user_classes_count").and_then(|counts| counts["ChannelReads"].as_u64()), Some(2));
    assert!(spawn.member("timestamp").and_then(Value::as_f64).is_some());
}

#[test]
fn our_stats_have_the_members_of_recorded_ones() {
    let stats = LocustMessage::decode(FRAMES[10].1).unwrap();
    let names = |value: &Value| {
        let mut names: Vec<String> =
            value.as_map().unwrap().iter().map(|(name, _)| name.as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&stats.data), ["errors", "stats", "stats_total", "user_classes_count", "user_count"]);
    assert_eq!(
        names(&stats.member("stats").unwrap().as_array().unwrap()[0]),
        [
            "last_request_timestamp",
            "max_response_time",
            "method",
            "min_response_time",
            "name",
            "num_fail_per_sec",
            "num_failures",
            "num_none_requests",
            "num_reqs_per_sec",
            "num_requests",
            "response_times",
            "start_time",
            "total_content_length",
            "total_response_time",
        ]
    );
}

#[test]
fn a_frame_of_another_protocol_is_refused() {
    for frame in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x93\x01\x02\x03", b"", b"\x92\xa3ack\xc0"] {
        assert!(LocustMessage::decode(frame).is_err(), "{frame:?}");
    }
}
