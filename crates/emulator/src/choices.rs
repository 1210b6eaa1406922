//! Readings where the facts say UNKNOWN: each is one constant, so that it can be changed in one place.
//!
//! Their authority is `Inferred`; the sections named are those of the fact sheet, and each question has an entry
//! in `fixtures/knowledge/unknowns.toml`. Readings that are whole branches stand in the handlers, with their reason.

/// Largest body taken, in bytes; beyond it 413. The largest valid input is far below.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;

/// So much of a body that is too large is read to its end before it is refused.
pub(crate) const MAX_DISCARDED_BYTES: u64 = 64 << 20;

/// A signed request with a path or method that no operation has (knowledge `unknown-path`).
pub(crate) const UNKNOWN_ROUTE: crate::failure::Code = crate::failure::Code::UnknownOperation;

/// Beginning of tag keys that callers may not use (knowledge `aws-tag-prefix`).
pub(crate) const RESERVED_TAG_PREFIX: &str = "aws:";

/// `code` of a batch item that does not exist: the one published item is an HTTP status as text (section 5).
pub(crate) const BATCH_NOT_FOUND: &str = "404";

/// The value of chat's `resourceType` where the model knows only `ROOM` (section 1.5).
pub(crate) const CHAT_RESOURCE_TYPE: &str = "ROOM";

/// Preset of a BASIC or STANDARD channel: a preset sent for these types is refused (section 3.1).
pub(crate) const PRESET_NEEDS_ADVANCED_TYPE: bool = true;

/// Tags a resource may carry after merging; more is a ValidationException (section 3.9).
pub(crate) const MAX_TAGS: usize = 50;

/// Bytes of the metadata of one PutMetadata ("1 KB", section 3.7).
pub(crate) const MAX_METADATA_BYTES: usize = 1024;

/// Bytes of the attributes of a token or an event, keys and values together ("1 KB", sections 3.10 and 3.14).
pub(crate) const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// Seconds that a stopped composition can still be seen (knowledge `retention-of-compositions`).
pub(crate) const COMPOSITION_RETENTION_SECONDS: i64 = 3600;

/// Revoked connection tokens that are remembered, the latest ones: only a test could have more.
pub(crate) const REMEMBERED_REVOCATIONS: usize = 1000;
