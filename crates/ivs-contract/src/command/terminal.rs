//! Terminal output: color and notes.

use ivs_judge::plain;

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
