//! Methods, paths, queries and headers that differ from those of the model.

use ivs_generators::Authority;
use ivs_model::{Location, Model, Operation, ShapeKind};
use serde_json::Value;

use super::variant::Variant;

/// What servers and gateways answer to a request that matches no operation (fact `gateway-answers`: not recorded for
/// IVS).
const NO_SUCH_OPERATION: &[(&str, u16)] = &[
    ("UnknownOperationException", 404),
    ("UnknownOperationException", 403),
    ("UnknownOperationException", 400),
    ("MissingAuthenticationTokenException", 403),
    ("AccessDeniedException", 403),
    ("ValidationException", 400),
    ("MethodNotAllowedException", 405),
    ("ResourceNotFoundException", 404),
];
const UNKNOWN_PATH: &str = "facts: gateway-answers; what an unknown path gets is not recorded; it must not be served";
const CASE: &str = "IVS API reference: case matters in URLs";

/// The variants of one operation.
pub(crate) fn variants(model: &Model, operation: &Operation, base: &Value) -> Vec<Variant> {
    let members = model.members(operation.input);
    let has_body = members.iter().any(|member| member.location == Location::Body);
    let has_label = members.iter().any(|member| member.location == Location::Label);
    let has_query = members.iter().any(|member| member.location == Location::Query);

    let mut variants = headers(has_body);
    if has_label {
        variants.extend(labels());
    } else {
        variants.extend(fixed_path(operation));
    }
    if has_query {
        variants.push(Variant::accepted(
            "query-lower-case-escapes",
            Authority::Inferred,
            "RFC 3986 section 6.2.2.1: %2f and %2F are the same",
            |request| request.query = lower_case_escapes(&request.query),
        ));
    }
    if has_query && takes_suffix(model, operation, base) {
        variants.push(Variant::accepted(
            "query-escaped-space",
            Authority::Protocol,
            "RFC 3986 section 2.1; facts: request-encoding; a space in a query is %20",
            |request| request.query.push_str("%20zz"),
        ));
        variants.push(Variant::either(
            "query-plus-for-space",
            "RFC 3986 gives a plus no meaning of its own; forms read it as a space",
            |request| request.query.push_str("+zz"),
        ));
    }
    variants.push(Variant::accepted(
        "unknown-query-parameter",
        Authority::Inferred,
        "a server ignores parameters it does not know; not recorded for IVS",
        |request| {
            let separator = if request.query.is_empty() { "" } else { "&" };
            request.query = format!("{}{separator}zzUnknown=1", request.query);
        },
    ));
    variants
}

/// Whether the last parameter of the usual query may end with ` zz`.
fn takes_suffix(model: &Model, operation: &Operation, base: &Value) -> bool {
    let set = model
        .members(operation.input)
        .iter()
        .rfind(|member| member.location == Location::Query && base.get(&member.name).is_some());
    let Some(member) = set else { return true };
    let (shape, value) = match (&model.shape(member.shape).kind, &base[&member.name]) {
        (ShapeKind::List { item, .. }, Value::Array(items)) => (model.shape(*item), items.last()),
        (_, value) => (model.shape(member.shape), Some(value)),
    };
    let Some(text) = value.and_then(Value::as_str) else { return false };
    let longer = format!("{text} zz");
    let fits = shape.max_length.is_none_or(|max| longer.chars().count() as u64 <= max);
    let matches = shape.pattern.as_ref().is_none_or(|pattern| pattern.matches(&longer));
    shape.kind == ShapeKind::String && shape.enum_values.is_empty() && fits && matches
}

