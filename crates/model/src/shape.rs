//! Shapes, their members, and the constraints they carry.

use crate::{Number, Pattern};

/// The place of a shape in its model's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub(crate) u32);

impl ShapeId {
    /// The index into [`Model::shapes`](crate::Model::shapes).
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One named shape with its constraints. A constraint that a Smithy member carries itself is folded
/// into a shape of its own, so that a member never has any.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The name in the model.
    pub name: String,
    /// What the shape is.
    pub kind: ShapeKind,
    /// Least length (code points of a string, bytes of a blob, items of a list or map).
    pub min_length: Option<u64>,
    /// Greatest length, in the same unit.
    pub max_length: Option<u64>,
    /// Least value of a number.
    pub min_value: Option<Number>,
    /// Greatest value of a number.
    pub max_value: Option<Number>,
    /// The pattern. It holds for the whole string (fact `patterns-anchored`).
    pub pattern: Option<Pattern>,
    /// The values of an enumeration; empty if the shape is none. Those of an integer stand as decimal texts.
    pub enum_values: Vec<String>,
    /// Whether list items must differ.
    pub unique_items: bool,
    /// Whether values are secret: they never reach a report, a log or a snapshot.
    pub sensitive: bool,
    /// For a timestamp: the format that the shape itself states, which holds wherever no member states another.
    pub timestamp_format: Option<TimestampFormat>,
    /// For an error shape: its HTTP status.
    pub error_status: Option<u16>,
}

impl Shape {
    /// A shape without any constraint.
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

/// What a shape is, and what it holds.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names are Smithy's own")]
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
    /// Any JSON.
    Document,
    List {
        item: ShapeId,
        /// Whether `null` items are allowed (`sparse`).
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
    /// The name in the model; inputs and outputs as values use it.
    pub name: String,
    /// The name on the wire: JSON key, header, query parameter or label.
    pub wire_name: String,
    /// Where it stands on the wire. Nested members are always [`Location::Body`].
    pub location: Location,
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it must be present and not null.
    pub required: bool,
    /// Whether SDKs fill it with a fresh UUID.
    pub idempotency_token: bool,
    /// The format, where the shape is a timestamp: the one that holds at this place (member trait, else shape trait,
    /// else the default of the location).
    pub timestamp_format: Option<TimestampFormat>,
}

impl Location {
    /// The format of a timestamp at this place, where neither member nor shape states one (restJson1).
    #[must_use]
    pub fn default_timestamp_format(self) -> TimestampFormat {
        match self {
            Self::Header | Self::HeaderMap => TimestampFormat::HttpDate,
            Self::Label | Self::Query | Self::QueryMap => TimestampFormat::DateTime,
            Self::Body | Self::Payload | Self::StatusCode => TimestampFormat::EpochSeconds,
        }
    }
}

/// How a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampFormat {
    /// An ISO 8601 string in UTC, `2026-01-02T03:04:05Z`.
    DateTime,
    /// An RFC 7231 date, `Fri, 02 Jan 2026 03:04:05 GMT`.
    HttpDate,
    /// A JSON number of seconds since 1970.
    EpochSeconds,
}

/// Where a member stands on the wire.
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
    /// All query parameters that no other member claims.
    QueryMap,
    /// A header.
    Header,
    /// All headers with this prefix.
    HeaderMap,
    /// The status code itself.
    StatusCode,
}
