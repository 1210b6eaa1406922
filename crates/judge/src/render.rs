//! Report formats. Each renderer receives the events of a run and writes bytes; it decides nothing.

use std::io::{self, Write};

use crate::Event;

mod console;
mod html;
mod json;
#[cfg(feature = "junit")]
mod junit;
mod markdown;
mod progress;

/// The formats of report files. To add one, write its file and add its line.
pub static FORMATS: &[ReportFormat] = &[
    json::FORMAT,
    #[cfg(feature = "junit")]
    junit::FORMAT,
    markdown::FORMAT,
    html::FORMAT,
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

/// The choices of the user that a report shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct RenderOptions {
    /// True if a partial run is not an error.
    pub allow_partial: bool,
}

pub use console::Console;
pub use html::Html;
pub use json::{Json, write_json};
#[cfg(feature = "junit")]
pub use junit::Junit;
pub use markdown::Markdown;
pub use progress::Progress;

/// Turns events into text.
pub trait Renderer: Send {
    /// Receives one event and writes what can be written at this point.
    ///
    /// # Errors
    /// Those of the writer.
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()>;
}

/// `1 error`, `2 errors`.
fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
