//! Terminal output: color, width and notes.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use ivs_judge::plain;
use ivs_judge::render::{WIDTH, write_json};
use serde::Serialize;

use super::arguments::Color;
use crate::target::ResolvedTarget;

/// Returns whether to color the output.
pub(super) fn use_color(choice: Color, is_terminal: bool) -> bool {
    match choice {
        Color::On => true,
        Color::Off => false,
        Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Prints the target of a run to stderr: the first line that a user sees.
pub(super) fn print_target(target: &ResolvedTarget) {
    eprintln!("target: {}", plain(&target.summary()));
}

/// Prints remarks to stderr.
pub(super) fn print_notes<'a>(notes: impl IntoIterator<Item = &'a String>) {
    for note in notes {
        eprintln!("note: {}", plain(note));
    }
}

/// Prints a text to stdout.
pub(super) fn print_text(text: &str) -> Result<()> {
    print_bytes(text.as_bytes(), "the output")
}

/// Prints a value to stdout as JSON.
pub(super) fn print_json(value: &impl Serialize, what: &str) -> Result<()> {
    let mut out = Vec::new();
    write_json(value, &mut out)?;
    print_bytes(&out, what)
}

/// Prints to stdout; `what` is named if that fails. A reader that has closed the pipe is no error: the exit code still says what
/// was found.
pub(super) fn print_bytes(bytes: &[u8], what: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.with_context(|| format!("cannot write {what} to stdout")),
    }
}

/// Returns the number of columns of the terminal on stdout, or 80 without one.
pub(super) fn width() -> usize {
    if !io::stdout().is_terminal() {
        return WIDTH;
    }
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// Returns whether a person watches stderr. A log of CI takes lines, also where it looks like a terminal.
pub(super) fn is_interactive() -> bool {
    let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    io::stderr().is_terminal() && !is_ci
}
