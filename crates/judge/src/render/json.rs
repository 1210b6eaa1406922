//! The report as JSON: the interface of docs/architecture.md#json-report.

use std::io::{self, Write};

use super::Renderer;
use crate::Event;

/// Writes the report once, at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Renderer for Json {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        if let Event::RunEnded(report) = event {
            serde_json::to_writer_pretty(&mut *out, report)?;
            writeln!(out)?;
        }
        Ok(())
    }
}
