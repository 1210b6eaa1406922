//! A model's input as JSON Schema: an independent translation of the constraints, for a second evaluator.

use ivs_model::{Location, Member, Model, Number, Operation, Shape, ShapeId, ShapeKind, TimestampFormat};
use serde_json::{Map, Value, json};

/// Returns the schema of an operation's input, by member names as in cases.
pub(crate) fn of_input(model: &Model, operation: &Operation) -> Value {
    let mut schema = Conversion { model, definitions: Map::new(), pending: Vec::new() };
    let root = operation.input.map_or_else(|| json!({}), |input| schema.structure(input, None));
    while let Some((name, id, location)) = schema.pending.pop() {
        let definition = schema.definition(id, location);
        schema.definitions.insert(name, definition);
    }
    let Value::Object(mut root) = root else { unreachable!("a structure is an object") };
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("$defs".to_owned(), Value::Object(schema.definitions));
    Value::Object(root)
}

struct Conversion<'m> {
    model: &'m Model,
    definitions: Map<String, Value>,
    /// Referenced definitions that are not written yet.
    pending: Vec<(String, ShapeId, Location)>,
}

impl Conversion<'_> {
    fn reference(&mut self, id: ShapeId, location: Location) -> Value {
        let name = format!("{}-{location:?}", id.index());
        if !self.definitions.contains_key(&name) {
            self.definitions.insert(name.clone(), json!(true));
            self.pending.push((name.clone(), id, location));
        }
        json!({"$ref": format!("#/$defs/{name}")})
    }

    fn definition(&mut self, id: ShapeId, location: Location) -> Value {
        let shape = self.model.shape(id);
        match &shape.kind {
            ShapeKind::Boolean => json!({"type": "boolean"}),
            ShapeKind::Integer { bits } => integer(shape, *bits),
            ShapeKind::Float | ShapeKind::Double => {
                let number = ranged(shape, json!({"type": "number"}));
                json!({"anyOf": [number, {"enum": ["NaN", "Infinity", "-Infinity"]}]})
            }
            ShapeKind::String => string(shape),
            ShapeKind::Blob => blob(shape),
            ShapeKind::Timestamp => {
                timestamp(shape.timestamp_format.unwrap_or_else(|| location.default_timestamp_format()))
            }
            ShapeKind::Document => json!(true),
            ShapeKind::List { item, sparse } => {
                let items = self.element(*item, *sparse, location);
                sized(
                    shape,
                    ("minItems", "maxItems"),
                    json!({"type": "array", "items": items, "uniqueItems": shape.unique_items}),
                )
            }
            ShapeKind::Map { key, value, sparse } => {
                let keys = self.reference(*key, location);
                let values = self.element(*value, *sparse, location);
                let map = json!({"type": "object", "propertyNames": keys, "additionalProperties": values});
                sized(shape, ("minProperties", "maxProperties"), map)
            }
            ShapeKind::Structure { .. } => self.structure(id, Some(location)),
            ShapeKind::Union { members } => {
                let choices: Vec<Value> = members
                    .iter()
                    .map(|member| {
                        let value = self.member(member, location);
                        json!({
                            "type": "object", "properties": {&member.name: value},
                            "required": [&member.name], "additionalProperties": false
                        })
                    })
                    .collect();
                json!({"oneOf": choices})
            }
        }
    }

    fn element(&mut self, id: ShapeId, sparse: bool, location: Location) -> Value {
        let value = self.reference(id, location);
        if sparse { json!({"anyOf": [{"type": "null"}, value]}) } else { value }
    }

    /// `around` is the location of the top-level member that the structure is in; none for the input itself.
    fn structure(&mut self, id: ShapeId, around: Option<Location>) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for member in self.model.members(Some(id)) {
            let value = self.member(member, around.unwrap_or(member.location));
            if member.required {
                required.push(member.name.clone());
                // A document could be null, a required member cannot.
                properties.insert(member.name.clone(), json!({"allOf": [{"not": {"type": "null"}}, value]}));
            } else {
                // Null means absent for an optional member.
                properties.insert(member.name.clone(), json!({"anyOf": [{"type": "null"}, value]}));
            }
        }
        json!({"type": "object", "properties": properties, "required": required})
    }

    fn member(&mut self, member: &Member, location: Location) -> Value {
        match (&self.model.shape(member.shape).kind, member.timestamp_format) {
            (ShapeKind::Timestamp, Some(format)) => timestamp(format),
            _ => self.reference(member.shape, location),
        }
    }
}

fn sized(shape: &Shape, (min, max): (&str, &str), mut schema: Value) -> Value {
    if let Some(length) = shape.min_length {
        schema[min] = json!(length);
    }
    if let Some(length) = shape.max_length {
        schema[max] = json!(length);
    }
    schema
}

fn ranged(shape: &Shape, mut schema: Value) -> Value {
    let bound = |number: Number| match number {
        Number::Integer(value) => json!(value),
        Number::Float(value) => json!(value),
    };
    if let Some(min) = shape.min_value {
        schema["minimum"] = bound(min);
    }
    if let Some(max) = shape.max_value {
        schema["maximum"] = bound(max);
    }
    schema
}

fn integer(shape: &Shape, bits: u8) -> Value {
    let largest = i64::MAX >> (64 - u32::from(bits));
    let fits = json!({"type": "integer", "minimum": -largest - 1, "maximum": largest});
    let mut all = vec![fits, ranged(shape, json!({}))];
    if !shape.enum_values.is_empty() {
        let values: Vec<i64> = shape.enum_values.iter().filter_map(|value| value.parse().ok()).collect();
        all.push(json!({"enum": values}));
    }
    json!({"allOf": all})
}

fn string(shape: &Shape) -> Value {
    let mut schema = sized(shape, ("minLength", "maxLength"), json!({"type": "string"}));
    if let Some(pattern) = &shape.pattern {
        schema["pattern"] = json!(format!("^(?:{})$", pattern.as_str()));
    }
    if !shape.enum_values.is_empty() {
        schema["enum"] = json!(shape.enum_values);
    }
    schema
}

/// Returns the pattern of base64: quads, then a padded quad for the last one or two bytes.
fn blob(shape: &Shape) -> Value {
    let quad = "[A-Za-z0-9+/]{4}";
    let tails = ["", "[A-Za-z0-9+/]{2}==", "[A-Za-z0-9+/]{3}="];
    let min = shape.min_length.unwrap_or(0);
    let choices: Vec<String> = (0_u64..)
        .zip(tails)
        .filter_map(|(rest, tail)| {
            let least = min.saturating_sub(rest).div_ceil(3);
            // No case reaches a maximum size that a pattern cannot count.
            let most = match shape.max_length {
                Some(max) if max < rest => return None,
                Some(max) if max < 3_000 => ((max - rest) / 3).to_string(),
                _ => String::new(),
            };
            Some(format!("(?:{quad}){{{least},{most}}}{tail}"))
        })
        .collect();
    json!({"type": "string", "pattern": format!("^(?:{})$", choices.join("|"))})
}

fn timestamp(format: TimestampFormat) -> Value {
    match format {
        TimestampFormat::DateTime => json!({
            "type": "string",
            "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z$"
        }),
        TimestampFormat::HttpDate => json!({
            "type": "string",
            "pattern": r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)? GMT$"
        }),
        TimestampFormat::EpochSeconds => json!({"type": "number"}),
    }
}