/// Content types and Accept.
fn headers(has_body: bool) -> Vec<Variant> {
    const CODES: &[(&str, u16)] =
        &[("UnsupportedMediaTypeException", 415), ("SerializationException", 400), ("ValidationException", 400)];
    // Smithy demands 415; fact `service-content-types`: what IVS itself does with another content type is unknown.
    const RULE: &str = "Smithy restJson1: 415 where a body is modeled; IVS API reference: only application/json";
    let mut variants =
        vec![Variant::accepted("accept-anything", Authority::Inferred, "RFC 9110 section 12.5.1", |request| {
            request.set_header("accept", "*/*");
        })];
    if has_body {
        for (name, value) in [
            ("content-type-missing", None),
            ("content-type-text", Some("text/plain")),
            ("content-type-xml", Some("application/xml")),
            ("content-type-form", Some("application/x-www-form-urlencoded")),
        ] {
            let variant = Variant::rejected(name, Authority::Inferred, CODES, RULE, move |request| match value {
                Some(value) => request.set_header("content-type", value),
                None => request.remove_header("content-type"),
            });
            variants.push(variant.elsewhere(Authority::Inferred, "Smithy restJson1: 415 where a body is modeled"));
        }
        variants.push(Variant::accepted(
            "content-type-with-charset",
            Authority::Inferred,
            "RFC 9110 section 8.3: a parameter does not change the media type",
            |request| request.set_header("content-type", "application/json; charset=utf-8"),
        ));
        variants.push(Variant::accepted(
            "content-type-upper-case",
            Authority::Inferred,
            "RFC 9110 section 8.3.1: media types are case-insensitive",
            |request| request.set_header("content-type", "Application/JSON"),
        ));
    }
    variants
}

/// Departures from a path that is the operation's name.
fn fixed_path(operation: &Operation) -> Vec<Variant> {
    let mut variants = vec![
        Variant::rejected("path-lower-case", Authority::Documented, NO_SUCH_OPERATION, CASE, |request| {
            request.path = request.path.to_lowercase();
        })
        .elsewhere(Authority::Protocol, "RFC 3986 section 6.2.2.1: paths are case-sensitive")
        .unrouted(),
        Variant::rejected("path-one-segment-more", Authority::Inferred, NO_SUCH_OPERATION, UNKNOWN_PATH, |request| {
            request.path.push_str("/zzUnknown");
        })
        .unrouted(),
        Variant::either("path-trailing-slash", UNKNOWN_PATH, |request| request.path.push('/')).unrouted(),
    ];
    for (name, method) in
        [("method-get", "GET"), ("method-put", "PUT"), ("method-delete", "DELETE"), ("method-unknown", "BREW")]
    {
        if operation.method.as_str() != method {
            variants.push(
                Variant::rejected(name, Authority::Inferred, NO_SUCH_OPERATION, UNKNOWN_PATH, move |request| {
                    request.method = method.to_owned();
                })
                .unrouted(),
            );
        }
    }
    variants
}

/// Other ways to write a label, and paths without one. Methods are left alone: on these paths each is an operation.
fn labels() -> Vec<Variant> {
    vec![
        Variant::accepted(
            "label-lower-case-escapes",
            Authority::Inferred,
            "RFC 3986 section 6.2.2.1: %2f and %2F are the same",
            |request| request.path = lower_case_escapes(&request.path),
        ),
        Variant::accepted(
            "label-with-bare-colons",
            Authority::Inferred,
            "RFC 3986 section 3.3: a segment may hold a colon",
            |request| request.path = request.path.replace("%3A", ":"),
        ),
        Variant::either("label-with-bare-slash", "facts: P15; the decoded form is not needed", |request| {
            request.path = request.path.replace("%2F", "/");
        })
        .unrouted(),
        Variant::rejected("label-empty", Authority::Inferred, NO_SUCH_OPERATION, UNKNOWN_PATH, |request| {
            let end = request.path.rfind('/').map_or(0, |slash| slash + 1);
            request.path.truncate(end);
        })
        .unrouted(),
        Variant::rejected(
            "label-broken-escape",
            Authority::Inferred,
            NO_SUCH_OPERATION,
            "RFC 3986 section 2.1",
            |request| {
                request.path.push_str("%ZZ");
            },
        )
        .unrouted(),
        Variant::rejected(
            "label-invalid-utf8",
            Authority::Inferred,
            NO_SUCH_OPERATION,
            "RFC 3986 section 2.5",
            |request| {
                request.path.push_str("%FF%FE");
            },
        )
        .unrouted(),
    ]
}

/// The text with its percent-escapes in lower case.
fn lower_case_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let end = (at + 3).min(rest.len());
        out.push_str(&rest[..at]);
        out.push_str(&rest[at..end].to_lowercase());
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::lower_case_escapes;

    #[test]
    fn only_escapes_become_lower_case() {
        assert_eq!(lower_case_escapes("/tags/ARN%3Aaws%2FB%"), "/tags/ARN%3aaws%2fB%");
        assert_eq!(lower_case_escapes(""), "");
    }
}
