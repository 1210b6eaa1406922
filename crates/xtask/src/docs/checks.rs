//! `docs/checks.md`: every check by name.

use std::fmt::Write as _;

use super::markdown::{code, head, sentence};
use super::rows::{CheckRow, FaultRow};

/// Renders the page: one heading per check, so that findings can link to it.
#[must_use]
pub fn page(checks: &[CheckRow], faults: &[FaultRow]) -> String {
    let mut text = head("Checks", "the registries of `ivs-judge` and `ivs-suites`");
    let _ = write!(
        text,
        "\nThe {} checks that findings name. A *universal* check judges every exchange of a run; the others belong to \
         the cases of a suite.\nThe *authority* says whose word a check rests on: `model` (the service model), `protocol` \
         (restJson1, SigV4, HTTP), `documented`\n(AWS documentation), `observed` (recorded from AWS by someone), \
         `inferred` (our reading; a finding is a warning).\n",
        checks.len()
    );
    for check in checks {
        let kind = if check.is_universal { "universal" } else { "of a suite" };
        let _ = write!(
            text,
            "\n### {}\n\n{}\n\n- Authority: {}, {kind}\n- Source: {}\n",
            code(&check.name),
            sentence(&check.demand),
            check.authority,
            check.source
        );
        for cause in &check.causes {
            let _ = writeln!(text, "- Usual cause: {cause}");
        }
        let found: Vec<String> = faults
            .iter()
            .filter(|fault| fault.check == check.name)
            .map(|fault| format!("[`{0}`](faults.md#{0})", fault.name))
            .collect();
        if !found.is_empty() {
            let _ = writeln!(text, "- Planted faults that it finds: {}", found.join(", "));
        }
        for (title, exchange) in [("Right", &check.right), ("Wrong", &check.wrong)] {
            let _ = write!(text, "\n{title}:\n\n```text\n{}\n```\n", exchange.trim_end());
        }
    }
    text
}
