//! The Smithy format: a JSON AST of Smithy 2.0 (or 1.0) with one service.

mod ast;
mod traits;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::ReadError;
use super::assemble::{Draft, assemble};
use super::object::{Object, wrong};
use super::uri::parse_uri;
use crate::{
    GapReason, GapScope, Location, Member, Method, Model, ModelGap, Operation, OperationId, Pagination, Service, Shape,
    ShapeId, ShapeKind,
};
use ast::{Ast, AstMember, target};
use traits::Traits;
pub(super) use traits::is_prose_trait;

const UNIT: &str = "smithy.api#Unit";

pub(super) fn read(value: &Value) -> Result<Model, ReadError> {
    let ast = Ast::new(value)?;
    let (service_id, service_object) = ast.service()?;
    let traits = ast.traits(service_id, &service_object)?;
    let service = service(service_id, &service_object, &traits)?;
    let mut names = HashMap::new();
    if let Some(renames) = service_object.object("rename")? {
        for id in renames.names() {
            names.insert(id, renames.require_string(id)?.to_owned());
        }
    }
    let mut reader = Reader {
        service: &service.id,
        ast: &ast,
        names,
        ids: HashMap::new(),
        shapes: Vec::new(),
        folds: Vec::new(),
        blocked: BTreeMap::new(),
    };
    let service_errors = ast.targets(&service_object, "errors")?;
    let service_pages = traits.object("paginated")?;
    let mut operations = Vec::new();
    let mut pagination = HashMap::new();
    let mut gaps = Vec::new();
    if let Some(reason) = ast.gap(service_id)? {
        gaps.push(ModelGap { scope: GapScope::File, reason: reason.clone() });
    }
    for (id, place) in ast.operations(&service_object)? {
        let object = ast.shape(id, &place)?;
        let traits = ast.traits(id, &object)?;
        if let Some(pages) = paginated(traits.object("paginated")?, service_pages.as_ref())? {
            pagination.insert(local_name(id).to_owned(), pages);
        }
        let read = match ast.gap(id)? {
            Some(reason) => Err(reason.clone()),
            None => match reader.operation(id, &object, &traits, &service_errors) {
                Ok(operation) => Ok(operation),
                Err(error) => Err(error.into_gap()?),
            },
        };
        match read {
            Ok(operation) => operations.push(operation),
            Err(reason) => {
                let operation = OperationId::new(&service.id, local_name(id));
                gaps.push(ModelGap { scope: GapScope::Operation(operation), reason });
            }
        }
    }
    let (shapes, blocked) = reader.finish()?;
    assemble(Draft { service, operations, shapes, pagination, blocked, gaps })
}

/// Returns one sentence for each ignored trait outside `smithy.api`, with its number of occurrences.
pub(crate) fn notes(value: &Value) -> Result<Vec<String>, ReadError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    Ast::new(value)?.each_traits(|traits| {
        traits.not_evaluated().for_each(|id| *counts.entry(id).or_default() += 1);
        Ok(())
    })?;
    Ok(counts.into_iter().map(|(id, count)| format!("trait `{id}` is not evaluated ({count} times)")).collect())
}

fn local_name(id: &str) -> &str {
    id.split_once('#').map_or(id, |(_, name)| name)
}

fn service(id: &str, object: &Object<'_>, traits: &Traits<'_>) -> Result<Service, ReadError> {
    if !traits.has("aws.protocols#restJson1") {
        let protocols: Vec<_> = traits.ids().filter(|id| id.contains(".protocols#")).collect();
        return Err(ReadError::Protocol { found: protocols.join(", ") });
    }
    let aws = traits.object("aws.api#service")?;
    let aws = |key: &str| match &aws {
        Some(aws) => aws.string(key),
        None => Ok(None),
    };
    // The specification of `aws.api#service` states these defaults.
    let lower_name = local_name(id).to_lowercase();
    let arn_namespace = aws("arnNamespace")?.unwrap_or(&lower_name);
    let endpoint_prefix = aws("endpointPrefix")?.unwrap_or(arn_namespace);
    let signing_name = match traits.object("aws.auth#sigv4")? {
        Some(sigv4) => sigv4.require_string("name")?,
        None => arn_namespace,
    };
    Ok(Service::new(
        aws("sdkId")?.unwrap_or(local_name(id)),
        endpoint_prefix,
        signing_name,
        object.string("version")?.unwrap_or_default(),
    ))
}

