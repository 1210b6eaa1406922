//! The paths of operations.

use ivs_model::UriSegment;

/// Returns the path of an operation that has no label.
pub(super) fn literal_path(operation: &ivs_model::Operation) -> Option<String> {
    let mut path = String::new();
    for segment in &operation.uri.segments {
        match segment {
            UriSegment::Literal(text) => {
                path.push('/');
                path.push_str(text);
            }
            UriSegment::Label(_) | UriSegment::GreedyLabel(_) => return None,
        }
    }
    Some(path)
}
