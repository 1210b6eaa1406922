//! Report formats. Each renderer receives the events of a run and writes bytes; it decides nothing.

use std::io::{self, Write};

use crate::Event;

mod console;
mod html;
mod json;
mod junit;
mod markdown;
mod progress;

pub use console::Console;
pub use html::Html;
pub use json::{Json, write_json};
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
