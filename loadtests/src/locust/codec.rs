//! Locust's frames: a msgpack array of type, data and node id.

use std::io::Cursor;

use rmpv::Value;

/// One message between master and worker.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What it is about, such as `spawn`.
    pub kind: String,
    /// Its content; nil for most.
    pub data: Value,
    /// The worker it comes from or goes to.
    pub node: String,
}

/// Why a frame is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It is no msgpack, or more than one value.
    #[error("a frame is no single msgpack value: {reason}")]
    Msgpack {
        /// What the decoder said.
        reason: String,
    },
    /// It is msgpack, but no array of a type, data and a node id.
    #[error("a frame is no [type, data, node id]")]
    Form,
    /// A message lacks a member, or has it in another form.
    #[error("a `{kind}` message has no usable `{member}`")]
    Member {
        /// The message's type.
        kind: String,
        /// The member.
        member: &'static str,
    },
}

impl Message {
    /// A message.
    #[must_use]
    pub fn new(kind: &str, data: Value, node: &str) -> Self {
        Self { kind: kind.to_owned(), data, node: node.to_owned() }
    }

    /// The frame of it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let array = Value::Array(vec![self.kind.as_str().into(), self.data.clone(), self.node.as_str().into()]);
        let mut frame = Vec::new();
        rmpv::encode::write_value(&mut frame, &array).expect("writing to memory cannot fail");
        frame
    }

    /// Reads a frame.
    ///
    /// # Errors
    ///
    /// [`FrameError`] if it is none.
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        let mut cursor = Cursor::new(frame);
        let value =
            rmpv::decode::read_value(&mut cursor).map_err(|error| FrameError::Msgpack { reason: error.to_string() })?;
        if cursor.position() != frame.len() as u64 {
            return Err(FrameError::Msgpack { reason: "bytes are left over".to_owned() });
        }
        let Value::Array(parts) = value else { return Err(FrameError::Form) };
        let [kind, data, node]: [Value; 3] = parts.try_into().map_err(|_| FrameError::Form)?;
        let (Some(kind), Some(node)) = (kind.as_str(), text_or_nil(&node)) else { return Err(FrameError::Form) };
        Ok(Self { kind: kind.to_owned(), data, node })
    }

    /// A member of the data by its name.
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

/// What a `spawn` message asks for: absolute counts by class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spawn {
    /// The master's clock in seconds: an older message than the last is dropped.
    pub(super) timestamp: f64,
    /// How many users of each class this worker is to have.
    pub(super) counts: Vec<(String, u64)>,
    /// How long a user may take to stop, in seconds.
    pub(super) stop_timeout: f64,
}

impl Spawn {
    pub(super) fn read(message: &Message) -> Result<Self, FrameError> {
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
    fn an_old_masters_spawn_is_refused_by_name() {
        let data = Value::Map(vec![("spawn_rate".into(), 1.into()), ("num_users".into(), 5.into())]);
        let error = Spawn::read(&Message::new("spawn", data, "a")).unwrap_err();
        assert_eq!(error, FrameError::Member { kind: "spawn".to_owned(), member: "timestamp" });
    }

    #[test]
    fn whole_numbers_serve_as_times() {
        let counts = Value::Map(vec![("A".into(), 3.into())]);
        let data = Value::Map(vec![("timestamp".into(), 7.into()), ("user_classes_count".into(), counts)]);
        let spawn = Spawn::read(&Message::new("spawn", data, "a")).unwrap();
        assert_eq!((spawn.timestamp, spawn.counts), (7.0, vec![("A".to_owned(), 3)]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(frame in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Message::decode(&frame);
        }

        #[test]
        fn messages_survive_the_wire(kind in "[a-z_]{1,20}", node in ".{0,20}", number in any::<i64>()) {
            let message = Message::new(&kind, number.into(), &node);
            prop_assert_eq!(Message::decode(&message.encode()).unwrap(), message);
        }
    }
}
