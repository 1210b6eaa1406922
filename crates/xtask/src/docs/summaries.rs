//! What the documentation comments of the sources say: of a check, above the constant that names it; of a suite, at the
//! head of its module.

use std::collections::BTreeMap;

use anyhow::Context as _;
use syn::{Attribute, Expr, Item, Lit, Meta};

use crate::tidy::Workspace;

/// First paragraphs of documentation comments.
#[derive(Debug, Default)]
pub(super) struct Summaries {
    /// By the text that a constant's `check` or `name` holds.
    constants: BTreeMap<String, String>,
    /// By the name of a suite's folder.
    suites: BTreeMap<String, String>,
}

impl Summaries {
    /// Reads the sources of the judge, the runner and the suites.
    pub(super) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let mut summaries = Self::default();
        for (path, text) in workspace.sources(&["crates/judge/src", "crates/runner/src", "suites/src"]) {
            let file = syn::parse_file(&text).with_context(|| format!("{} does not parse", path.display()))?;
            summaries.add(&file);
            let suite = path.strip_prefix("suites/src").ok().and_then(|path| {
                let text = path.to_str()?;
                text.strip_suffix("/mod.rs").or_else(|| text.strip_suffix(".rs")).filter(|name| !name.contains('/'))
            });
            if let (Some(suite), Some(summary)) = (suite, first_paragraph(&file.attrs)) {
                summaries.suites.insert(suite.to_owned(), summary);
            }
        }
        Ok(summaries)
    }

    fn add(&mut self, file: &syn::File) {
        let of_file = first_paragraph(&file.attrs);
        for item in &file.items {
            let (attributes, value) = match item {
                Item::Const(item) => (&item.attrs, &*item.expr),
                Item::Static(item) => (&item.attrs, &*item.expr),
                _ => continue,
            };
            // A check that has a file of its own states there what it demands.
            let summary = first_paragraph(attributes).or_else(|| of_file.clone());
            if let (Some(name), Some(summary)) = (name_in(value), summary) {
                self.constants.entry(name).or_insert(summary);
            }
        }
    }

    /// What a check demands.
    pub(super) fn of_check(&self, name: &str) -> anyhow::Result<String> {
        self.constants.get(name).cloned().with_context(|| {
            format!(
                "the constant of the check `{name}` has no documentation comment: state there what the check demands"
            )
        })
    }

    /// What a suite is about.
    pub(super) fn of_suite(&self, name: &str) -> anyhow::Result<String> {
        let summary = self.suites.get(name).with_context(|| {
            format!("suites/src/{name}/mod.rs has no documentation comment: state there what the suite tests")
        })?;
        let named = format!("The suite `{name}`: ");
        Ok(capital(summary.strip_prefix(&named).unwrap_or(summary)))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The name in `Rule { check: "name", … }`.
fn name_in(value: &Expr) -> Option<String> {
    let Expr::Struct(value) = value else { return None };
    value.fields.iter().find_map(|field| {
        let syn::Member::Named(member) = &field.member else { return None };
        match &field.expr {
            Expr::Lit(literal) if member == "check" || member == "name" => match &literal.lit {
                Lit::Str(name) => Some(name.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

/// The first paragraph of a documentation comment, on one line.
fn first_paragraph(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if attribute.path().is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let paragraph: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    (!paragraph.is_empty()).then(|| paragraph.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_without_a_comment_takes_that_of_its_file() {
        let text = "//! Of the\n//! file.\n//!\n//! More.\n\n/// Of the constant.\nconst A: Rule = Rule { check: \"a\", x: 1 };\nstatic B: Rule = Rule { check: \"b\" };";
        let mut summaries = Summaries::default();
        summaries.add(&syn::parse_file(text).unwrap());
        assert_eq!(summaries.of_check("a").unwrap(), "Of the constant.");
        assert_eq!(summaries.of_check("b").unwrap(), "Of the file.");
        assert!(summaries.of_check("c").unwrap_err().to_string().contains("`c`"));
    }
}
