//! Retired words do not come back, in identifiers or in comments.

use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{TokenStream, TokenTree};

use super::{RuleViolation, Workspace, text};

/// Asserts that no Rust source uses a word of the table `retired`, which names the word to use instead.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let mut violations = Vec::new();
    for file in workspace.files.iter().filter(|file| file.extension().is_some_and(|it| it == "rs")) {
        let Some(source) = workspace.text(file) else { continue };
        let mut found = Vec::new();
        // What is no Rust is told where the sources are parsed.
        if let Ok(tokens) = TokenStream::from_str(&source) {
            words_of_code(tokens, &mut found);
        }
        for (line, comment) in text::comments(&source) {
            found.extend(words(comment).map(|word| (line, word.to_owned())));
        }
        violations.extend(found.iter().filter_map(|(line, word)| retired(workspace, file, *line, word)));
        violations.extend(name_of_file(workspace, file));
    }
    violations
}

fn retired(workspace: &Workspace, file: &Path, line: usize, word: &str) -> Option<RuleViolation> {
    let instead = workspace.settings.retired.get(word)?;
    Some(RuleViolation::new(file, line, format!("`{word}` is a retired word"), format!("write `{instead}`")))
}

fn name_of_file(workspace: &Workspace, file: &Path) -> Option<RuleViolation> {
    let instead = workspace.settings.retired.get(file.file_stem()?.to_str()?)?;
    Some(RuleViolation::new(file, 1, "the file is named by a retired word", format!("rename it after `{instead}`")))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty())
}

fn words_of_code(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found.push((ident.span().start().line, ident.to_string())),
            TokenTree::Group(group) => words_of_code(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
