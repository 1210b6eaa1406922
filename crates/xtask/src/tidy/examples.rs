//! The landing page of each crate has a compiled example.

use super::{RuleViolation, Workspace};

/// Marks of a code block that is compiled.
const COMPILED: [&str; 5] = ["rust", "no_run", "should_panic", "edition2021", "edition2024"];

/// Asserts that each library's root documentation holds a code block that `cargo test` compiles.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let libraries = workspace.packages.iter().filter_map(|package| Some((package, package.library.as_ref()?)));
    libraries
        .filter(|(package, _)| !workspace.settings.without_example.contains_key(&package.name))
        .filter(|(_, file)| !workspace.text(file).is_some_and(|source| has_example(&source)))
        .map(|(package, file)| {
            RuleViolation::new(
                file,
                1,
                format!("the landing page of `{}` has no compiled example", package.name),
                "add a `//!` code block of Rust that is not marked `ignore` or `text`",
            )
        })
        .collect()
}

fn has_example(source: &str) -> bool {
    let mut is_open = false;
    for line in source.lines().filter_map(|line| line.strip_prefix("//!")) {
        let Some(mark) = line.trim().strip_prefix("```") else { continue };
        if !is_open && mark.split(',').all(|word| word.is_empty() || COMPILED.contains(&word.trim())) {
            return true;
        }
        is_open = !is_open;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_not_compiled_is_no_example() {
        assert!(has_example("//! ```\n//! f();\n//! ```"));
        assert!(has_example("//! ```text\n//! a\n//! ```\n//!\n//! ```no_run\n//! f();\n//! ```"));
        assert!(!has_example("//! ```text\n//! a\n//! ```"));
        assert!(!has_example("//! ```rust,ignore\n//! f();\n//! ```"));
        assert!(!has_example("/// ```\n/// f();\n/// ```\nfn f() {}"));
    }
}
