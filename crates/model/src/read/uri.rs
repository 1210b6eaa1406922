//! Path templates of operations.

use crate::{UriSegment, UriTemplate};

/// Splits `/tags/{resourceArn}?x=y` into segments and fixed query parameters; `None` if the text is not a template. A
/// trailing slash is an empty last segment, since it is part of the path.
pub(super) fn parse_uri(text: &str) -> Option<UriTemplate> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let path = path.strip_prefix('/')?;
    let segments = if path.is_empty() { Vec::new() } else { path.split('/').map(segment).collect::<Option<_>>()? };
    let query = query
        .unwrap_or_default()
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| match parameter.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (parameter.to_owned(), None),
        })
        .collect();
    Some(UriTemplate { segments, query })
}

fn segment(text: &str) -> Option<UriSegment> {
    let Some(label) = text.strip_prefix('{') else {
        return (!text.contains(['{', '}'])).then(|| UriSegment::Literal(text.to_owned()));
    };
    let label = label.strip_suffix('}').filter(|label| !label.contains(['{', '}']))?;
    Some(match label.strip_suffix('+') {
        Some(label) => UriSegment::GreedyLabel(label.to_owned()),
        None => UriSegment::Label(label.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::parse_uri;
    use crate::UriSegment::{GreedyLabel, Label, Literal};

    #[test]
    fn labels_greedy_labels_and_fixed_queries_are_distinguished() {
        let uri = parse_uri("/a/{b}/{key+}?x&y=1").expect("a template");
        assert_eq!(uri.segments, [Literal("a".into()), Label("b".into()), GreedyLabel("key".into())]);
        assert_eq!(uri.query, [("x".into(), None), ("y".into(), Some("1".into()))]);
    }

    #[test]
    fn the_root_has_no_segment_and_a_trailing_slash_has_an_empty_one() {
        assert!(parse_uri("/").expect("a template").segments.is_empty());
        assert_eq!(parse_uri("/a/").expect("a template").segments, [Literal("a".into()), Literal(String::new())]);
    }

    #[test]
    fn half_a_label_is_not_a_template() {
        for text in ["a", "/{a", "/a}", "/{a}b", "/x{a}", "/{{a}}"] {
            assert_eq!(parse_uri(text), None, "{text}");
        }
    }
}
