//! `docs/faults.md`: every planted fault by name.

use std::fmt::Write as _;

use super::markdown::{code, head, sentence};
use super::rows::FaultRow;

/// Renders the page: one heading per area, and one per fault.
#[must_use]
pub fn page(faults: &[FaultRow]) -> String {
    let mut text = head("Planted faults", "the fault table of `ivs-emulator`");
    let _ = write!(
        text,
        "\n`ivs-contract serve --fault NAME` makes the emulator misbehave in one of {} ways. Each fault is found by the check \
         named here, on\nno operation but those listed, and each check is tripped by some fault \
         (`cargo xtask faults`).\n",
        faults.len()
    );
    let mut area = "";
    for fault in faults {
        if fault.area != area {
            area = &fault.area;
            let _ = write!(text, "\n## Area: {area}\n");
        }
        let operations = if fault.operations.is_empty() {
            "all operations".to_owned()
        } else {
            fault.operations.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
        };
        // The load tests have checks of their own, which no page lists.
        let found_by = if fault.suite == "load" {
            format!("the invariant `{}` of the load tests", fault.check)
        } else {
            format!("[`{0}`](checks.md#{0}) of the suite `{1}`", fault.check, fault.suite)
        };
        let _ = write!(
            text,
            "\n### {}\n\n{} Found by {found_by}, on {operations}.\n",
            code(&fault.name),
            sentence(&fault.summary)
        );
    }
    text
}
