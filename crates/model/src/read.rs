//! The parser of model files, botocore or Smithy.

mod assemble;
mod botocore;
mod object;
mod smithy;
mod uri;

use serde_json::Value;

use crate::{GapReason, Model};
pub(crate) use smithy::notes as smithy_notes;

/// Returns whether a key of either format contains only prose.
pub(crate) fn is_prose(key: &str) -> bool {
    botocore::is_prose_key(key) || smithy::is_prose_trait(key)
}

/// The reason why a model file cannot be parsed. Every variant names the place. Unknown keys and what a [`Model`] cannot
/// represent become gaps where they concern one operation or shape.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes start like gzip but cannot be decompressed.
    #[error("the file is damaged gzip data")]
    Gzip(#[source] std::io::Error),
    /// The decompressed file has more than [`MAX_BYTES`].
    #[error("the file unpacks to more than {MAX_BYTES} bytes")]
    TooLarge,
    /// The text is not JSON.
    #[error("line {line}, column {column}: this is not valid JSON")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The parser's message.
        #[source]
        source: serde_json::Error,
    },
    /// The JSON is neither a botocore nor a Smithy model.
    #[error(
        "not a model file: expected a botocore `service-2.json` (with `metadata`) or a Smithy JSON AST (with `smithy`)"
    )]
    UnknownFormat,
    /// The service does not use restJson1.
    #[error("the service uses {found:?}, but only restJson1 is supported")]
    Protocol {
        /// The protocols that it uses.
        found: String,
    },
    /// A key or trait that this parser does not know.
    #[error("{place}: unknown key `{key}`")]
    UnknownKey {
        /// The key or the trait's id.
        key: String,
        /// A JSON pointer to the object that contains it.
        place: String,
    },
    /// A known key or trait that a [`Model`] cannot represent.
    #[error("{place}: `{key}` cannot be expressed")]
    Unsupported {
        /// The key or the trait's id.
        key: String,
        /// A JSON pointer to the object that contains it.
        place: String,
    },
    /// A required key is missing.
    #[error("{place}: `{key}` is missing")]
    MissingKey {
        /// The key.
        key: String,
        /// A JSON pointer to the object that should contain it.
        place: String,
    },
    /// A value of the wrong JSON type, or one that the format does not allow.
    #[error("{place}: expected {expected}")]
    WrongValue {
        /// The expected value.
        expected: &'static str,
        /// A JSON pointer to the value.
        place: String,
    },
    /// A reference to a shape that the file does not define.
    #[error("{place}: the shape `{shape}` does not exist")]
    MissingShape {
        /// The name of the missing shape.
        shape: String,
        /// A JSON pointer to the reference.
        place: String,
    },
    /// A label of a path without an input member, or the reverse.
    #[error("operation {operation}: the label `{label}` of the path and the input members do not agree")]
    Label {
        /// The operation.
        operation: String,
        /// The label.
        label: String,
    },
}

impl ReadError {
    /// Returns the gap that the error of a part amounts to.
    ///
    /// # Errors
    /// The error itself, if the file contradicts itself or is damaged.
    pub(crate) fn into_gap(self) -> Result<GapReason, Self> {
        Ok(match self {
            Self::UnknownKey { key, place } => GapReason::UnknownKey { key, place },
            Self::Unsupported { key, place } => match key.strip_prefix("smithy.api#").unwrap_or(&key) {
                "endpoint" | "hostLabel" => GapReason::HostPrefix,
                "event" | "eventstream" | "eventpayload" | "eventheader" | "eventHeader" | "eventPayload"
                | "streaming" => GapReason::EventStream,
                "jsonvalue" | "mediaType" => GapReason::JsonText,
                "auth" | "authtype" => GapReason::Authentication,
                "unsignedPayload" => GapReason::UnsignedPayload,
                "httpChecksum" | "httpChecksumRequired" => GapReason::Checksum,
                _ => GapReason::Inexpressible { key, place },
            },
            other => return Err(other),
        })
    }
}

/// The maximum size of a decompressed model file. The largest real one has about 20 MB.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

impl Model {
    /// Parses a model file: a botocore `service-2.json`, our stripped form of it, or a Smithy 2.0 JSON AST, plain or
    /// gzipped.
    ///
    /// # Errors
    /// [`ReadError`], which names the problem and its place.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ReadError> {
        let value = parse(bytes)?;
        match Format::of(&value) {
            Some(Format::Botocore) => botocore::read(&value),
            Some(Format::Smithy) => smithy::read(&value),
            Some(Format::BotocorePaginators) | None => Err(ReadError::UnknownFormat),
        }
    }
}

/// The kinds of file that a model consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Botocore,
    BotocorePaginators,
    Smithy,
}

impl Format {
    /// Detects the kind of file by its top-level keys.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        if object.contains_key("smithy") {
            Some(Self::Smithy)
        } else if object.contains_key("metadata") {
            Some(Self::Botocore)
        } else if object.contains_key("pagination") {
            Some(Self::BotocorePaginators)
        } else {
            None
        }
    }
}

/// Parses the JSON of a file, decompressed if it is gzipped.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, ReadError> {
    const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
    if !bytes.starts_with(&GZIP_MAGIC) {
        return parse_plain(bytes);
    }
    parse_plain(&unpacked(bytes).map_err(ReadError::Gzip)?)
}

/// Decompresses up to one byte more than [`MAX_BYTES`].
#[cfg(feature = "gzip")]
fn unpacked(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;

    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).take(MAX_BYTES + 1).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

#[cfg(not(feature = "gzip"))]
fn unpacked(_: &[u8]) -> std::io::Result<Vec<u8>> {
    Err(std::io::Error::other("this build lacks the feature 'gzip'"))
}

fn parse_plain(bytes: &[u8]) -> Result<Value, ReadError> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    serde_json::from_slice(bytes).map_err(|source| ReadError::Json {
        line: source.line(),
        column: source.column(),
        source,
    })
}
