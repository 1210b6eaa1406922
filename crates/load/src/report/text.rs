//! The headlines of the summary as plain text.

use super::LoadReportInput;

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    (input.summary.headlines().join("\n") + "\n").into_bytes()
}
