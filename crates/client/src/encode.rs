//! Encodes an operation and its input as an unsigned HTTP request, by the model's restJson1 bindings.
//!
//! Values are not converted: a string in place of a boolean reaches the body unchanged, since suites must send such
//! input. Only values that HTTP cannot carry are errors.

use bytes::Bytes;
use ivs_model::{Location, Member, Model, Operation, ShapeId, ShapeKind, UriSegment, decode_blob};
use serde_json::{Map, Value};

use crate::{Request, percent};

/// The reason why an input cannot be encoded as a request. Such a site is not part of the total
/// (docs/architecture.md#sites).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The input lacks a member that is bound to a label of the path.
    #[error("`{member}` is absent, but the path requires it")]
    MissingLabel {
        /// The member bound to the label.
        member: String,
    },
    /// A member in the path, query or headers is null, which these cannot express.
    #[error("`{member}` is null, which a {place} cannot express")]
    Null {
        /// The member.
        member: String,
        /// The part of the request.
        place: Place,
    },
    /// A member in the path, query or headers has a wrong type. As text, such a value may look like a valid one.
    #[error("`{member}` has a JSON type that a {place} cannot express")]
    WrongType {
        /// The member.
        member: String,
        /// The part of the request.
        place: Place,
    },
    /// A header value has a control character, or a space at its start or end.
    #[error("`{member}` contains characters that a header must not have")]
    HeaderText {
        /// The member.
        member: String,
    },
    /// The input is not a JSON object, but the operation binds members outside the body.
    #[error("the input is not an object, but its members are bound to path, query or headers")]
    NoObject,
}

/// A part of a request outside the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A label of the path.
    Label,
    /// The query.
    Query,
    /// A header.
    Header,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Label => "path",
            Self::Query => "query",
            Self::Header => "header",
        })
    }
}

/// Encodes an operation's input as an unsigned request: path, query, headers and body, without `host`.
///
/// `input` uses member names, also for labels and queries; `null` means an absent input. Undeclared members go into the
/// body under their own names. Timestamps must have their wire format, and blobs are base64, also as a payload.
///
/// # Errors
///
/// [`EncodeError`] for input that HTTP cannot carry, never for input that the endpoint should reject.
pub fn encode(model: &Model, operation: &Operation, input: &Value) -> Result<Request, EncodeError> {
    let members = model.members(operation.input);
    let empty = Map::new();
    let object = match input {
        Value::Object(object) => object,
        Value::Null => &empty,
        _ if members.iter().all(|member| member.location == Location::Body) => &empty,
        _ => return Err(EncodeError::NoObject),
    };
    let mut headers = vec![("accept".to_owned(), b"application/json".to_vec())];
    bound_headers(model, members, object, &mut headers)?;
    let body = match input {
        Value::Object(_) | Value::Null => body(model, members, object),
        // All members are in the body, so the input, of any type, is the body.
        other => Some(("application/json", Bytes::from(other.to_string()))),
    };
    let body = body.map(|(content_type, body)| {
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), content_type.as_bytes().to_vec()));
        }
        body
    });
    Ok(Request {
        method: operation.method.as_str().to_owned(),
        path: path(model, operation, members, object)?,
        query: query(model, operation, members, object)?,
        headers,
        body: body.unwrap_or_default(),
    })
}

fn path(
    model: &Model,
    operation: &Operation,
    members: &[Member],
    input: &Map<String, Value>,
) -> Result<String, EncodeError> {
    let mut path = String::new();
    for segment in &operation.uri.segments {
        path.push('/');
        match segment {
            UriSegment::Literal(text) => path.push_str(text),
            UriSegment::Label(label) => path.push_str(&percent::encode(label_text(model, label, members, input)?)),
            UriSegment::GreedyLabel(label) => {
                path.push_str(&percent::encode_greedy(&label_text(model, label, members, input)?));
            }
        }
    }
    Ok(if path.is_empty() { "/".to_owned() } else { path })
}

