//! The report as JSON: the interface of docs/architecture.md#json-report.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::{Renderer, ReportFormat};
use crate::Event;
use crate::printable::{COMMAND_ANYWHERE, is_plain, is_unprintable};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "json", file_name: "report.json", renderer: |_| Box::new(Json) };

/// Writes the report once, at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Renderer for Json {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        if let Event::RunEnded(report) = event {
            write_json(report, out)?;
        }
        Ok(())
    }
}

/// Writes a value as indented JSON and a line feed. Characters that a terminal or a CI log must not get are escaped, so that
/// the JSON still says the same.
///
/// # Errors
/// Those of the writer, and of values that JSON has no form for.
pub fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Escaping(PrettyFormatter::new())))?;
    writeln!(out)
}

/// Writes a value as one line of JSON, with the same characters escaped.
pub(super) fn write_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, EscapingLine))?;
    writeln!(out)
}

/// Writes a part of a string, and escapes more characters than JSON asks for.
fn write_escaped<W: ?Sized + Write>(writer: &mut W, fragment: &str) -> io::Result<()> {
    if is_plain(fragment) {
        return writer.write_all(fragment.as_bytes());
    }
    for (at, character) in fragment.char_indices() {
        let is_command = fragment[at..].starts_with(COMMAND_ANYWHERE);
        let mut units = [0; 2];
        if is_unprintable(character) || is_command {
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
        } else {
            write!(writer, "{character}")?;
        }
    }
    Ok(())
}

/// Writes everything on one line.
struct EscapingLine;

impl Formatter for EscapingLine {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(writer, fragment)
    }
}

/// Indents.
struct Escaping(PrettyFormatter<'static>);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(writer, fragment)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
