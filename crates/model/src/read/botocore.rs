//! The botocore format: `service-2.json`, also in the form of our fixtures (without prose, with paginators).

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::ReadError;
use super::assemble::{Draft, assemble};
use super::object::{Object, wrong};
use super::uri::parse_uri;
use crate::pointer::child;
use crate::{
    GapReason, GapScope, Location, Member, Method, Model, ModelGap, Number, Operation, OperationId, Pagination,
    Pattern, Service, Shape, ShapeId, ShapeKind, TimestampFormat,
};

/// Returns whether a key of the format contains only prose.
pub(super) fn is_prose_key(key: &str) -> bool {
    matches!(key, "documentation" | "deprecatedMessage")
}

/// Keys with prose or advice to client authors, which is not part of the contract.
const ADVICE: [&str; 4] = ["documentation", "deprecated", "deprecatedMessage", "deprecatedSince"];

pub(super) fn read(value: &Value) -> Result<Model, ReadError> {
    let top = Object::new(value, String::new())?;
    let metadata = top.require_object("metadata")?;
    let service = service(&metadata)?;
    let mut gaps = Vec::new();
    let known =
        top.know(&["metadata", "operations", "shapes", "pagination"], &[&["version"], ADVICE.as_slice()].concat());
    for unknown in [known, know_metadata(&metadata)] {
        note_file_gap(unknown, &mut gaps)?;
    }
    let shapes_object = top.require_object("shapes")?;
    let names = shapes_object.names();
    let mut reader = Reader {
        ids: names.iter().enumerate().map(|(index, name)| (*name, ShapeId(index as u32))).collect(),
        shapes: names.iter().map(|name| Shape::new(*name, ShapeKind::Document)).collect(),
        blocked: BTreeMap::new(),
    };
    let shapes = shapes_object.objects().collect::<Result<Vec<_>, _>>()?;
    // Structures come last, since the location and the constraints of a member depend on its target shape.
    let is_structure = |object: &Object<'_>| object.get("members").is_some();
    for (name, object) in shapes.iter().filter(|(_, object)| !is_structure(object)) {
        reader.shape(name, object)?;
    }
    for (name, object) in shapes.iter().filter(|(_, object)| is_structure(object)) {
        reader.shape(name, object)?;
    }
    let mut operations = Vec::new();
    for entry in top.require_object("operations")?.objects() {
        let (name, object) = entry?;
        match reader.operation(&service.id, name, &object) {
            Ok(operation) => operations.push(operation),
            Err(error) => gaps.push(ModelGap {
                scope: GapScope::Operation(OperationId::new(&service.id, name)),
                reason: error.into_gap()?,
            }),
        }
    }
    let pagination = match top.object("pagination")? {
        Some(object) => paginators(&object, &mut gaps)?,
        None => HashMap::new(),
    };
    assemble(Draft { service, operations, shapes: reader.shapes, pagination, blocked: reader.blocked, gaps })
}

/// Adds a gap of the file for an unknown key that no operation depends on.
fn note_file_gap(result: Result<(), ReadError>, gaps: &mut Vec<ModelGap>) -> Result<(), ReadError> {
    if let Err(error) = result {
        gaps.push(ModelGap { scope: GapScope::File, reason: error.into_gap()? });
    }
    Ok(())
}

fn service(metadata: &Object<'_>) -> Result<Service, ReadError> {
    let protocol = metadata.require_string("protocol")?;
    let mut protocols = metadata.strings("protocols")?;
    protocols.push(protocol.to_owned());
    if !protocols.iter().any(|protocol| protocol == "rest-json") {
        return Err(ReadError::Protocol { found: protocols.join(", ") });
    }
    let endpoint_prefix = metadata.require_string("endpointPrefix")?;
    Ok(Service::new(
        metadata.require_string("serviceId")?,
        endpoint_prefix,
        metadata.string("signingName")?.unwrap_or(endpoint_prefix),
        metadata.require_string("apiVersion")?,
    ))
}

