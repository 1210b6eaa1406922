//! A JSON body read by a Model's shape: values under member names, and what does not belong.

mod bindings;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ivs_client::Response;
use ivs_model::pointer::child;
use ivs_model::{Location, Member, Model, ShapeId, ShapeKind};
use serde_json::{Map, Value};

/// One place in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// JSON pointer into the body.
    pub(crate) pointer: String,
    /// The same with `*` for list items and map values.
    pub(crate) site: String,
    /// The last name of the pointer.
    pub(crate) name: String,
    /// The name of the structure that holds it.
    pub(crate) holder: String,
}

/// A body read by a shape.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reading {
    /// The value by member names, header-bound members included. Unset strings (see [`read`]) are left out.
    pub(crate) value: Value,
    /// Members that the shape does not have.
    pub(crate) unknown: Vec<Place>,
    /// Members and items that are null.
    pub(crate) nulls: Vec<Place>,
    /// Members that belong in a header.
    pub(crate) header_bound: Vec<Place>,
    /// Texts in places that the model marks sensitive.
    pub(crate) secrets: Vec<String>,
}

/// Reads a body by a structure. The services write optional strings that are unset as `""`, also where an enumeration
/// or a pattern forbids it (fact `response-unset-members`): such a member counts as absent.
pub(crate) fn read(model: &Model, shape: ShapeId, body: Option<&Value>, response: Option<&Response>) -> Reading {
    let mut reader = Reader { model, reading: Reading::default() };
    let empty = Value::Object(Map::new());
    let members = model.members(Some(shape));
    let mut value = match payload(model, shape) {
        Some(member) => {
            let raw = response.and_then(|response| raw_payload(model, member, response));
            let inner = raw
                .as_ref()
                .or(body)
                .map(|inner| reader.value(member.shape, inner, "", "", model.shape(shape).sensitive));
            Value::Object(inner.map(|inner| (member.name.clone(), inner)).into_iter().collect())
        }
        None => reader.value(shape, body.unwrap_or(&empty), "", "", false),
    };
    if let (Some(response), Value::Object(object)) = (response, &mut value) {
        for member in members {
            if let Some(value) = bindings::outside_body(model, member, response) {
                object.insert(member.name.clone(), value);
            }
        }
    }
    reader.reading.value = value;
    reader.reading
}

/// The member that is the whole body, if a structure has one.
fn payload(model: &Model, shape: ShapeId) -> Option<&Member> {
    model.members(Some(shape)).iter().find(|member| member.location == Location::Payload)
}

/// The form of the body of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyForm {
    /// A JSON object.
    Object,
    /// Any JSON value.
    Json,
    /// Bytes or text that need not be JSON.
    Raw,
}

impl BodyForm {
    /// The form of the bodies of a structure.
    pub(crate) fn of(model: &Model, shape: Option<ShapeId>) -> Self {
        let Some(member) = shape.and_then(|shape| payload(model, shape)) else { return Self::Object };
        match model.shape(member.shape).kind {
            ShapeKind::Blob | ShapeKind::String => Self::Raw,
            ShapeKind::Structure { .. } | ShapeKind::Union { .. } | ShapeKind::Map { .. } => Self::Object,
            _ => Self::Json,
        }
    }
}

/// The value of a payload that is no JSON: a text, or bytes as base64. An empty body has none.
fn raw_payload(model: &Model, member: &Member, response: &Response) -> Option<Value> {
    if response.body.is_empty() {
        return None;
    }
    match model.shape(member.shape).kind {
        ShapeKind::Blob => Some(Value::String(STANDARD.encode(&response.body))),
        ShapeKind::String => Some(Value::String(String::from_utf8_lossy(&response.body).into_owned())),
        _ => None,
    }
}

/// The texts in sensitive places of a JSON body.
pub(crate) fn secrets(model: &Model, shape: Option<ShapeId>, body: &Value) -> Vec<String> {
    shape.map_or_else(Vec::new, |shape| read(model, shape, Some(body), None).secrets)
}

/// The same body with every text in a sensitive place replaced, except those for which `keep` holds.
pub(crate) fn masked(model: &Model, shape: Option<ShapeId>, body: &Value, keep: &dyn Fn(&str) -> bool) -> Value {
    match shape {
        Some(shape) => match payload(model, shape) {
            Some(member) => mask_value(model, member.shape, body, model.shape(shape).sensitive, keep),
            None => mask_value(model, shape, body, false, keep),
        },
        None => body.clone(),
    }
}

/// What stands in reports in the place of a secret.
pub(crate) const MASK: &str = "<masked>";

fn mask_value(model: &Model, id: ShapeId, value: &Value, secret: bool, keep: &dyn Fn(&str) -> bool) -> Value {
    let shape = model.shape(id);
    let secret = secret || shape.sensitive;
    match (&shape.kind, value) {
        (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => object
            .iter()
            .map(|(key, value)| {
                let member =
                    members.iter().find(|member| member.location == Location::Body && member.wire_name == *key);
                let value = match member {
                    Some(member) => mask_value(model, member.shape, value, secret, keep),
                    None if secret => mask_all(value, keep),
                    None => value.clone(),
                };
                (key.clone(), value)
            })
            .collect(),
        (ShapeKind::List { item, .. }, Value::Array(items)) => {
            items.iter().map(|value| mask_value(model, *item, value, secret, keep)).collect()
        }
        (ShapeKind::Map { value: of, .. }, Value::Object(object)) => {
            object.iter().map(|(key, value)| (key.clone(), mask_value(model, *of, value, secret, keep))).collect()
        }
        _ if secret => mask_all(value, keep),
        _ => value.clone(),
    }
}

fn mask_all(value: &Value, keep: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::String(text) if !text.is_empty() && !keep(text) => Value::String(MASK.to_owned()),
        Value::Array(items) => items.iter().map(|item| mask_all(item, keep)).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), mask_all(value, keep))).collect(),
        other => other.clone(),
    }
}

