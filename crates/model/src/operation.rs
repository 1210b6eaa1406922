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
    /// The status of a successful response.
    pub success_status: u16,
    /// The input structure, if there is one.
    pub input: Option<ShapeId>,
    /// The output structure, if there is one.
    pub output: Option<ShapeId>,
    /// The declared errors, in the model's order.
    pub errors: Vec<ShapeId>,
    /// The model's `readonly` trait. It is unreliable: two IVS operations have it but write.
    pub readonly: bool,
    /// The model's `idempotent` trait.
    pub idempotent: bool,
    /// The pagination, recognized from the operation's members.
    pub pagination: Option<Pagination>,
}

/// The HTTP methods that restJson1 models use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of HTTP")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Returns the method with that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == name)
    }

    /// Returns the method's name on the wire.
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

/// A path template such as `/tags/{resourceArn}`, split at its slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriTemplate {
    /// The segments of the path, without slashes.
    pub segments: Vec<UriSegment>,
    /// Fixed query parameters of the template (`?type=x`), with their values.
    pub query: Vec<(String, Option<String>)>,
}

impl UriTemplate {
    /// Returns whether a raw path is one of this template: with the same literals, and a value for each label.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.labels(path).is_some()
    }

    /// Returns the labels of a raw path of this template with their values, which are still encoded, in their order; `None` if
    /// the path is another one.
    #[must_use]
    pub fn labels<'t, 'p>(&'t self, path: &'p str) -> Option<Vec<(&'t str, &'p str)>> {
        let path = path.strip_prefix('/')?;
        let rest = Some(path).filter(|path| !path.is_empty());
        let mut labels = Vec::new();
        find_labels(&self.segments, rest, &mut labels).then_some(labels)
    }
}

/// Whether the segments make up what is left of a path, without its first slash; if so, adds the labels.
fn find_labels<'t, 'p>(
    segments: &'t [UriSegment],
    rest: Option<&'p str>,
    labels: &mut Vec<(&'t str, &'p str)>,
) -> bool {
    let (Some((segment, segments)), Some(rest)) = (segments.split_first(), rest) else {
        return segments.is_empty() && rest.is_none();
    };
    let (part, after) = rest.split_once('/').map_or((rest, None), |(part, after)| (part, Some(after)));
    match segment {
        UriSegment::Literal(text) => text == part && find_labels(segments, after, labels),
        UriSegment::Label(_) if part.is_empty() => false,
        UriSegment::Label(name) => {
            labels.push((name, part));
            find_labels(segments, after, labels)
        }
        UriSegment::GreedyLabel(name) => {
            let known = labels.len();
            let ends = rest.match_indices('/').map(|(at, _)| at).chain([rest.len()]);
            for end in ends {
                labels.truncate(known);
                labels.push((name, &rest[..end]));
                if find_labels(segments, rest.get(end + 1..), labels) {
                    return true;
                }
            }
            false
        }
    }
}

/// One segment of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UriSegment {
    /// A fixed text.
    Literal(String),
    /// The value of the input member bound to this label, percent-encoded as one segment.
    Label(String),
    /// A label that may span segments (`{key+}`). Its slashes are not encoded.
    GreedyLabel(String),
}

/// The pagination of an operation: names of *members*, at the top level of input and output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pagination {
    /// The input member that takes the token.
    pub input_token: String,
    /// The output member with the next token.
    pub output_token: String,
    /// The input member that limits the page size.
    pub page_size: Option<String>,
    /// The output member that lists the items.
    pub items: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{UriSegment, UriTemplate};

    #[test]
    fn path_matches_its_template_alone() {
        let literal = |text: &str| UriSegment::Literal(text.to_owned());
        let (label, greedy) = (UriSegment::Label("a".to_owned()), UriSegment::GreedyLabel("b".to_owned()));
        let template = UriTemplate { segments: vec![literal("x"), label, greedy, literal("y")], query: Vec::new() };
        for path in ["/x/1/2/y", "/x/1/2/3/y", "/x/%2F/y/y"] {
            assert!(template.matches(path), "{path}");
        }
        assert_eq!(template.labels("/x/1/2/3/y"), Some(vec![("a", "1"), ("b", "2/3")]));
        for path in ["/x/1/y", "/x//2/y", "/X/1/2/y", "/x/1/2/y/", "x/1/2/y", "/"] {
            assert!(!template.matches(path), "{path}");
        }
    }
}