/// Returns the pagination of an operation by its own trait, completed by the service's. Members below the top level are
/// ignored.
fn paginated(own: Option<Object<'_>>, service: Option<&Object<'_>>) -> Result<Option<Pagination>, ReadError> {
    let Some(own) = own else { return Ok(None) };
    let member = |key: &str| -> Result<Option<String>, ReadError> {
        let stated = match (own.string(key)?, service) {
            (None, Some(service)) => service.string(key)?,
            (stated, _) => stated,
        };
        Ok(stated.map(str::to_owned))
    };
    let (Some(input_token), Some(output_token)) = (member("inputToken")?, member("outputToken")?) else {
        return Ok(None);
    };
    Ok(Some(Pagination { input_token, output_token, page_size: member("pageSize")?, items: member("items")? }))
}

/// The shapes parsed so far, starting from the operations.
struct Reader<'a> {
    /// The short name of the service.
    service: &'a str,
    ast: &'a Ast<'a>,
    /// The names that the service gives to shapes with colliding names.
    names: HashMap<&'a str, String>,
    ids: HashMap<&'a str, ShapeId>,
    shapes: Vec<Shape>,
    /// Shapes that combine the target of a member with the member's constraints. They are completed last, after every
    /// target has been parsed.
    folds: Vec<Fold<'a>>,
    /// Shapes that cannot be expressed, with the reason.
    blocked: BTreeMap<ShapeId, GapReason>,
}

struct Fold<'a> {
    shape: ShapeId,
    target: ShapeId,
    traits: Traits<'a>,
}

impl<'a> Reader<'a> {
    /// Returns all shapes and the blocked ones, after the last one was requested.
    fn finish(mut self) -> Result<(Vec<Shape>, BTreeMap<ShapeId, GapReason>), ReadError> {
        for fold in &self.folds {
            let name = self.shapes[fold.shape.index()].name.clone();
            let mut shape = Shape { name, ..self.shapes[fold.target.index()].clone() };
            fold.traits.constrain_shape(&mut shape)?;
            self.shapes[fold.shape.index()] = shape;
        }
        Ok((self.shapes, self.blocked))
    }