fn label_text(
    model: &Model,
    label: &str,
    members: &[Member],
    input: &Map<String, Value>,
) -> Result<String, EncodeError> {
    let member = members
        .iter()
        .find(|member| member.location == Location::Label && (member.wire_name == label || member.name == label));
    let name = member.map_or(label, |member| member.name.as_str());
    match input.get(name) {
        None => Err(EncodeError::MissingLabel { member: name.to_owned() }),
        Some(value) => scalar_text(member.map(|member| &model.shape(member.shape).kind), name, value, Place::Label),
    }
}

fn query(
    model: &Model,
    operation: &Operation,
    members: &[Member],
    input: &Map<String, Value>,
) -> Result<String, EncodeError> {
    let mut pairs: Vec<String> = operation
        .uri
        .query
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{}={}", percent::encode(name), percent::encode(value)),
            None => percent::encode(name),
        })
        .collect();
    let mut push = |name: &str, text: &str| pairs.push(format!("{}={}", percent::encode(name), percent::encode(text)));
    let present = |member: &'_ Member| input.get(&member.name);
    for member in members.iter().filter(|member| member.location == Location::Query) {
        let Some(value) = present(member) else {
            continue;
        };
        for text in texts(model, member.shape, &member.name, value, Place::Query)? {
            push(&member.wire_name, &text);
        }
    }
    for member in members.iter().filter(|member| member.location == Location::QueryMap) {
        let Some(value) = present(member) else {
            continue;
        };
        let Value::Object(map) = value else {
            return Err(not_text(&member.name, value, Place::Query));
        };
        for (key, value) in map {
            // A parameter that another member is bound to belongs to that member (Smithy: httpQueryParams yields to
            // httpQuery).
            let claimed = |other: &Member| other.location == Location::Query && other.wire_name == *key;
            if members.iter().any(claimed) {
                continue;
            }
            match value {
                Value::Array(items) => {
                    for item in items {
                        push(key, &scalar_text(None, &member.name, item, Place::Query)?);
                    }
                }
                other => push(key, &scalar_text(None, &member.name, other, Place::Query)?),
            }
        }
    }
    Ok(pairs.join("&"))
}

