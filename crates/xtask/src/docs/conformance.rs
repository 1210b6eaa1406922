//! `docs/conformance.md`: the results of runs by operation and suite, one section for each endpoint.

use std::fmt::Write as _;

use super::markdown::{code, table};
use super::rows::ResultRow;

/// The page, relative to the workspace root. Its head is written by hand.
pub const PAGE: &str = "docs/conformance.md";

/// Renders the section of an endpoint: a table of the operations that it implements, and the names of the others.
#[must_use]
pub fn section(endpoint: &str, suites: &[String], rows: &[ResultRow]) -> String {
    let (absent, present): (Vec<&ResultRow>, Vec<&ResultRow>) = rows.iter().partition(|row| row.is_absent);
    let mut text =
        format!("{}\n{} of {} operations are implemented.\n\n", heading(endpoint), present.len(), rows.len());
    let heads: Vec<&str> = ["operation"].into_iter().chain(suites.iter().map(String::as_str)).collect();
    let cells = |row: &&ResultRow| [code(&row.operation)].into_iter().chain(row.marks.iter().cloned()).collect();
    text.push_str(&table(&heads, present.iter().map(cells)));
    if !absent.is_empty() {
        let names: Vec<String> = absent.iter().map(|row| code(&row.operation)).collect();
        let _ = write!(text, "\nNot implemented: {}.\n", names.join(", "));
    }
    text
}

/// Returns the page with the section of an endpoint replaced, or added at the end.
#[must_use]
pub fn with_section(page: &str, endpoint: &str, section: &str) -> String {
    let Some(start) = page.find(&heading(endpoint)) else { return format!("{}\n\n{section}", page.trim_end()) };
    let (before, own) = page.split_at(start);
    let after = own.find("\n\n## ").map_or("", |end| &own[end + 1..]);
    format!("{before}{section}{after}")
}

fn heading(endpoint: &str) -> String {
    format!("## {endpoint}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(operation: &str, mark: &str, is_absent: bool) -> ResultRow {
        ResultRow { operation: operation.to_owned(), marks: vec![mark.to_owned()], is_absent }
    }

    #[test]
    fn operations_that_are_not_implemented_have_no_row() {
        let text = section("moto 5", &["tags".to_owned()], &[row("ivs.A", "✓", false), row("ivs.B", "∅", true)]);
        let expected = "## moto 5\n\n1 of 2 operations are implemented.\n\n| operation | tags |\n|---|---|\n| `ivs.A` | ✓ |\n\n\
                        Not implemented: `ivs.B`.\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_section_is_replaced_where_it_stands() {
        let page = with_section("# Page\n\nHead.\n", "one", "## one\n\n1\n");
        let page = with_section(&page, "two", "## two\n\n2\n");
        assert_eq!(page, "# Page\n\nHead.\n\n## one\n\n1\n\n## two\n\n2\n");
        let page = with_section(&page, "one", "## one\n\nnew\n");
        assert_eq!(
            with_section(&page, "two", "## two\n\nnew\n"),
            "# Page\n\nHead.\n\n## one\n\nnew\n\n## two\n\nnew\n"
        );
    }
}