/// A pointer by member names with `*` for list items and map values, `*key` for a map key.
pub(crate) fn site(model: &Model, shape: ShapeId, pointer: &str, of_key: bool) -> String {
    let mut site = String::new();
    let mut current = Some(shape);
    let segments: Vec<&str> = pointer.split('/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let last = index + 1 == segments.len();
        let kind = current.map(|id| &model.shape(id).kind);
        site.push('/');
        current = match kind {
            Some(ShapeKind::List { item, .. }) => {
                site.push('*');
                Some(*item)
            }
            Some(ShapeKind::Map { value, .. }) => {
                site.push_str(if last && of_key { "*key" } else { "*" });
                Some(*value)
            }
            Some(ShapeKind::Structure { members } | ShapeKind::Union { members }) => {
                site.push_str(segment);
                let name = segment.replace("~1", "/").replace("~0", "~");
                members.iter().find(|member| member.name == name).map(|member| member.shape)
            }
            _ => {
                site.push_str(segment);
                None
            }
        };
    }
    site
}

/// The shape that stands at a site or pointer (by member names) below a shape.
pub(crate) fn shape_at(model: &Model, shape: ShapeId, site: &str) -> Option<ShapeId> {
    site.split('/').skip(1).try_fold(shape, |id, segment| match &model.shape(id).kind {
        ShapeKind::List { item, .. } => Some(*item),
        ShapeKind::Map { key, .. } if segment == "*key" => Some(*key),
        ShapeKind::Map { value, .. } => Some(*value),
        ShapeKind::Structure { members } | ShapeKind::Union { members } => {
            let name = segment.replace("~1", "/").replace("~0", "~");
            members.iter().find(|member| member.name == name).map(|member| member.shape)
        }
        _ => None,
    })
}

struct Reader<'a> {
    model: &'a Model,
    reading: Reading,
}

impl Reader<'_> {
    fn value(&mut self, id: ShapeId, value: &Value, pointer: &str, site: &str, secret: bool) -> Value {
        let shape = self.model.shape(id);
        let secret = secret || shape.sensitive;
        match (&shape.kind, value) {
            (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => {
                let mut read = Map::new();
                for (key, value) in object {
                    let (inner, inner_site) = (child(pointer, key), child(site, key));
                    let place = || Place {
                        pointer: inner.clone(),
                        site: inner_site.clone(),
                        name: key.clone(),
                        holder: shape.name.clone(),
                    };
                    let Some(member) = members.iter().find(|it| it.location == Location::Body && it.wire_name == *key)
                    else {
                        self.foreign(members, key, value, secret, place());
                        continue;
                    };
                    if value.is_null() {
                        self.reading.nulls.push(place());
                    } else if member.required || !self.is_unset(member, value) {
                        let value = self.value(member.shape, value, &inner, &inner_site, secret);
                        read.insert(member.name.clone(), value);
                    }
                }
                Value::Object(read)
            }
            (ShapeKind::List { item, .. }, Value::Array(items)) => {
                let site = child(site, "*");
                let item = *item;
                let read = |(index, value): (usize, &Value)| {
                    self.value(item, value, &child(pointer, &index.to_string()), &site, secret)
                };
                items.iter().enumerate().map(read).collect()
            }
            (ShapeKind::Map { value: of, .. }, Value::Object(object)) => {
                let site = child(site, "*");
                let of = *of;
                let read = |(key, value): (&String, &Value)| {
                    (key.clone(), self.value(of, value, &child(pointer, key), &site, secret))
                };
                object.iter().map(read).collect()
            }
            (_, other) => {
                if secret {
                    collect(other, &mut self.reading.secrets);
                }
                other.clone()
            }
        }
    }

    fn foreign(&mut self, members: &[Member], key: &str, value: &Value, secret: bool, place: Place) {
        let in_header = |member: &Member| {
            member.location == Location::Header && (member.name == key || member.wire_name.eq_ignore_ascii_case(key))
        };
        if members.iter().any(in_header) {
            self.reading.header_bound.push(place);
        } else {
            self.reading.unknown.push(place);
        }
        // A sensitive member in a structure that should not have it is still a secret.
        let shapes = &self.model.shapes;
        let elsewhere = |member: &&Member| member.wire_name == key && self.model.shape(member.shape).sensitive;
        let sensitive = shapes.iter().any(|shape| match &shape.kind {
            ShapeKind::Structure { members } | ShapeKind::Union { members } => members.iter().any(|it| elsewhere(&it)),
            _ => false,
        });
        if secret || sensitive {
            collect(value, &mut self.reading.secrets);
        }
    }

    fn is_unset(&self, member: &Member, value: &Value) -> bool {
        value.as_str() == Some("") && self.model.shape(member.shape).kind == ShapeKind::String
    }
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(object) => object.values().for_each(|value| collect(value, into)),
        _ => {}
    }
}