fn know_metadata(metadata: &Object<'_>) -> Result<(), ReadError> {
    metadata.know(
        &["apiVersion", "endpointPrefix", "protocol", "protocols", "serviceId", "signingName"],
        &[
            "auth",
            "checksumFormat",
            "globalEndpoint",
            "jsonVersion",
            "protocolSettings",
            "ripServiceName",
            "serviceAbbreviation",
            "serviceFullName",
            "signatureVersion",
            "targetPrefix",
            "uid",
        ],
    )
}

/// Returns the pagination of each operation whose entry uses top-level members only. Entries with paths or several
/// tokens are skipped, and their members are recognized by name.
fn paginators(pagination: &Object<'_>, gaps: &mut Vec<ModelGap>) -> Result<HashMap<String, Pagination>, ReadError> {
    let mut found = HashMap::new();
    for entry in pagination.objects() {
        let (operation, object) = entry?;
        let known = object.know(
            &["input_token", "output_token", "limit_key", "result_key"],
            &["more_results", "non_aggregate_keys", "py_input_token"],
        );
        note_file_gap(known, gaps)?;
        let member = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        if let (Some(input_token), Some(output_token)) = (member("input_token"), member("output_token")) {
            let pagination =
                Pagination { input_token, output_token, page_size: member("limit_key"), items: member("result_key") };
            found.insert(operation.to_owned(), pagination);
        }
    }
    Ok(found)
}

/// The shapes parsed so far. Every name has its index in the list from the start.
struct Reader<'a> {
    ids: HashMap<&'a str, ShapeId>,
    shapes: Vec<Shape>,
    /// Shapes that cannot be expressed, with the reason.
    blocked: BTreeMap<ShapeId, GapReason>,
}

