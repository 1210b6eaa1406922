//! The Smithy form: a JSON AST of Smithy 2.0 (or 1.0) with one service.

mod traits;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::ReadError;
use super::assemble::{Draft, assemble};
use super::object::{Object, wrong};
use super::uri::parse_uri;
use crate::{Location, Member, Method, Model, Operation, Pagination, Service, Shape, ShapeId, ShapeKind};
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
    let mut reader = Reader { ast: &ast, names, ids: HashMap::new(), shapes: Vec::new(), folds: Vec::new() };
    let service_errors = ast.targets(&service_object, "errors")?;
    let service_pages = traits.object("paginated")?;
    let mut operations = Vec::new();
    let mut pagination = HashMap::new();
    for (id, place) in ast.operations(&service_object)? {
        let object = ast.shape(id, &place)?;
        let traits = ast.traits(id, &object)?;
        if let Some(pages) = paginated(traits.object("paginated")?, service_pages.as_ref())? {
            pagination.insert(local_name(id).to_owned(), pages);
        }
        operations.push(reader.operation(id, &object, &traits, &service_errors)?);
    }
    assemble(Draft { service, operations, shapes: reader.finish()?, pagination })
}

/// One sentence for each trait outside `smithy.api` that is not evaluated, with how often it stands there.
pub(crate) fn notes(value: &Value) -> Result<Vec<String>, ReadError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    Ast::new(value)?.each_traits(|traits| {
        traits.check()?.into_iter().for_each(|id| *counts.entry(id).or_default() += 1);
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
    // The defaults are those of the specification of `aws.api#service`.
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

/// How an operation pages by its own trait, completed by the service's; members below the top level are left out.
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

/// The shapes of a file by id, and the traits applied to them from elsewhere.
struct Ast<'a> {
    shapes: HashMap<&'a str, Object<'a>>,
    /// By shape id or `shape$member`.
    applied: HashMap<&'a str, Object<'a>>,
}

impl<'a> Ast<'a> {
    fn new(value: &'a Value) -> Result<Self, ReadError> {
        let top = Object::new(value, String::new())?;
        top.know(&["smithy", "shapes"], &["metadata"])?;
        if !["1", "1.0", "2", "2.0"].contains(&top.require_string("smithy")?) {
            return Err(wrong("Smithy version 1.0 or 2.0", top.place_of("smithy")));
        }
        let mut ast = Self { shapes: HashMap::new(), applied: HashMap::new() };
        for entry in top.require_object("shapes")?.objects() {
            let (id, object) = entry?;
            check_keys(&object)?;
            let table = if object.require_string("type")? == "apply" { &mut ast.applied } else { &mut ast.shapes };
            table.insert(id, object);
        }
        for (id, object) in &ast.applied {
            let shape = id.split_once('$').map_or(*id, |(shape, _)| shape);
            ast.shape(shape, object.place())?;
        }
        ast.check_acyclic()?;
        // Every trait of the file, also of shapes that no operation reaches.
        ast.each_traits(|traits| traits.check().map(drop))?;
        Ok(ast)
    }

    /// Refuses mixins and resources that contain themselves: nothing else in the walk could end.
    fn check_acyclic(&self) -> Result<(), ReadError> {
        let mut done: HashSet<&str> = HashSet::new();
        for root in self.shapes.keys() {
            // A walk in depth: each entry is left (`true`) after all that it contains has been entered and left.
            let mut path: HashSet<&str> = HashSet::new();
            let mut open = vec![(*root, false)];
            while let Some((id, leave)) = open.pop() {
                if leave {
                    path.remove(id);
                    done.insert(id);
                    continue;
                }
                let Some(object) = self.shapes.get(id).filter(|_| !done.contains(id)) else { continue };
                if !path.insert(id) {
                    return Err(wrong("mixins and resources without cycles", object.place().to_owned()));
                }
                open.push((id, true));
                for key in ["mixins", "resources"] {
                    open.extend(self.targets(object, key)?.into_iter().map(|(target, _)| (target, false)));
                }
            }
        }
        Ok(())
    }

    fn each_traits(&self, mut see: impl FnMut(&Traits<'a>) -> Result<(), ReadError>) -> Result<(), ReadError> {
        let mut see_object = |object: &Object<'a>| {
            let mut traits = Traits::default();
            traits.add(object)?;
            see(&traits)
        };
        for object in self.shapes.values().chain(self.applied.values()) {
            see_object(object)?;
            for key in ["member", "key", "value"] {
                object.object(key)?.iter().try_for_each(&mut see_object)?;
            }
            if let Some(members) = object.object("members")? {
                for member in members.objects() {
                    see_object(&member?.1)?;
                }
            }
        }
        Ok(())
    }

    fn shape(&self, id: &str, place: &str) -> Result<Object<'a>, ReadError> {
        self.shapes
            .get(id)
            .cloned()
            .ok_or_else(|| ReadError::MissingShape { shape: id.to_owned(), place: place.to_owned() })
    }

    /// The one service of the file.
    fn service(&self) -> Result<(&'a str, Object<'a>), ReadError> {
        let is_service = |object: &Object<'_>| matches!(object.string("type"), Ok(Some("service")));
        let mut services = self.shapes.iter().filter(|(_, object)| is_service(object));
        match (services.next(), services.next()) {
            (Some((id, object)), None) => Ok((id, object.clone())),
            _ => Err(wrong("exactly one service among the shapes", "/shapes".to_owned())),
        }
    }

    /// All traits of a shape: its own, those applied to it, those of its mixins.
    fn traits(&self, id: &str, object: &Object<'a>) -> Result<Traits<'a>, ReadError> {
        let mut traits = Traits::default();
        traits.add(object)?;
        if let Some(applied) = self.applied.get(id) {
            traits.add(applied)?;
        }
        for (mixin, place) in self.targets(object, "mixins")?.into_iter().rev() {
            let mixin_object = self.shape(mixin, &place)?;
            traits.inherit(&self.traits(mixin, &mixin_object)?);
        }
        Ok(traits)
    }

    /// The members of a structure, union or enumeration, those of its mixins first, each with all its traits.
    fn members(&self, id: &str, object: &Object<'a>) -> Result<Vec<AstMember<'a>>, ReadError> {
        let mut members: Vec<AstMember<'a>> = Vec::new();
        for (mixin, place) in self.targets(object, "mixins")? {
            for member in self.members(mixin, &self.shape(mixin, &place)?)? {
                members.retain(|known| known.name != member.name);
                members.push(member);
            }
        }
        if let Some(own) = object.object("members")? {
            for entry in own.objects() {
                let (name, member) = entry?;
                member.know(&["target", "traits"], &[])?;
                match members.iter_mut().find(|known| known.name == name) {
                    // A member of a mixin that is written again adds its traits.
                    Some(known) => known.traits.add(&member)?,
                    None => members.push(AstMember::new(name, &member)?),
                }
            }
        }
        for member in &mut members {
            if let Some(applied) = self.applied.get(format!("{id}${}", member.name).as_str()) {
                member.traits.add(applied)?;
            }
        }
        Ok(members)
    }

    /// The ids in a list of `{"target": id}`, each with the pointer to it.
    fn targets(&self, object: &Object<'a>, key: &str) -> Result<Vec<(&'a str, String)>, ReadError> {
        object.list_of_objects(key)?.iter().map(target).collect()
    }

    /// The operations of a service or resource, those of its resources included.
    fn operations(&self, object: &Object<'a>) -> Result<Vec<(&'a str, String)>, ReadError> {
        let mut operations = self.targets(object, "operations")?;
        operations.extend(self.targets(object, "collectionOperations")?);
        for key in ["create", "put", "read", "update", "delete", "list"] {
            operations.extend(object.object(key)?.iter().map(target).collect::<Result<Vec<_>, _>>()?);
        }
        for (resource, place) in self.targets(object, "resources")? {
            operations.extend(self.operations(&self.shape(resource, &place)?)?);
        }
        Ok(operations)
    }
}

/// Refuses keys that a shape of this type does not have.
fn check_keys(object: &Object<'_>) -> Result<(), ReadError> {
    let read: &[&str] = match object.require_string("type")? {
        "structure" | "union" | "enum" | "intEnum" => &["members"],
        "list" | "set" => &["member"],
        "map" => &["key", "value"],
        "service" => &["version", "operations", "resources", "errors", "rename"],
        "operation" => &["input", "output", "errors"],
        "resource" => &[
            "identifiers",
            "properties",
            "create",
            "put",
            "read",
            "update",
            "delete",
            "list",
            "operations",
            "collectionOperations",
            "resources",
        ],
        "apply" | "blob" | "boolean" | "string" | "byte" | "short" | "integer" | "long" | "float" | "double"
        | "bigInteger" | "bigDecimal" | "timestamp" | "document" => &[],
        _ => return Err(wrong("a shape type of Smithy", object.place_of("type"))),
    };
    object.know(&[read, &["type", "traits", "mixins"]].concat(), &[])
}

fn target<'a>(reference: &Object<'a>) -> Result<(&'a str, String), ReadError> {
    reference.know(&["target"], &["traits"])?;
    Ok((reference.require_string("target")?, reference.place_of("target")))
}

/// A member with its target and all its traits.
struct AstMember<'a> {
    name: &'a str,
    target: &'a str,
    place: String,
    traits: Traits<'a>,
}

