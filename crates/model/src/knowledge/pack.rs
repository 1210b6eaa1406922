//! Packs: the knowledge of one service in one file, in the tables of the knowledge files.

use toml::{Table, Value};

use super::Knowledge;
use crate::{Model, ShapeId, ShapeKind};

/// The knowledge files whose tables hold for every service. A pack does not have them.
const OF_ALL_SERVICES: [&str; 2] = ["auth.toml", "errors.toml"];
/// The tables whose entries name several services.
const OF_SERVICES: [&str; 3] = ["pattern", "rate", "unknown"];
/// The tables whose entries name no service.
const OF_NO_SERVICE: [&str; 1] = ["allowed-anywhere"];

/// The reason why the text of a pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The text is not TOML.
    #[error("{0}")]
    Syntax(String),
    /// A key at the top level is not a table of a pack.
    #[error("'{name}' is not a table of a pack. The tables are: {known}")]
    UnknownTable {
        /// The key.
        name: String,
        /// The names of all tables.
        known: String,
    },
    /// An entry has an unknown key, a wrong value, or lacks a key.
    #[error("[[{table}]] number {number}: {problem}")]
    Entry {
        /// The table.
        table: String,
        /// The place of the entry in its table, from 1.
        number: usize,
        /// The parser's message.
        problem: String,
    },
    /// An entry names something that the model does not have.
    #[error("[[{table}]] number {number}: the model of {service} has no {kind} '{name}'")]
    Lacking {
        /// The table.
        table: String,
        /// The place of the entry in its table, from 1.
        number: usize,
        /// The service.
        service: String,
        /// What is named: an operation, a shape or a member.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Two entries describe one resource type.
    #[error("two [[resource]] entries are of '{0}'")]
    Twice(String),
}

impl Knowledge {
    /// Parses the text of a pack for a model. Entries need not name the service, an authority (`inferred`) and a source.
    /// What holds for every service is that of `general`.
    ///
    /// # Errors
    /// [`PackError`] for the first entry that cannot be read, or that names something which the model does not have.
    pub fn read_pack(text: &str, model: &Model, general: &Self) -> Result<Self, PackError> {
        let mut pack: Table = toml::from_str(text).map_err(|error| PackError::Syntax(error.to_string()))?;
        let known: Vec<&str> =
            Self::TABLES.iter().filter(|(file, _)| !OF_ALL_SERVICES.contains(file)).map(|(_, table)| *table).collect();
        if let Some(name) = pack.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(PackError::UnknownTable { name: name.clone(), known: known.join(", ") });
        }
        check_names(&pack, model)?;
        let mut knowledge = Self::of_tables(|file, table| {
            if OF_ALL_SERVICES.contains(&file) {
                return Ok(Vec::new());
            }
            let entries = match pack.remove(table) {
                None => Vec::new(),
                Some(Value::Array(entries)) => entries,
                Some(_) => return Err(entry_error(table, 0, "it must be a list of tables")),
            };
            Ok(entries.into_iter().map(|entry| completed(entry, table, model)).collect())
        })?;
        for (at, kind) in knowledge.resource_kinds.iter().enumerate() {
            if knowledge.resource_kinds[..at].iter().any(|other| other.resource == kind.resource) {
                return Err(PackError::Twice(kind.resource.clone()));
            }
        }
        knowledge.auth_faults.clone_from(&general.auth_faults);
        knowledge.protocol_faults.clone_from(&general.protocol_faults);
        knowledge.allowed_anywhere.extend(general.allowed_anywhere.iter().cloned());
        Ok(knowledge)
    }
}

pub(super) fn entry_error(table: &str, at: usize, problem: impl ToString) -> PackError {
    PackError::Entry { table: table.to_owned(), number: at + 1, problem: problem.to_string().trim().to_owned() }
}

/// Adds the keys that are the same for every entry of a pack.
fn completed(mut entry: Value, table: &str, model: &Model) -> Value {
    let Value::Table(entry_table) = &mut entry else { return entry };
    let service = Value::String(model.service.id.clone());
    let of_service = match table {
        _ if OF_NO_SERVICE.contains(&table) => None,
        _ if OF_SERVICES.contains(&table) => Some(("services", Value::Array(vec![service]))),
        _ => Some(("service", service)),
    };
    let others = [("authority", "inferred"), ("source", "the pack")].map(|(key, value)| (key, Value::from(value)));
    for (key, value) in of_service.into_iter().chain(others) {
        entry_table.entry(key).or_insert(value);
    }
    entry
}