impl Reader<'_> {
    /// Parses a shape. One that cannot be expressed is blocked.
    fn shape(&mut self, name: &str, object: &Object<'_>) -> Result<(), ReadError> {
        if let Err(error) = self.expressible_shape(name, object) {
            self.blocked.insert(self.ids[name], error.into_gap()?);
        }
        Ok(())
    }

    fn expressible_shape(&mut self, name: &str, object: &Object<'_>) -> Result<(), ReadError> {
        object.refuse(&["event", "eventstream", "wrapper", "flattened", "xmlNamespace"])?;
        object.know(
            &[
                "document",
                "enum",
                "error",
                "exception",
                "fault",
                "key",
                "max",
                "member",
                "members",
                "min",
                "pattern",
                "payload",
                "required",
                "sensitive",
                "sparse",
                "timestampFormat",
                "type",
                "union",
                "value",
            ],
            // Streaming blobs are raw bodies as well. Boxing and retries concern clients only.
            &[&["box", "retryable", "streaming", "requiresLength", "synthetic"], ADVICE.as_slice()].concat(),
        )?;
        let kind = self.kind(name, object)?;
        let id = self.ids[name];
        let shape = &mut self.shapes[id.index()];
        shape.kind = kind;
        shape.sensitive = object.flag("sensitive")?;
        shape.enum_values = object.strings("enum")?;
        shape.pattern = pattern(object)?;
        shape.timestamp_format = timestamp_format(object)?;
        bounds(shape, object)?;
        shape.error_status = error_status(name, object)?;
        Ok(())
    }

    fn kind(&mut self, name: &str, object: &Object<'_>) -> Result<ShapeKind, ReadError> {
        let sparse = object.flag("sparse")?;
        Ok(match object.require_string("type")? {
            "boolean" => ShapeKind::Boolean,
            "byte" => ShapeKind::Integer { bits: 8 },
            "short" => ShapeKind::Integer { bits: 16 },
            "integer" => ShapeKind::Integer { bits: 32 },
            "long" => ShapeKind::Integer { bits: 64 },
            "float" => ShapeKind::Float,
            "double" => ShapeKind::Double,
            "string" | "character" => ShapeKind::String,
            "blob" => ShapeKind::Blob,
            "timestamp" => ShapeKind::Timestamp,
            "list" => ShapeKind::List { item: self.element(object, "member")?, sparse },
            "map" => {
                ShapeKind::Map { key: self.element(object, "key")?, value: self.element(object, "value")?, sparse }
            }
            "structure" if object.flag("document")? => ShapeKind::Document,
            "structure" => {
                let members = self.members(name, object)?;
                if object.flag("union")? { ShapeKind::Union { members } } else { ShapeKind::Structure { members } }
            }
            _ => return Err(wrong("a shape type of botocore", object.place_of("type"))),
        })
    }

    /// Returns the shape of a list's items or a map's values.
    fn element(&self, object: &Object<'_>, key: &str) -> Result<ShapeId, ReadError> {
        let reference = object.require_object(key)?;
        // Items have wire names in XML only.
        reference.know(&["shape"], &[&["locationName"], ADVICE.as_slice()].concat())?;
        self.reference(&reference)
    }

    fn reference(&self, object: &Object<'_>) -> Result<ShapeId, ReadError> {
        let name = object.require_string("shape")?;
        self.ids
            .get(name)
            .copied()
            .ok_or_else(|| ReadError::MissingShape { shape: name.to_owned(), place: object.place_of("shape") })
    }

    fn members(&mut self, structure: &str, object: &Object<'_>) -> Result<Vec<Member>, ReadError> {
        let required = object.strings("required")?;
        let payload = object.string("payload")?;
        let members = object.require_object("members")?;
        for name in required.iter().map(String::as_str).chain(payload) {
            members.require(name)?;
        }
        let mut read = Vec::new();
        for entry in members.objects() {
            let (name, member) = entry?;
            member.refuse(&["hostLabel", "eventpayload", "eventheader", "xmlAttribute", "xmlNamespace"])?;
            member.know(
                &["enum", "idempotencyToken", "jsonvalue", "location", "locationName", "shape", "timestampFormat"],
                &[&["box", "contextParam"], ADVICE.as_slice()].concat(),
            )?;
            let mut shape = self.reference(&member)?;
            let enum_values = member.strings("enum")?;
            if !enum_values.is_empty() {
                shape = self.fold(format!("{structure}${name}"), shape, |shape| shape.enum_values = enum_values);
            }
            if member.flag("jsonvalue")? {
                let unknown = Pattern::unknown("", GapReason::JsonText);
                shape = self.fold(format!("{structure}${name}"), shape, |shape| shape.pattern = Some(unknown));
            }
            read.push(Member {
                name: name.to_owned(),
                wire_name: member.string("locationName")?.unwrap_or(name).to_owned(),
                location: self.location(&member, shape, payload == Some(name))?,
                shape,
                required: required.iter().any(|required| required == name),
                idempotency_token: member.flag("idempotencyToken")?,
                timestamp_format: timestamp_format(&member)?,
            });
        }
        Ok(read)
    }

    /// Creates a separate shape for a member with a constraint.
    fn fold(&mut self, name: String, base: ShapeId, change: impl FnOnce(&mut Shape)) -> ShapeId {
        let mut shape = self.shapes[base.index()].clone();
        shape.name = name;
        change(&mut shape);
        self.shapes.push(shape);
        ShapeId(self.shapes.len() as u32 - 1)
    }

    fn location(&self, member: &Object<'_>, shape: ShapeId, payload: bool) -> Result<Location, ReadError> {
        let is_map = matches!(self.shapes[shape.index()].kind, ShapeKind::Map { .. });
        Ok(match member.string("location")? {
            None if payload => Location::Payload,
            None => Location::Body,
            Some("uri") => Location::Label,
            Some("querystring") if is_map => Location::QueryMap,
            Some("querystring") => Location::Query,
            Some("header") => Location::Header,
            Some("headers") => Location::HeaderMap,
            Some("statusCode") => Location::StatusCode,
            Some(_) => {
                return Err(wrong("a location of restJson1", member.place_of("location")));
            }
        })
    }

    fn operation(&self, service: &str, name: &str, object: &Object<'_>) -> Result<Operation, ReadError> {
        // A host prefix or another way of signing would change the request.
        object.refuse(&["endpoint", "authtype", "auth", "unsignedPayload", "httpChecksum", "requestcompression"])?;
        object.know(
            &["errors", "http", "idempotent", "input", "output", "readonly"],
            &[&["name", "staticContextParams"], ADVICE.as_slice()].concat(),
        )?;
        let http = object.require_object("http")?;
        http.know(&["method", "requestUri", "responseCode"], &[])?;
        let method = http.require_string("method")?;
        let structure = |key: &str| match object.object(key)? {
            None => Ok(None),
            Some(reference) => {
                reference.know(&["shape"], &ADVICE)?;
                self.reference(&reference).map(Some)
            }
        };
        let mut errors = Vec::new();
        for error in object.list_of_objects("errors")? {
            // The other keys repeat the error's own shape.
            error.know(&["shape"], &[&["error", "exception", "fault"], ADVICE.as_slice()].concat())?;
            errors.push(self.reference(&error)?);
        }
        Ok(Operation {
            id: OperationId::new(service, name),
            name: name.to_owned(),
            method: Method::from_name(method).ok_or_else(|| wrong("an HTTP method", http.place_of("method")))?,
            uri: parse_uri(http.require_string("requestUri")?)
                .ok_or_else(|| wrong("a path of restJson1", http.place_of("requestUri")))?,
            success_status: http.status("responseCode")?.unwrap_or(200),
            input: structure("input")?,
            output: structure("output")?,
            errors,
            readonly: object.flag("readonly")?,
            idempotent: object.flag("idempotent")?,
            pagination: None,
        })
    }
}

