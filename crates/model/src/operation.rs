//! Operations and their HTTP binding.

use crate::{OperationId, ShapeId};

/// One operation of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Service and name, such as `ivs.CreateChannel`.
    pub id: OperationId,
    /// The name, such as `CreateChannel`.
    pub name: String,
    /// The HTTP method.
    pub method: Method,
    /// The path with its labels.
    pub uri: UriTemplate,
    /// The status of a successful answer.
    pub success_status: u16,
    /// The input structure, if there is one.
    pub input: Option<ShapeId>,
    /// The output structure, if there is one.
    pub output: Option<ShapeId>,
    /// The declared errors, in the model's order.
    pub errors: Vec<ShapeId>,
    /// The model's `readonly` trait. A claim, not a fact: two IVS operations carry it and mutate.
    pub readonly: bool,
    /// The model's `idempotent` trait.
    pub idempotent: bool,
    /// How the operation pages, recognised from its members.
    pub pagination: Option<Pagination>,
}

/// The HTTP methods that restJson1 models use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == name)
    }

    /// The method as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A path such as `/tags/{resourceArn}`, cut at its slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriTemplate {
    /// The segments of the path, without slashes.
    pub segments: Vec<UriSegment>,
    /// Fixed query parameters of the template (`?type=x`), with their values.
    pub query: Vec<(String, Option<String>)>,
}

/// One segment of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UriSegment {
    /// A fixed text.
    Literal(String),
    /// The value of the input member bound to this label, percent-encoded as one segment.
    Label(String),
    /// A label that may span segments (`{key+}`): its slashes stay as they are.
    GreedyLabel(String),
}

/// How an operation pages: names of *members*, at the top level of input and output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pagination {
    /// The input member that takes the token.
    pub input_token: String,
    /// The output member that carries the next token.
    pub output_token: String,
    /// The input member that bounds the page.
    pub page_size: Option<String>,
    /// The output member that lists the items.
    pub items: Option<String>,
}