/// Refuses operations, shapes and members that the model does not have.
fn check_names(pack: &Table, model: &Model) -> Result<(), PackError> {
    for (table, entries) in pack {
        for (at, entry) in entries.as_array().into_iter().flatten().enumerate() {
            let Value::Table(entry) = entry else { continue };
            let lacking = |kind: &'static str, name: &str| PackError::Lacking {
                table: table.clone(),
                number: at + 1,
                service: model.service.id.clone(),
                kind,
                name: name.to_owned(),
            };
            check_entry(table, entry, model).map_err(|(kind, name)| lacking(kind, &name))?;
        }
    }
    Ok(())
}

type Lacking = (&'static str, String);

fn check_entry(table: &str, entry: &Table, model: &Model) -> Result<(), Lacking> {
    const OPERATIONS: [&str; 6] = ["operation", "operations", "created-by", "shown-by", "changed-by", "deleted-by"];
    const SHAPES: [&str; 3] = ["shape", "shapes", "structures"];
    for name in OPERATIONS.iter().flat_map(|key| texts(entry.get(*key))) {
        if model.operation(name).is_none() {
            return Err(("operation", name.to_owned()));
        }
    }
    for name in SHAPES.iter().flat_map(|key| texts(entry.get(*key))) {
        if !model.shapes.iter().any(|shape| shape.name == name) {
            return Err(("shape", name.to_owned()));
        }
    }
    let operations: Vec<&str> = ["operation", "operations"].iter().flat_map(|key| texts(entry.get(*key))).collect();
    let members: Vec<&str> = ["member", "members"].iter().flat_map(|key| texts(entry.get(*key))).collect();
    match table {
        "given" | "free-text" | "external" => {
            for member in members {
                check_member(model, &operations, member, Side::Input)?;
            }
        }
        "time" | "agreement" => {
            for member in members {
                check_member(model, &operations, member, Side::Output)?;
            }
        }
        "promise" | "form" => {
            let structures = texts(entry.get("structures"));
            let shapes = structures.iter().flat_map(|name| model.shapes.iter().filter(move |it| it.name == *name));
            for shape in shapes {
                let ShapeKind::Structure { members: known } = &shape.kind else { continue };
                if let Some(name) = members.iter().find(|name| !known.iter().any(|member| member.name == **name)) {
                    return Err(("member", format!("{}/{name}", shape.name)));
                }
            }
        }
        "resource" => check_resource(entry, model)?,
        _ => {}
    }
    Ok(())
}

fn check_resource(entry: &Table, model: &Model) -> Result<(), Lacking> {
    let created_by = texts(entry.get("created-by"));
    let named_by = entry.get("named-by").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table);
    for named_by in named_by {
        let operations = texts(named_by.get("operations"));
        if let Some(name) = operations.iter().find(|name| model.operation(name).is_none()) {
            return Err(("operation", (*name).to_owned()));
        }
        for member in texts(named_by.get("members")) {
            check_member(model, &operations, member, Side::Input)?;
        }
        let from = named_by.get("from").and_then(Value::as_table);
        for (key, side) in [("answer", Side::Output), ("chosen", Side::Input), ("input", Side::Input)] {
            if let Some(member) = from.and_then(|from| from.get(key)?.as_str()) {
                check_member(model, &created_by, member, side)?;
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Input,
    Output,
}

/// Refuses a member that one of the operations does not have; without operations, one that none has.
fn check_member(model: &Model, operations: &[&str], member: &str, side: Side) -> Result<(), Lacking> {
    let has = |operation: &crate::Operation| {
        let shape: Option<ShapeId> = if side == Side::Input { operation.input } else { operation.output };
        shape.is_some_and(|shape| model.shape_at(shape, member).is_some())
    };
    let named: Vec<&crate::Operation> = operations.iter().filter_map(|name| model.operation(name)).collect();
    let lacking = match named.iter().find(|operation| !has(operation)) {
        Some(operation) => Some(format!("{}{member}", operation.name)),
        None if operations.is_empty() && !model.operations.iter().any(has) => Some(member.to_owned()),
        None => None,
    };
    lacking.map_or(Ok(()), |name| Err(("member", name)))
}

/// The text of a value, or those of a list.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
