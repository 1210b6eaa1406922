//! First paragraphs of the documentation comments of checks, above the constants that name them.

use std::collections::BTreeMap;

use anyhow::Context as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, Item, Lit, Meta, Token};

use crate::tidy::Workspace;

/// First paragraphs of documentation comments.
#[derive(Debug, Default)]
pub struct Summaries {
    /// By the text that a constant's `check` or `name` holds.
    constants: BTreeMap<String, String>,
}

impl Summaries {
    /// Reads the sources of the judge, the runner and the suites.
    ///
    /// # Errors
    ///
    /// Fails if a source does not parse.
    pub fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let mut summaries = Self::default();
        for (path, text) in workspace.sources(&["crates/judge/src", "crates/runner/src", "suites/src"]) {
            let file = syn::parse_file(&text).with_context(|| format!("{} does not parse", path.display()))?;
            summaries.add(&file);
        }
        Ok(summaries)
    }

    fn add(&mut self, file: &syn::File) {
        let constant = |expr: &Expr, attributes: &[Attribute]| Some((name_in(expr)?, first_paragraph(attributes)));
        let constants: Vec<(String, Option<String>)> = file
            .items
            .iter()
            .flat_map(|item| match item {
                Item::Const(item) => constant(&item.expr, &item.attrs).into_iter().collect(),
                Item::Static(item) => constant(&item.expr, &item.attrs).into_iter().collect(),
                Item::Macro(item) => match item.mac.parse_body::<RuleTable>() {
                    Ok(RuleTable(rules)) => rules.iter().filter_map(|(doc, expr)| constant(expr, doc)).collect(),
                    // Another macro.
                    Err(_) => Vec::new(),
                },
                _ => Vec::new(),
            })
            .collect();
        // A check that has a file of its own states at its head what it demands.
        let of_file = first_paragraph(&file.attrs).filter(|_| constants.len() == 1);
        for (name, summary) in constants {
            if let Some(summary) = summary.or_else(|| of_file.clone()) {
                self.constants.entry(name).or_insert(summary);
            }
        }
    }

    /// Returns what a check demands.
    ///
    /// # Errors
    ///
    /// Fails if its constant has no documentation comment.
    pub fn of_check(&self, name: &str) -> anyhow::Result<String> {
        self.constants.get(name).cloned().with_context(|| {
            format!(
                "the constant of the check `{name}` has no documentation comment: state there what the check demands"
            )
        })
    }
}

/// The rules that a macro states: `/// Comment` and `NAME = CheckInfo { … };`, one after the other.
struct RuleTable(Vec<(Vec<Attribute>, Expr)>);

impl Parse for RuleTable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut rules = Vec::new();
        while !input.is_empty() {
            let comment = input.call(Attribute::parse_outer)?;
            input.parse::<Ident>()?;
            input.parse::<Token![=]>()?;
            rules.push((comment, input.parse()?));
            input.parse::<Token![;]>()?;
        }
        Ok(Self(rules))
    }
}

/// The name in `CheckInfo { check: "name", … }`.
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

    fn summaries(text: &str) -> Summaries {
        let mut summaries = Summaries::default();
        summaries.add(&syn::parse_file(text).unwrap());
        summaries
    }

    #[test]
    fn a_rule_that_a_macro_states_has_the_comment_above_it() {
        let table = summaries(
            "rules! { /// Of one.\n A = CheckInfo { check: \"a\" };\n /// Of two.\n B = CheckInfo { check: \"b\" }; }",
        );
        assert_eq!(table.of_check("b").unwrap(), "Of two.");
    }

    #[test]
    fn a_constant_without_a_comment_takes_that_of_a_file_of_its_own() {
        let alone =
            summaries("//! Of the\n//! file.\n//!\n//! More.\n\nstatic A: CheckInfo = CheckInfo { check: \"a\" };");
        assert_eq!(alone.of_check("a").unwrap(), "Of the file.");
        let two = "//! Of both.\n\n/// Of one.\nconst A: CheckInfo = CheckInfo { check: \"a\" };\nconst B: CheckInfo = CheckInfo { name: \"b\" };";
        assert_eq!(summaries(two).of_check("a").unwrap(), "Of one.");
        assert!(summaries(two).of_check("b").unwrap_err().to_string().contains("`b`"));
    }
}
