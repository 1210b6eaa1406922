//! The codec of Locust's frames: msgpack arrays of type, data and node id.

use std::io::Cursor;

use rmpv::Value;

use super::error::FrameError;

/// A message between master and worker.
#[derive(Debug, Clone, PartialEq)]
pub struct LocustMessage {
    /// The type, such as `spawn`.
    pub kind: String,
    /// The content; nil for most types.
    pub data: Value,
    /// The id of the worker that sends or receives it.
    pub node: String,
}

impl LocustMessage {
    /// Creates a message.
    #[must_use]
    pub fn new(kind: &str, data: Value, node: &str) -> Self {
        Self { kind: kind.to_owned(), data, node: node.to_owned() }
    }

    /// Encodes the frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let array = Value::Array(vec![self.kind.as_str().into(), self.data.clone(), self.node.as_str().into()]);
        let mut frame = Vec::new();
        rmpv::encode::write_value(&mut frame, &array).expect("writing to memory cannot fail");
        frame
    }

    /// Decodes a frame.
    ///
    /// # Errors
    ///
    /// [`FrameError`] if it is not a message.
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        let mut cursor = Cursor::new(frame);
        let value =
            rmpv::decode::read_value(&mut cursor).map_err(|error| FrameError::Msgpack { reason: error.to_string() })?;
        if cursor.position() != frame.len() as u64 {
            return Err(FrameError::Msgpack { reason: "trailing bytes".to_owned() });
        }
        let Value::Array(parts) = value else { return Err(FrameError::Form) };
        let [kind, data, node]: [Value; 3] = parts.try_into().map_err(|_| FrameError::Form)?;
        let (Some(kind), Some(node)) = (kind.as_str(), text_or_nil(&node)) else { return Err(FrameError::Form) };
        Ok(Self { kind: kind.to_owned(), data, node })
    }

    /// Returns a member of the data by name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        member(&self.data, name)
    }
}

fn text_or_nil(value: &Value) -> Option<String> {
    if value.is_nil() { Some(String::new()) } else { value.as_str().map(str::to_owned) }
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
}

/// The content of a `spawn` message: absolute counts by class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpawnRequest {
    /// The master's clock in seconds; older messages are ignored.
    pub(super) timestamp: f64,
    /// The number of users of each class on this worker.
    pub(super) counts: Vec<(String, u64)>,
    /// The time a user may take to stop, in seconds.
    pub(super) stop_timeout: f64,
}

impl SpawnRequest {
    pub(super) fn parse(message: &LocustMessage) -> Result<Self, FrameError> {
        let lacks = |member| FrameError::Member { kind: message.kind.clone(), member };
        let timestamp = message.member("timestamp").and_then(Value::as_f64).ok_or_else(|| lacks("timestamp"))?;
        let counts = message
            .member("user_classes_count")
            .and_then(Value::as_map)
            .ok_or_else(|| lacks("user_classes_count"))?
            .iter()
            .map(|(class, count)| Some((class.as_str()?.to_owned(), count.as_u64()?)))
            .collect::<Option<_>>()
            .ok_or_else(|| lacks("user_classes_count"))?;
        let stop_timeout = message.member("stop_timeout").and_then(Value::as_f64).unwrap_or(0.0);
        Ok(Self { timestamp, counts, stop_timeout })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_spawn_message_of_an_old_master_is_refused() {
        let data = Value::Map(vec![("spawn_rate".into(), 1.into()), ("num_users".into(), 5.into())]);
        let error = SpawnRequest::parse(&LocustMessage::new("spawn", data, "a")).unwrap_err();
        assert_eq!(error, FrameError::Member { kind: "spawn".to_owned(), member: "timestamp" });
    }

    #[test]
    fn integer_timestamps_are_accepted() {
        let counts = Value::Map(vec![("A".into(), 3.into())]);
        let data = Value::Map(vec![("timestamp".into(), 7.into()), ("user_classes_count".into(), counts)]);
        let spawn = SpawnRequest::parse(&LocustMessage::new("spawn", data, "a")).unwrap();
        assert_eq!((spawn.timestamp, spawn.counts), (7.0, vec![("A".to_owned(), 3)]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(frame in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = LocustMessage::decode(&frame);
        }

        #[test]
        fn messages_survive_encoding_and_decoding(kind in "[a-z_]{1,20}", node in ".{0,20}", number in any::<i64>()) {
            let message = LocustMessage::new(&kind, number.into(), &node);
            prop_assert_eq!(LocustMessage::decode(&message.encode()).unwrap(), message);
        }
    }
}
