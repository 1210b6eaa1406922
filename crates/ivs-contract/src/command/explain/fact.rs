//! The explanation of a fact.

use ivs_model::{Fact, bundled, cited_facts};
use ivs_suites::explained_checks;

use super::page::Page;

pub(super) fn text(fact: &Fact) -> String {
    let mut page = Page::default();
    page.heading(&format!("Fact {}", fact.id));
    page.markdown(fact.statement);
    page.heading("Authority");
    page.paragraph(fact.authority);
    page.heading("Source");
    for source in &fact.sources {
        page.item(source.name);
        if let Some(url) = source.url {
            page.verbatim(&format!("  {url}"));
        }
    }
    let checks: Vec<&str> = explained_checks()
        .map(|(info, _)| info)
        .filter(|info| cited_facts(info.source).any(|id| id == fact.id))
        .map(|info| info.check)
        .collect();
    let mut files: Vec<&str> = bundled::knowledge()
        .entries()
        .filter(|(_, entry)| cited_facts(entry.source()).any(|id| id == fact.id))
        .map(|(file, _)| file)
        .collect();
    files.dedup();
    if !checks.is_empty() || !files.is_empty() {
        page.heading("Used by");
    }
    if !checks.is_empty() {
        page.paragraph(&format!("checks: {}", checks.join(", ")));
    }
    if !files.is_empty() {
        page.paragraph(&format!("knowledge: {}", files.join(", ")));
    }
    page.text()
}

/// Returns the authority and sources of a fact in one line.
pub(super) fn sources(fact: &Fact) -> String {
    let names: Vec<&str> = fact.sources.iter().map(|source| source.name).collect();
    format!("({}: {})", fact.authority, names.join("; "))
}
