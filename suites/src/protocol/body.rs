//! Bodies that are no JSON, no object, or JSON of an unusual kind.

use bytes::Bytes;
use ivs_client::Request;
use ivs_generators::Authority;
use ivs_model::{Location, Model, Operation};
use serde_json::{Map, Value};

use super::variant::Variant;

/// The codes that restJson1 servers and IVS's own model know for a body that cannot be read
/// (facts `restjson1-malformed-bodies`, `V08`: the exact code of IVS is not known).
const UNREADABLE: &[(&str, u16)] = &[("SerializationException", 400), ("ValidationException", 400)];
const RULE: &str = "facts: V08; Smithy restJson1 malformed-request tests";

/// The variants of an operation that takes members in its body; none for one that does not.
pub(crate) fn variants(model: &Model, operation: &Operation) -> Vec<Variant> {
    let members: Vec<_> =
        model.members(operation.input).iter().filter(|member| member.location == Location::Body).collect();
    if members.is_empty() {
        return Vec::new();
    }
    let mut variants = broken();
    variants.extend(not_an_object());
    variants.extend(is_first_with_body(model, operation).then(oversized));
    variants.extend(unusual());

    let optional: Vec<String> =
        members.iter().filter(|member| !member.required).map(|member| member.wire_name.clone()).collect();
    if !optional.is_empty() {
        // A null member is an absent member in restJson1; whether IVS takes it is not recorded.
        variants.push(Variant::accepted(
            "null-for-optional-members",
            Authority::Inferred,
            "Smithy restJson1: null structure members are absent",
            move |request| {
                edit_object(request, |object| {
                    for name in &optional {
                        object.entry(name.clone()).or_insert(Value::Null);
                    }
                });
            },
        ));
    }
    if members.iter().any(|member| member.required) {
        let names: Vec<String> =
            members.iter().filter(|member| member.required).map(|member| member.wire_name.clone()).collect();
        let upper_case = Variant::rejected(
            "member-names-in-upper-case",
            Authority::Documented,
            &[("ValidationException", 400), ("SerializationException", 400)],
            "IVS API reference: case matters in parameters",
            move |request| {
                edit_object(request, |object| {
                    for name in &names {
                        if let Some(value) = object.shift_remove(name) {
                            object.insert(name.to_uppercase(), value);
                        }
                    }
                });
            },
        );
        variants
            .push(upper_case.elsewhere(Authority::Protocol, "RFC 8259 section 8.3: names are compared as they are"));
        variants.push(Variant::rejected("empty-body", Authority::Model, UNREADABLE, "facts: V01, V08", |request| {
            request.body = Bytes::new();
        }));
    } else {
        variants.push(Variant::either(
            "empty-body",
            "facts: request-absent-body; what an absent body does is unknown",
            |request| {
                request.body = Bytes::new();
            },
        ));
    }
    variants
}

/// Whether no operation before this one takes a body: how large one may be is a fact of the endpoint, so one shows it.
fn is_first_with_body(model: &Model, operation: &Operation) -> bool {
    let has_body =
        |operation: &&Operation| model.members(operation.input).iter().any(|member| member.location == Location::Body);
    model.operations.iter().find(has_body).is_some_and(|first| first.name == operation.name)
}

/// A valid object behind more white space than gateways let through.
fn oversized() -> Variant {
    const BYTES: usize = 11 << 20;
    Variant::either("body-of-11-megabytes", "facts: oversized-body; rejected or accepted, but by name", |request| {
        let mut body = vec![b' '; BYTES];
        body.extend_from_slice(&request.body);
        request.body = Bytes::from(body);
    })
}

/// Bodies that are not JSON.
fn broken() -> Vec<Variant> {
    let broken = |name, edit: fn(&[u8]) -> Vec<u8>| {
        Variant::rejected(name, Authority::Protocol, UNREADABLE, RULE, move |request: &mut Request| {
            request.body = Bytes::from(edit(&request.body));
        })
    };
    vec![
        broken("json-open-bracket", |_| b"{[".to_vec()),
        broken("json-cut-short", |body| body[..body.len().saturating_sub(1)].to_vec()),
        broken("json-trailing-text", |body| [body, b" trailing"].concat()),
        broken("json-two-objects", |body| [body, b"{}"].concat()),
        broken("json-trailing-comma", |body| with_member(body, b"\"zzUnknown\":1,")),
        broken("json-single-quotes", |_| b"{'zzUnknown':'a'}".to_vec()),
        broken("json-comment", |body| [b"/* comment */".as_slice(), body].concat()),
        broken("json-bare-key", |body| with_member(body, b"zzUnknown:1")),
        broken("json-bare-word", |_| b"hello".to_vec()),
        broken("json-control-character", |body| with_member(body, b"\"zzUnknown\":\"\n\"")),
        broken("json-invalid-utf8", |body| with_member(body, b"\"zzUnknown\":\"\xff\xfe\"")),
        broken("json-not-a-number", |body| with_member(body, b"\"zzUnknown\":NaN")),
        broken("body-form-encoded", |_| b"zzUnknown=1&other=2".to_vec()),
        broken("body-xml", |_| b"<?xml version=\"1.0\"?><Request/>".to_vec()),
    ]
}

