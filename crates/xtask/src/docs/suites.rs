//! `docs/suites.md`: every suite by name.

use std::fmt::Write as _;

use super::markdown::{code, head, sentence, table};
use super::rows::SuiteRow;

/// Renders the page: a table, then one heading per suite.
#[must_use]
pub fn page(suites: &[SuiteRow]) -> String {
    let mut text = head("Suites", "the registry of `ivs-suites`");
    let _ = write!(
        text,
        "\n`check --suite NAME` runs one of the {} suites, `list cases --suite NAME` shows its cases. The numbers are those \
         of a full run\nagainst the embedded emulator, with 8 random cases for each operation.\n\n",
        suites.len()
    );
    let row = |suite: &SuiteRow| vec![format!("[`{0}`](#{0})", suite.name), suite.cases.to_string()];
    text.push_str(&table(&["suite", "cases"], suites.iter().map(row)));
    for suite in suites {
        let _ = write!(text, "\n### {}\n\n{}\n", code(&suite.name), sentence(&suite.description));
        if let Some(example) = &suite.example {
            let _ = write!(text, "\nA case of it: `{example}`\n");
        }
    }
    text
}
