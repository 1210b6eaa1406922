//! The summary as JSON, for scripts and baselines.

use super::LoadReportInput;

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    serde_json::to_vec_pretty(input.summary).unwrap_or_default()
}