/// Bodies that are JSON, but no object.
fn not_an_object() -> Vec<Variant> {
    [
        ("body-array", "[]"),
        ("body-null", "null"),
        ("body-number", "1"),
        ("body-string", "\"text\""),
        ("body-boolean", "true"),
    ]
    .into_iter()
    .map(|(name, text)| {
        Variant::rejected(name, Authority::Protocol, UNREADABLE, RULE, move |request| {
            request.body = Bytes::from_static(text.as_bytes());
        })
    })
    .collect()
}

/// Bodies that are JSON objects of an unusual kind.
fn unusual() -> Vec<Variant> {
    const UNKNOWN_MEMBERS: &str = "Smithy: a server ignores members it does not know; not recorded for IVS";
    vec![
        Variant::accepted("unknown-member", Authority::Inferred, UNKNOWN_MEMBERS, |request| {
            edit_object(request, |object| {
                object.insert("zzUnknownMember".to_owned(), serde_json::json!({"deep": [1, null, "text"]}));
            });
        }),
        Variant::accepted(
            "white-space",
            Authority::Protocol,
            "RFC 8259 section 2: white space is insignificant",
            |request| {
                request.body = Bytes::from([b" \r\n\t".as_slice(), &request.body, b"\n "].concat());
            },
        ),
        Variant::accepted(
            "escaped-member-names",
            Authority::Protocol,
            "RFC 8259 section 7: any character may be escaped",
            |request| {
                request.body = Bytes::from(with_escaped_keys(&request.body));
            },
        ),
        Variant::either("duplicate-member", "RFC 8259 section 4: behaviour is unpredictable", |request| {
            let body = request.body.clone();
            let inner = body.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or_default();
            if !inner.is_empty() {
                request.body = Bytes::from([b"{".as_slice(), inner, b",", inner, b"}"].concat());
            }
        }),
        Variant::either("deep-nesting", "no limit is documented", |request| {
            let nested = [b"\"zzUnknown\":".as_slice(), &[b'['; 2_000], &[b']'; 2_000]].concat();
            request.body = Bytes::from(with_member(&request.body, &nested));
        }),
    ]
}

/// The object with one more member at its end, given as raw bytes.
fn with_member(body: &[u8], member: &[u8]) -> Vec<u8> {
    let head = body.strip_suffix(b"}").unwrap_or(b"{");
    let separator: &[u8] = if head.ends_with(b"{") { b"" } else { b"," };
    [head, separator, member, b"}"].concat()
}

/// Rewrites the body as an object. Bodies of the encoder are objects always.
fn edit_object(request: &mut Request, edit: impl FnOnce(&mut Map<String, Value>)) {
    let mut object = serde_json::from_slice(&request.body).unwrap_or_default();
    edit(&mut object);
    request.body = Bytes::from(Value::Object(object).to_string());
}

/// The object with the first character of each top-level key written as `\u00XX`.
fn with_escaped_keys(body: &[u8]) -> Vec<u8> {
    let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let members: Vec<String> = object
        .iter()
        .map(|(key, value)| {
            let mut rest = key.chars();
            let first = rest.next().map_or_else(String::new, |first| format!("\\u{:04x}", u32::from(first)));
            format!("\"{first}{}\":{value}", rest.as_str())
        })
        .collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_broken_body_is_json() {
        for base in ["{}", "{\"arn\":\"x\"}"] {
            for variant in broken() {
                let mut request = request(base);
                (variant.edit)(&mut request);
                assert!(serde_json::from_slice::<Value>(&request.body).is_err(), "{} of {base}", variant.name);
            }
        }
    }

    #[test]
    fn white_space_and_escapes_leave_the_value_alone() {
        let base = "{\"arn\":\"x\",\"name\":{\"a\":[1]}}";
        for variant in
            unusual().into_iter().filter(|variant| ["white-space", "escaped-member-names"].contains(&variant.name))
        {
            let mut request = request(base);
            (variant.edit)(&mut request);
            assert_ne!(request.body, base.as_bytes());
            let after: Value = serde_json::from_slice(&request.body).expect("JSON still");
            assert_eq!(after, serde_json::from_str::<Value>(base).expect("JSON"));
        }
    }

    fn request(body: &'static str) -> Request {
        Request {
            method: "POST".into(),
            path: "/GetChannel".into(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }
}
