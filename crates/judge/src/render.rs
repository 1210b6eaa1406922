//! Report formats. Each renderer receives the events of a run and writes bytes; it decides nothing.

use std::io::{self, Write};

pub use crate::printable::counted;
use crate::{CheckInfo, Event, Policy};

mod badge;
mod baseline;
mod console;
mod html;
mod json;
#[cfg(feature = "junit")]
mod junit;
mod markdown;
mod ndjson;
mod progress;
mod sarif;
mod text;
mod wrap;

/// The formats of report files. To add one, write its file and add its line.
pub static FORMATS: &[ReportFormat] = &[
    json::FORMAT,
    #[cfg(feature = "junit")]
    junit::FORMAT,
    markdown::FORMAT,
    html::FORMAT,
    sarif::FORMAT,
    ndjson::FORMAT,
    badge::FORMAT,
];

/// A format of report files.
#[derive(Debug, Clone, Copy)]
pub struct ReportFormat {
    /// The name that users give, such as `junit`.
    pub name: &'static str,
    /// The name of its file in a folder of reports, such as `junit.xml`.
    pub file_name: &'static str,
    /// Creates the renderer of one run.
    pub renderer: fn(&RenderOptions) -> Box<dyn Renderer>,
}

/// What a report shows besides the events of its run.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// What decides the verdict.
    pub policy: Policy,
    /// The checks that there are. Those of findings are shown in any case.
    pub checks: Vec<CheckInfo>,
}

pub use console::Console;
pub use html::{Html, PAGE_SCRIPT, PAGE_STYLE, html_escaped};
pub use json::{Json, write_json};
#[cfg(feature = "junit")]
pub use junit::Junit;
pub use markdown::Markdown;
pub use ndjson::Ndjson;
pub use progress::Progress;
pub use sarif::Sarif;
pub use text::{Detail, Text, WIDTH};
pub use wrap::{cut, wrapped};

/// Turns events into text.
pub trait Renderer: Send {
    /// Receives one event and writes what can be written at this point.
    ///
    /// # Errors
    /// Those of the writer.
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()>;
}