    fn operation(
        &mut self,
        id: &str,
        object: &Object<'a>,
        traits: &Traits<'a>,
        service_errors: &[(&'a str, String)],
    ) -> Result<Operation, ReadError> {
        if traits.has("auth") {
            return Err(traits.unsupported("auth"));
        }
        let http = traits.object("http")?.ok_or_else(|| ReadError::MissingKey {
            key: "smithy.api#http".to_owned(),
            place: object.place_of("traits"),
        })?;
        http.know(&["method", "uri", "code"], &[])?;
        let mut errors = Vec::new();
        for (error, place) in self.ast.targets(object, "errors")?.iter().chain(service_errors) {
            let error = self.shape(error, place)?;
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        Ok(Operation {
            id: OperationId::new(self.service, local_name(id)),
            name: local_name(id).to_owned(),
            method: Method::from_name(http.require_string("method")?)
                .ok_or_else(|| wrong("an HTTP method", http.place_of("method")))?,
            uri: parse_uri(http.require_string("uri")?)
                .ok_or_else(|| wrong("a path of restJson1", http.place_of("uri")))?,
            success_status: http.status("code")?.unwrap_or(200),
            input: self.structure(object, "input")?,
            output: self.structure(object, "output")?,
            errors,
            readonly: traits.has("readonly"),
            idempotent: traits.has("idempotent"),
            pagination: None,
        })
    }

    /// Returns the input or output; `None` if it is absent or `Unit`.
    fn structure(&mut self, object: &Object<'a>, key: &str) -> Result<Option<ShapeId>, ReadError> {
        match object.object(key)?.as_ref().map(target).transpose()? {
            None | Some((UNIT, _)) => Ok(None),
            Some((id, place)) => self.shape(id, &place).map(Some),
        }
    }

    /// Returns the id of a shape, which is parsed at the first call. One that cannot be expressed is blocked.
    fn shape(&mut self, id: &'a str, place: &str) -> Result<ShapeId, ReadError> {
        if let Some(known) = self.ids.get(id) {
            return Ok(*known);
        }
        let name = self.name(id);
        let shape_id = ShapeId(self.shapes.len() as u32);
        self.ids.insert(id, shape_id);
        // A placeholder, since the shape may refer to itself.
        self.shapes.push(Shape::new(name, ShapeKind::Document));
        if let Some(kind) = prelude(id) {
            self.shapes[shape_id.index()].kind = kind;
            return Ok(shape_id);
        }
        if let Some(reason) = self.ast.gap(id)? {
            self.blocked.insert(shape_id, reason.clone());
        } else if let Err(error) = self.parse(id, shape_id, place) {
            self.blocked.insert(shape_id, error.into_gap()?);
        }
        Ok(shape_id)
    }

    fn parse(&mut self, id: &'a str, shape_id: ShapeId, place: &str) -> Result<(), ReadError> {
        let object = self.ast.shape(id, place)?;
        let traits = self.ast.traits(id, &object)?;
        let kind = self.kind(id, &object, &traits)?;
        let enum_values = self.enum_values(id, &object)?;
        let error_status = error_status(&traits)?;
        let shape = &mut self.shapes[shape_id.index()];
        shape.kind = kind;
        shape.enum_values = enum_values;
        shape.error_status = error_status;
        shape.unique_items = object.string("type")? == Some("set");
        traits.constrain_shape(shape)
    }

    /// Returns the name in the service, or the whole id if another shape has the local name.
    fn name(&self, id: &str) -> String {
        let name = self.names.get(id).cloned().unwrap_or_else(|| local_name(id).to_owned());
        if self.shapes.iter().any(|shape| shape.name == name) { id.to_owned() } else { name }
    }

    fn kind(&mut self, id: &str, object: &Object<'a>, traits: &Traits<'a>) -> Result<ShapeKind, ReadError> {
        let sparse = traits.has("sparse");
        let shape_type = object.require_string("type")?;
        Ok(match shape_type {
            "list" | "set" => ShapeKind::List { item: self.element(id, object, "member")?, sparse },
            "map" => ShapeKind::Map {
                key: self.element(id, object, "key")?,
                value: self.element(id, object, "value")?,
                sparse,
            },
            "structure" => ShapeKind::Structure { members: self.members(id, object)? },
            "union" if traits.has("streaming") => return Err(traits.unsupported("streaming")),
            "union" => ShapeKind::Union { members: self.members(id, object)? },
            _ => simple(shape_type)
                .ok_or_else(|| ReadError::Unsupported { key: shape_type.to_owned(), place: object.place_of("type") })?,
        })
    }

    /// Returns the shape of a list's items or a map's values, including the traits of its member.
    fn element(&mut self, container: &str, object: &Object<'a>, key: &'static str) -> Result<ShapeId, ReadError> {
        let reference = object.require_object(key)?;
        reference.know(&["target", "traits"], &[])?;
        let mut member = AstMember::new(key, &reference)?;
        if let Some(applied) = self.ast.applied.get(format!("{container}${key}").as_str()) {
            member.traits.add(applied)?;
        }
        let fold = member.traits.constrain() || member.traits.has("timestampFormat");
        self.member_shape(container, &member, fold)
    }

    fn members(&mut self, id: &str, object: &Object<'a>) -> Result<Vec<Member>, ReadError> {
        let mut read = Vec::new();
        for member in self.ast.members(id, object)? {
            let traits = &member.traits;
            let shape = self.member_shape(id, &member, traits.constrain())?;
            let (location, wire_name) = location(member.name, traits)?;
            if location == Location::Header && self.has_media_type(&member)? {
                // Such headers contain base64 of JSON.
                return Err(ReadError::Unsupported { key: "smithy.api#mediaType".to_owned(), place: member.place });
            }
            read.push(Member {
                name: member.name.to_owned(),
                wire_name: wire_name.to_owned(),
                location,
                shape,
                required: traits.has("required"),
                idempotency_token: traits.has("idempotencyToken"),
                timestamp_format: traits.timestamp_format()?,
            });
        }
        Ok(read)
    }

    fn has_media_type(&self, member: &AstMember<'a>) -> Result<bool, ReadError> {
        let of_target = match self.ast.shapes.get(member.target) {
            Some(object) => self.ast.traits(member.target, object)?.has("mediaType"),
            None => false,
        };
        Ok(of_target || member.traits.has("mediaType"))
    }

    /// Returns the shape of a member: its target, or a separate one if the member adds constraints.
    fn member_shape(&mut self, container: &str, member: &AstMember<'a>, fold: bool) -> Result<ShapeId, ReadError> {
        let target = self.shape(member.target, &member.place)?;
        if !fold {
            return Ok(target);
        }
        let shape = ShapeId(self.shapes.len() as u32);
        let name = format!("{}${}", local_name(container), member.name);
        self.shapes.push(Shape::new(name, ShapeKind::Document));
        self.folds.push(Fold { shape, target, traits: member.traits.clone() });
        Ok(shape)
    }

    /// Returns the values of an enumeration of either kind: strings unchanged, numbers in decimal.
    fn enum_values(&self, id: &str, object: &Object<'a>) -> Result<Vec<String>, ReadError> {
        if !matches!(object.require_string("type")?, "enum" | "intEnum") {
            return Ok(Vec::new());
        }
        let members = self.ast.members(id, object)?;
        let value = |member: &AstMember<'_>| match member.traits.get("enumValue") {
            None => member.name.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        Ok(members.iter().map(value).collect())
    }
}

/// Returns the location of a member, and its name there.
fn location<'a>(name: &'a str, traits: &Traits<'a>) -> Result<(Location, &'a str), ReadError> {
    if let Some(header) = traits.string("httpHeader")? {
        return Ok((Location::Header, header));
    }
    if let Some(prefix) = traits.string("httpPrefixHeaders")? {
        return Ok((Location::HeaderMap, prefix));
    }
    if let Some(query) = traits.string("httpQuery")? {
        return Ok((Location::Query, query));
    }
    let location = [
        ("httpLabel", Location::Label),
        ("httpQueryParams", Location::QueryMap),
        ("httpPayload", Location::Payload),
        ("httpResponseCode", Location::StatusCode),
    ];
    match location.into_iter().find(|(id, _)| traits.has(id)) {
        Some((_, location)) => Ok((location, name)),
        None => Ok((Location::Body, traits.string("jsonName")?.unwrap_or(name))),
    }
}

/// Returns the status of an error: as stated, else 400 or 500 by its fault.
fn error_status(traits: &Traits<'_>) -> Result<Option<u16>, ReadError> {
    let by_fault = match traits.string("error")? {
        None => return Ok(None),
        Some("server") => 500,
        Some(_) => 400,
    };
    let stated = traits.get("httpError").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    Ok(Some(stated.unwrap_or(by_fault)))
}

/// Returns the shapes that every model has.
fn prelude(id: &str) -> Option<ShapeKind> {
    let name = id.strip_prefix("smithy.api#")?;
    match name {
        "Unit" => Some(ShapeKind::Structure { members: Vec::new() }),
        _ => {
            let name = name.strip_prefix("Primitive").unwrap_or(name);
            let mut letters = name.chars();
            let first = letters.next()?.to_ascii_lowercase();
            simple(&format!("{first}{}", letters.as_str()))
        }
    }
}

fn simple(shape_type: &str) -> Option<ShapeKind> {
    Some(match shape_type {
        "blob" => ShapeKind::Blob,
        "boolean" => ShapeKind::Boolean,
        "string" | "enum" => ShapeKind::String,
        "byte" => ShapeKind::Integer { bits: 8 },
        "short" => ShapeKind::Integer { bits: 16 },
        "integer" | "intEnum" => ShapeKind::Integer { bits: 32 },
        "long" => ShapeKind::Integer { bits: 64 },
        "float" => ShapeKind::Float,
        "double" => ShapeKind::Double,
        "timestamp" => ShapeKind::Timestamp,
        "document" => ShapeKind::Document,
        _ => return None,
    })
}
