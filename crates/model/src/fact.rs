//! The facts that rules, knowledge entries and checks cite by id.

use std::collections::BTreeMap;

/// One fact about the contract, with the sources that state it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The id, such as `page-empty-token` or `C06`.
    pub id: &'static str,
    /// The statement, in Markdown. It may have several paragraphs and tables.
    pub statement: &'static str,
    /// The authority, with remarks: `documented; also observed`.
    pub authority: &'static str,
    /// The sources by name, each with its address where there is one.
    pub sources: Vec<FactSource>,
}

/// One source of a [`Fact`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSource {
    /// The name, such as `API reference`.
    pub name: &'static str,
    /// The address.
    pub url: Option<&'static str>,
}

/// Reads the page of the facts: one heading of the third level per fact, then the statement, `Authority:` and `Source:`.
/// Sections that lack one of these are no facts.
pub(crate) fn read(page: &'static str) -> Vec<Fact> {
    let urls = link_definitions(page);
    page.split("\n### `").skip(1).filter_map(|section| fact(section, &urls)).collect()
}

fn fact(section: &'static str, urls: &BTreeMap<&'static str, &'static str>) -> Option<Fact> {
    let (id, rest) = section.split_once("`\n")?;
    let (statement, rest) = rest.split_once("\nAuthority: ")?;
    let (authority, rest) = rest.split_once("\nSource: ")?;
    let sources = rest.lines().next()?.trim_end_matches('.').split("; ");
    let source = |name: &'static str| {
        let name = name.trim();
        let url = name.strip_prefix('[').and_then(|name| urls.get(name.split(']').next()?).copied());
        // `[botocore model]` is a link, with or without a remark after it.
        let is_link = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        FactSource { name: is_link.unwrap_or(name), url }
    };
    Some(Fact {
        id,
        statement: statement.trim(),
        authority: authority.trim().trim_end_matches('.'),
        sources: sources.map(source).collect(),
    })
}

/// Returns the addresses of `[name]: address`.
fn link_definitions(page: &'static str) -> BTreeMap<&'static str, &'static str> {
    page.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect()
}

/// Returns the ids that a source cites: `facts: C01, C09; a remark` and `(facts: P13)` anywhere in the text.
pub fn cited_facts(source: &str) -> impl Iterator<Item = &str> {
    source.split("facts: ").skip(1).flat_map(|list| {
        let list = list.split([';', ')']).next().unwrap_or_default();
        list.split(',').map(str::trim).filter(|id| !id.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    #[test]
    fn every_heading_of_the_page_is_a_fact_with_all_parts() {
        let facts = bundled::facts();
        assert_eq!(facts.len(), include_str!("../../../docs/facts.md").matches("\n### ").count());
        for fact in facts {
            assert!(!fact.statement.is_empty() && !fact.authority.is_empty(), "{}", fact.id);
            assert!(fact.sources.iter().all(|source| !source.name.is_empty()), "{}", fact.id);
        }
        assert_eq!(facts[0].id, "service-names");
        assert_eq!(facts[0].sources[0].name, "botocore model");
        assert!(facts[0].sources[0].url.is_some_and(|url| url.starts_with("https://")));
    }

    #[test]
    fn every_fact_that_a_knowledge_entry_cites_is_there() {
        for (file, entry) in bundled::knowledge().entries() {
            for id in cited_facts(entry.source()) {
                assert!(bundled::fact(id).is_some(), "{file}: {id}");
            }
        }
    }

    #[test]
    fn citations_end_at_a_remark_or_parenthesis() {
        let ids = |text| cited_facts(text).collect::<Vec<_>>();
        assert_eq!(ids("the documentation of the members; facts: C01, C09"), ["C01", "C09"]);
        assert_eq!(ids("restJson1 (facts: response-timestamps, P10)"), ["response-timestamps", "P10"]);
        assert_eq!(ids("facts: C06; tests of third parties"), ["C06"]);
        assert_eq!(ids("snapshots/exchanges"), [""; 0]);
    }
}
