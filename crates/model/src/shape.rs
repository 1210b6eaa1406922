//! Shapes, their members and their constraints.

use crate::{Number, Pattern};

/// The index of a shape in its model's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub(crate) u32);

impl ShapeId {
    /// Returns the index into [`Model::shapes`](crate::Model::shapes).
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One named shape with its constraints. A constraint on a Smithy member becomes part of a separate shape, so that
/// members never have constraints.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The name in the model.
    pub name: String,
    /// The kind of the shape.
    pub kind: ShapeKind,
    /// The minimum length (code points of a string, bytes of a blob, items of a list or map).
    pub min_length: Option<u64>,
    /// The maximum length, in the same unit.
    pub max_length: Option<u64>,
    /// The minimum value of a number.
    pub min_value: Option<Number>,
    /// The maximum value of a number.
    pub max_value: Option<Number>,
    /// The pattern, which must match the whole string (fact `patterns-anchored`).
    pub pattern: Option<Pattern>,
    /// The values of an enumeration; empty for other shapes. Values of an integer are decimal texts.
    pub enum_values: Vec<String>,
    /// True if list items must differ.
    pub unique_items: bool,
    /// True if values are secret. They must not appear in reports, logs or snapshots.
    pub sensitive: bool,
    /// For a timestamp: the format that the shape states. Members may override it.
    pub timestamp_format: Option<TimestampFormat>,
    /// For an error shape: the HTTP status.
    pub error_status: Option<u16>,
}

impl Shape {
    /// Creates a shape without constraints.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ShapeKind) -> Self {
        Self {
            name: name.into(),
            kind,
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
            pattern: None,
            enum_values: Vec::new(),
            unique_items: false,
            sensitive: false,
            timestamp_format: None,
            error_status: None,
        }
    }
}

/// The kind of a shape, with its parts.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names are those of Smithy")]
pub enum ShapeKind {
    Boolean,
    /// A whole number of at most this many bits, signed (8, 16, 32 or 64).
    Integer {
        bits: u8,
    },
    /// Single or double precision.
    Float,
    Double,
    String,
    Blob,
    Timestamp,
    /// Any JSON value.
    Document,
    List {
        item: ShapeId,
        /// True if `null` items are allowed (`sparse`).
        sparse: bool,
    },
    Map {
        key: ShapeId,
        value: ShapeId,
        sparse: bool,
    },
    Structure {
        members: Vec<Member>,
    },
    /// Exactly one member is set.
    Union {
        members: Vec<Member>,
    },
}

/// One member of a structure or union.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name in the model, which input and output values use.
    pub name: String,
    /// The name on the wire: JSON key, header, query parameter or label.
    pub wire_name: String,
    /// The location on the wire. Nested members are always in [`Location::Body`].
    pub location: Location,
    /// The shape.
    pub shape: ShapeId,
    /// True if the member must be present and not null.
    pub required: bool,
    /// True if SDKs set the member to a new UUID.
    pub idempotency_token: bool,
    /// The format, if the shape is a timestamp: member trait, else shape trait, else the default of the location.
    pub timestamp_format: Option<TimestampFormat>,
}

impl Location {
    /// Returns the format of a timestamp at this location if neither member nor shape states one (restJson1).
    #[must_use]
    pub fn default_timestamp_format(self) -> TimestampFormat {
        match self {
            Self::Header | Self::HeaderMap => TimestampFormat::HttpDate,
            Self::Label | Self::Query | Self::QueryMap => TimestampFormat::DateTime,
            Self::Body | Self::Payload | Self::StatusCode => TimestampFormat::EpochSeconds,
        }
    }
}

/// The format of a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampFormat {
    /// An ISO 8601 string in UTC, `2026-01-02T03:04:05Z`.
    DateTime,
    /// An RFC 7231 date, `Fri, 02 Jan 2026 03:04:05 GMT`.
    HttpDate,
    /// A JSON number of seconds since 1970.
    EpochSeconds,
}

/// The location of a member on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// A member of the JSON body.
    Body,
    /// The whole body (`payload`).
    Payload,
    /// A label of the path.
    Label,
    /// A query parameter; a list repeats it.
    Query,
    /// All query parameters that are not bound to another member.
    QueryMap,
    /// A header.
    Header,
    /// All headers with this prefix.
    HeaderMap,
    /// The status code.
    StatusCode,
}