fn pattern(object: &Object<'_>) -> Result<Option<Pattern>, ReadError> {
    Ok(object.string("pattern")?.map(Pattern::read))
}

fn timestamp_format(object: &Object<'_>) -> Result<Option<TimestampFormat>, ReadError> {
    object.typed("timestampFormat", "iso8601, rfc822 or unixTimestamp", |value| match value.as_str()? {
        "iso8601" => Some(TimestampFormat::DateTime),
        "rfc822" => Some(TimestampFormat::HttpDate),
        "unixTimestamp" => Some(TimestampFormat::EpochSeconds),
        _ => None,
    })
}

/// Sets the bounds: of the value for numbers, of the length for other shapes.
fn bounds(shape: &mut Shape, object: &Object<'_>) -> Result<(), ReadError> {
    if matches!(shape.kind, ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double) {
        let bound = |key| object.typed(key, "a number", |value| Number::from_json(value.as_number()?));
        shape.min_value = bound("min")?;
        shape.max_value = bound("max")?;
    } else {
        let bound = |key| object.typed(key, "a length", Value::as_u64);
        shape.min_length = bound("min")?;
        shape.max_length = bound("max")?;
    }
    Ok(())
}

/// Returns the status of an error shape: as stated, else 400 or 500 by its fault.
fn error_status(name: &str, object: &Object<'_>) -> Result<Option<u16>, ReadError> {
    let stated = match object.object("error")? {
        None => None,
        Some(error) => {
            error.know(&["code", "fault", "httpStatusCode"], &["senderFault"])?;
            // The code is the name on the wire. A model has one name per error.
            if error.string("code")?.is_some_and(|code| code != name) {
                return Err(ReadError::Unsupported { key: "code".to_owned(), place: child(object.place(), "error") });
            }
            error.status("httpStatusCode")?
        }
    };
    let by_fault = if object.flag("fault")? { 500 } else { 400 };
    Ok(match stated {
        Some(status) => Some(status),
        None => object.flag("exception")?.then_some(by_fault),
    })
}
