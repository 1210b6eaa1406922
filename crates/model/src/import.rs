//! Converts model files to fixtures: one file without prose, in a canonical form.

use serde_json::Value;

use crate::read::{Format, is_prose, parse, smithy_notes};
use crate::{Model, ReadError};

/// A fixture, and notes for its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// The file: JSON with an indent of one space and a final newline. The same input gives the same bytes.
    pub bytes: Vec<u8>,
    /// The parts of the file that the model ignores or cannot express, one sentence each.
    pub notes: Vec<String>,
}

/// The reason why files cannot be converted to a fixture.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// One of the files cannot be read.
    #[error("{file}")]
    Read {
        /// The name of the file.
        file: String,
        /// The parser's error.
        #[source]
        source: ReadError,
    },
    /// No file is a model file.
    #[error("no file is a model: the files contain only paginators")]
    NoModel,
    /// Two files are model files.
    #[error("{first} and {second} are two models, but a fixture contains one")]
    TwoModels {
        /// The name of the first.
        first: String,
        /// The name of the second.
        second: String,
    },
    /// A second paginator file, or one for a model that already has its paginators.
    #[error(
        "{file} contains botocore paginators that no model needs: the model already has paginators, or is not a botocore model"
    )]
    StrayPaginators {
        /// The name of the paginator file.
        file: String,
    },
}

/// Strips model files, each with a name for messages and its bytes (plain or gzipped). They are a botocore
/// `service-2.json` with or without its `paginators-1.json`, an earlier fixture, or a Smithy JSON AST.
///
/// The result is parsed as a [`Model`] before it is returned, so every fixture can be parsed.
///
/// # Errors
/// [`ImportError`], which names the file.
pub fn strip(files: &[(&str, &[u8])]) -> Result<Stripped, ImportError> {
    let mut model: Option<(&str, Format, Value)> = None;
    let mut paginators: Option<(&str, Value)> = None;
    for (name, bytes) in files {
        let in_file = |source| ImportError::Read { file: (*name).to_owned(), source };
        let value = parse(bytes).map_err(in_file)?;
        match (Format::of(&value), &model) {
            (None, _) => return Err(in_file(ReadError::UnknownFormat)),
            (Some(Format::BotocorePaginators), _) if paginators.is_some() => {
                return Err(ImportError::StrayPaginators { file: (*name).to_owned() });
            }
            (Some(Format::BotocorePaginators), _) => paginators = Some((name, value)),
            (Some(_), Some((first, ..))) => {
                return Err(ImportError::TwoModels { first: (*first).to_owned(), second: (*name).to_owned() });
            }
            (Some(format), None) => model = Some((name, format, value)),
        }
    }
    let (name, format, mut value) = model.ok_or(ImportError::NoModel)?;
    drop_prose(&mut value);
    if let Some((file, mut paginators)) = paginators {
        let stray = || ImportError::StrayPaginators { file: file.to_owned() };
        let entries = paginators.as_object_mut().and_then(|file| file.remove("pagination")).ok_or_else(stray)?;
        match value.as_object_mut() {
            Some(object) if format == Format::Botocore && !object.contains_key("pagination") => {
                object.insert("pagination".to_owned(), entries);
            }
            _ => return Err(stray()),
        }
    }
    let bytes = write(&value);
    let in_file = |source| ImportError::Read { file: name.to_owned(), source };
    let model = Model::from_slice(&bytes).map_err(in_file)?;
    let mut notes = if format == Format::Smithy { smithy_notes(&value).map_err(in_file)? } else { Vec::new() };
    notes.extend(model.gaps.iter().map(ToString::to_string));
    Ok(Stripped { bytes, notes })
}

/// Removes prose. Tables whose keys are names of the model (`members`, `shapes`, …) keep all entries, since a member
/// may be called `documentation`.
fn drop_prose(value: &mut Value) {
    const TABLES: [&str; 6] = ["members", "shapes", "operations", "pagination", "identifiers", "properties"];
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_prose),
        Value::Object(object) => {
            object.retain(|key, _| !is_prose(key));
            for (key, value) in object {
                match value {
                    Value::Object(table) if TABLES.contains(&key.as_str()) => table.values_mut().for_each(drop_prose),
                    _ => drop_prose(value),
                }
            }
        }
        _ => {}
    }
}

/// Formats JSON with an indent of one space, which is as easy to diff as a wider one, and much smaller.
fn write(value: &Value) -> Vec<u8> {
    use serde::Serialize as _;
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
        .expect("JSON values serialise into memory");
    bytes.push(b'\n');
    bytes
}
