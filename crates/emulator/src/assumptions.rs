//! Assumptions where the facts are unknown: each is one constant, so that it can be changed in one place.
//!
//! Their authority is `Inferred`. Each question has an entry in `fixtures/knowledge/unknowns.toml`. Assumptions that
//! are whole branches are in the handlers, with their reason.

use std::time::Duration;

use crate::service_error::ErrorCode;

/// The largest accepted body, in bytes; a larger one gets 413. The largest valid input is far below.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;

/// The number of bytes of a too large body that are read before it is refused.
pub(crate) const MAX_DISCARDED_BYTES: u64 = 64 << 20;

/// The error for a signed request with a path or method that no operation has (knowledge `unknown-path`).
pub(crate) const UNKNOWN_ROUTE: ErrorCode = ErrorCode::UnknownOperation;

/// The prefix of tag keys that callers may not use (knowledge `aws-tag-prefix`).
pub(crate) const RESERVED_TAG_PREFIX: &str = "aws:";

/// The `code` of a batch item that does not exist. The one published item has an HTTP status as text (fact
/// `batch-error-code`).
pub(crate) const BATCH_NOT_FOUND: &str = "404";

/// The `resourceType` of every error of chat. The model has only `ROOM` (fact `errors-of-chat`).
pub(crate) const CHAT_RESOURCE_TYPE: &str = "ROOM";

/// The assumption whether a preset for a BASIC or STANDARD channel is refused (fact `channel-preset`).
pub(crate) const PRESET_NEEDS_ADVANCED_TYPE: bool = true;

/// The largest number of tags after merging. More is a ValidationException (fact `tag-limit-merged`).
pub(crate) const MAX_TAGS: usize = 50;

/// The largest size of the metadata of one PutMetadata call, in bytes ("1 KB", fact `stream-metadata-size`).
pub(crate) const MAX_METADATA_BYTES: usize = 1024;

/// The largest size of the attributes of a token or an event, keys and values together, in bytes ("1 KB", facts
/// `participant-token-attributes`, `chat-attributes`).
pub(crate) const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// The time for which a stopped composition is still listed (fact `D4`).
pub(crate) const COMPOSITION_RETENTION: Duration = Duration::from_secs(300);

/// The number of revoked connection tokens that are remembered, the latest ones. Only a test could have more.
pub(crate) const REMEMBERED_REVOCATIONS: usize = 1000;
