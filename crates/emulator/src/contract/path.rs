//! The paths of operations, matched against the raw path of a request.

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

/// Returns the labels of a raw path, still encoded; `None` if the path is not the operation's.
pub(crate) fn path_labels<'p>(
    operation: &'static ivs_model::Operation,
    path: &'p str,
) -> Option<Vec<(&'static str, &'p str)>> {
    let mut labels = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let last = operation.uri.segments.len().checked_sub(1)?;
    for (index, segment) in operation.uri.segments.iter().enumerate() {
        let (head, tail) = match rest.split_once('/') {
            Some((head, tail)) if index < last => (head, tail),
            None if index == last => (rest, ""),
            Some(_) if matches!(segment, UriSegment::GreedyLabel(_)) => (rest, ""),
            _ => return None,
        };
        match segment {
            UriSegment::Literal(text) if text == head => {}
            UriSegment::Literal(_) => return None,
            UriSegment::Label(_) | UriSegment::GreedyLabel(_) if head.is_empty() => return None,
            UriSegment::Label(name) | UriSegment::GreedyLabel(name) => labels.push((name.as_str(), head)),
        }
        rest = tail;
    }
    Some(labels)
}