impl<'a> AstMember<'a> {
    fn new(name: &'a str, object: &Object<'a>) -> Result<Self, ReadError> {
        let (target, place) = target(object)?;
        let mut traits = Traits::default();
        traits.add(object)?;
        Ok(Self { name, target, place, traits })
    }
}

/// The shapes read so far, from the operations downwards.
struct Reader<'a> {
    ast: &'a Ast<'a>,
    /// The names that the service gives to shapes whose own ones collide.
    names: HashMap<&'a str, String>,
    ids: HashMap<&'a str, ShapeId>,
    shapes: Vec<Shape>,
    /// Shapes that stand for the target of a member and what the member adds. They are filled in last, when every target
    /// has been read.
    folds: Vec<Fold<'a>>,
}

struct Fold<'a> {
    shape: ShapeId,
    target: ShapeId,
    traits: Traits<'a>,
}

impl<'a> Reader<'a> {
    /// All shapes, once no more are asked for.
    fn finish(mut self) -> Result<Vec<Shape>, ReadError> {
        for fold in &self.folds {
            let name = self.shapes[fold.shape.index()].name.clone();
            let mut shape = Shape { name, ..self.shapes[fold.target.index()].clone() };
            fold.traits.constrain_shape(&mut shape)?;
            self.shapes[fold.shape.index()] = shape;
        }
        Ok(self.shapes)
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

    /// The input or output; absent and `Unit` are none.
    fn structure(&mut self, object: &Object<'a>, key: &str) -> Result<Option<ShapeId>, ReadError> {
        match object.object(key)?.as_ref().map(target).transpose()? {
            None | Some((UNIT, _)) => Ok(None),
            Some((id, place)) => self.shape(id, &place).map(Some),
        }
    }

    /// The place of a shape, read now if it was not before.
    fn shape(&mut self, id: &'a str, place: &str) -> Result<ShapeId, ReadError> {
        if let Some(known) = self.ids.get(id) {
            return Ok(*known);
        }
        let name = self.name(id);
        let shape_id = ShapeId(self.shapes.len() as u32);
        self.ids.insert(id, shape_id);
        // A place holder, for the shape may refer to itself.
        self.shapes.push(Shape::new(name, ShapeKind::Document));
        if let Some(kind) = prelude(id) {
            self.shapes[shape_id.index()].kind = kind;
            return Ok(shape_id);
        }
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
        traits.constrain_shape(shape)?;
        Ok(shape_id)
    }

    /// The name in the service, the whole id where another shape has the local name already.
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

    /// The shape that a list or map holds, with the traits of its member folded in.
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
                // Such headers are base64 of JSON.
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

    /// The shape of a member: its target, or one of its own if the member adds constraints.
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

    /// The values of an enumeration of either kind: strings as they are, numbers in decimal.
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

/// Where a member stands, and its name there.
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

/// The status of an error: as stated, else by whose fault it is.
fn error_status(traits: &Traits<'_>) -> Result<Option<u16>, ReadError> {
    let by_fault = match traits.string("error")? {
        None => return Ok(None),
        Some("server") => 500,
        Some(_) => 400,
    };
    let stated = traits.get("httpError").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    Ok(Some(stated.unwrap_or(by_fault)))
}

/// The shapes that every model has.
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