fn bound_headers(
    model: &Model,
    members: &[Member],
    input: &Map<String, Value>,
    headers: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), EncodeError> {
    for member in members {
        let Some(value) = input.get(&member.name) else {
            continue;
        };
        match member.location {
            Location::Header => {
                let mut texts = texts(model, member.shape, &member.name, value, Place::Header)?;
                if let ShapeKind::List { item, .. } = model.shape(member.shape).kind {
                    // A header without a value would be a list of one empty item.
                    if texts.is_empty() {
                        continue;
                    }
                    if model.shape(item).kind == ShapeKind::String {
                        texts = texts.iter().map(|text| list_item(text)).collect();
                    }
                }
                headers.push((member.wire_name.to_ascii_lowercase(), header_text(&member.name, &texts.join(", "))?));
            }
            Location::HeaderMap => {
                let Value::Object(map) = value else {
                    return Err(not_text(&member.name, value, Place::Header));
                };
                for (key, value) in map {
                    let name = format!("{}{key}", member.wire_name).to_ascii_lowercase();
                    let token = !name.is_empty() && http::HeaderName::from_bytes(name.as_bytes()).is_ok();
                    if !token {
                        return Err(EncodeError::HeaderText { member: member.name.clone() });
                    }
                    let text = scalar_text(None, &member.name, value, Place::Header)?;
                    headers.push((name, header_text(&member.name, &text)?));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Encodes one string of a list in a header, quoted if a comma or a quote would split it (Smithy, httpHeader). Dates have
/// commas of their own and are never quoted.
fn list_item(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}

fn header_text(member: &str, text: &str) -> Result<Vec<u8>, EncodeError> {
    let carried = text.trim_matches([' ', '\t']) == text && http::HeaderValue::from_str(text).is_ok()
        || !text.is_ascii() && http::HeaderValue::from_bytes(text.as_bytes()).is_ok();
    if carried { Ok(text.as_bytes().to_vec()) } else { Err(EncodeError::HeaderText { member: member.to_owned() }) }
}

/// Returns the body and its content type. `None` if the operation has neither body members nor a payload, and the input
/// has no undeclared members. A structure as payload that is not set is an empty one; other payloads that are not set
/// are no body at all.
fn body(model: &Model, members: &[Member], input: &Map<String, Value>) -> Option<(&'static str, Bytes)> {
    if let Some(member) = members.iter().find(|member| member.location == Location::Payload) {
        let kind = &model.shape(member.shape).kind;
        let Some(value) = input.get(&member.name) else {
            let is_structure = matches!(kind, ShapeKind::Structure { .. });
            return is_structure.then(|| ("application/json", Bytes::from_static(b"{}")));
        };
        return Some(match (kind, value) {
            (ShapeKind::Blob, Value::String(text)) => {
                let bytes = decode_blob(text).map_or_else(|| Bytes::from(text.clone()), Bytes::from);
                ("application/octet-stream", bytes)
            }
            (ShapeKind::String, Value::String(text)) => ("text/plain", Bytes::from(text.clone())),
            _ => ("application/json", Bytes::from(wire_value(model, member.shape, value).to_string())),
        });
    }
    let mut object = Map::new();
    for (name, value) in input {
        match members.iter().find(|member| member.name == *name) {
            Some(member) if member.location == Location::Body => {
                object.insert(member.wire_name.clone(), wire_value(model, member.shape, value));
            }
            Some(_) => {}
            None => {
                object.insert(name.clone(), value.clone());
            }
        }
    }
    let has_body = !object.is_empty() || members.iter().any(|member| member.location == Location::Body);
    has_body.then(|| ("application/json", Bytes::from(Value::Object(object).to_string())))
}

/// Replaces member names by wire names where value and shape agree. Other values are unchanged.
fn wire_value(model: &Model, shape: ShapeId, value: &Value) -> Value {
    match (&model.shape(shape).kind, value) {
        (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => {
            let mut wire = Map::new();
            for (name, value) in object {
                match members.iter().find(|member| member.name == *name) {
                    Some(member) => wire.insert(member.wire_name.clone(), wire_value(model, member.shape, value)),
                    None => wire.insert(name.clone(), value.clone()),
                };
            }
            Value::Object(wire)
        }
        (ShapeKind::List { item, .. }, Value::Array(items)) => {
            items.iter().map(|value| wire_value(model, *item, value)).collect()
        }
        (ShapeKind::Map { value: shape, .. }, Value::Object(map)) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), wire_value(model, *shape, value))).collect())
        }
        _ => value.clone(),
    }
}

/// Returns the texts of a query or header value: one for a scalar, one per item for a list.
fn texts(model: &Model, shape: ShapeId, member: &str, value: &Value, place: Place) -> Result<Vec<String>, EncodeError> {
    match (&model.shape(shape).kind, value) {
        (ShapeKind::List { item, .. }, Value::Array(items)) => {
            items.iter().map(|value| scalar_text(Some(&model.shape(*item).kind), member, value, place)).collect()
        }
        (ShapeKind::List { .. }, other) => Err(not_text(member, other, place)),
        (kind, value) => scalar_text(Some(kind), member, value, place).map(|text| vec![text]),
    }
}

/// Returns the text of one scalar. A number in place of a string is an error, since on the wire it would be a valid
/// string.
fn scalar_text(kind: Option<&ShapeKind>, member: &str, value: &Value, place: Place) -> Result<String, EncodeError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) if kind.is_some_and(|kind| *kind != ShapeKind::String) => {
            Ok(value.to_string())
        }
        other => Err(not_text(member, other, place)),
    }
}

fn not_text(member: &str, value: &Value, place: Place) -> EncodeError {
    let member = member.to_owned();
    if value.is_null() { EncodeError::Null { member, place } } else { EncodeError::WrongType { member, place } }
}
