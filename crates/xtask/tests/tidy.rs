//! Each rule on small temporary trees: a clean one passes, and each breach makes its rule fail.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it stands")]

use std::path::Path;

use tempfile::TempDir;
use xtask::tidy::{self, Workspace};

const LANDING_PAGE: &str = "//! A crate.\n//!\n//! ```\n//! assert!(true);\n//! ```\n\n";

const TABLES: &str = r#"
    [layout]
    top-level = ["Cargo.toml", "README.md", "a", "b", "crates", "docs"]
    readme-lines = 10
    profile-packages = 2
    maps = ["README.md"]

    [packages.a]
    imports = []
    [packages.b]
    imports = ["a"]

    [[only]]
    crates = ["clap"]
    packages = ["b"]
    reason = "leave arguments to the command"

    [[never]]
    crates = ["tokio"]
    packages = ["a"]
    reason = "it is pure"

    [[requires]]
    packages = ["a"]
    file = "clippy.toml"
    text = "std::env::var"
    reason = "only the command reads the environment"

    [references]
    skip = ["crates/xtask/tidy.toml"]
    [[references.leftovers]]
    pattern = '\bold section\b'
    remedy = "cite a fact"

    [retired]
    Gizmo = "Device"
"#;

/// A workspace in a temporary folder.
struct Tree(TempDir);

impl Tree {
    /// A library `a`, and a library `b` that uses it, without any breach.
    fn clean() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\"]\n");
        tree.write("README.md", "# Title\n\n`a/` and `b/`, see [the facts](docs/facts.md#c06).\n");
        tree.write("docs/facts.md", "# Facts\n\n### `C06`\n\n### `two-words`\n");
        tree.write("docs/checks.md", "# Checks\n\n### `output-type`\n");
        tree.write("crates/xtask/tidy.toml", TABLES);
        tree.write("a/clippy.toml", "disallowed-methods = [\"std::env::var\"]\n");
        tree.write("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n");
        tree.write("a/src/lib.rs", &format!("{LANDING_PAGE}pub mod one;\npub mod two;\n"));
        tree.write("a/src/one.rs", "/// By fact `C06`, and the check `output-type`.\npub struct One;\n");
        tree.write("a/src/two.rs", "use crate::one::One;\n\npub struct Two(pub One);\n");
        tree.write(
            "b/Cargo.toml",
            "[package]\nname = \"b\"\nversion = \"0.1.0\"\n[dependencies]\na = { path = \"../a\" }\n",
        );
        tree.write("b/src/lib.rs", &format!("{LANDING_PAGE}pub use a::two::Two;\n"));
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let before = std::fs::read_to_string(self.0.path().join(path)).unwrap();
        self.write(path, &format!("{before}{text}"));
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The violations, one a line.
    fn violations(&self) -> Vec<String> {
        let workspace = Workspace::load(self.path()).expect("the tree is a workspace");
        tidy::check(&workspace).iter().map(ToString::to_string).collect()
    }

    /// Asserts that there is one violation, which begins so.
    #[track_caller]
    fn has_only(&self, start: &str) {
        let violations = self.violations();
        assert_eq!(violations.len(), 1, "{violations:#?}");
        assert!(violations[0].starts_with(start), "{}", violations[0]);
        assert!(violations[0].contains("; "), "says nothing to do: {}", violations[0]);
    }
}

#[test]
fn a_clean_tree_passes() {
    assert_eq!(Tree::clean().violations(), [""; 0]);
}

#[test]
fn a_forbidden_direction_between_packages_fails() {
    let tree = Tree::clean();
    tree.append("a/Cargo.toml", "[dev-dependencies]\nb = { path = \"../b\" }\n");
    tree.has_only("a/Cargo.toml:5: `a` must not in its tests depend on `b`; ");
}

#[test]
fn a_package_without_a_row_in_the_table_fails() {
    let tree = Tree::clean();
    tree.write(
        "crates/xtask/tidy.toml",
        &TABLES.replace("[packages.b]\n    imports = [\"a\"]\n", "").replace("\"b\"]\n    reason", "]\n    reason"),
    );
    tree.has_only("b/Cargo.toml:1: package `b` has no entry");
}

#[test]
fn a_row_of_no_package_fails() {
    let tree = Tree::clean();
    tree.append("crates/xtask/tidy.toml", "[packages.gone]\nimports = []\n");
    tree.has_only("crates/xtask/tidy.toml:");
}

#[test]
fn a_crate_that_is_reserved_or_impure_fails() {
    let tree = Tree::clean();
    tree.append("a/Cargo.toml", "[dependencies]\nclap = \"4\"\n");
    tree.has_only("a/Cargo.toml:5: `a` must leave `clap` to b; leave arguments to the command");
    let tree = Tree::clean();
    tree.append("a/Cargo.toml", "[dev-dependencies]\ntokio = \"1\"\n");
    tree.has_only("a/Cargo.toml:5: `a` must never depend on `tokio`; it is pure");
}

#[test]
fn a_missing_prohibition_of_the_environment_fails() {
    let tree = Tree::clean();
    tree.write("a/clippy.toml", "");
    tree.has_only("a/clippy.toml:1: does not hold `std::env::var`; add it: only the command reads the environment");
}

#[test]
fn a_stranger_at_the_top_level_fails() {
    let tree = Tree::clean();
    tree.write("notes.txt", "");
    tree.has_only("notes.txt:1: stands at the top level");
}

#[test]
fn a_long_readme_fails() {
    let tree = Tree::clean();
    tree.append("README.md", &"line\n".repeat(8));
    tree.has_only("README.md:11: has 11 lines, 10 are allowed");
}

#[test]
fn a_package_that_no_map_names_fails() {
    let tree = Tree::clean();
    tree.write("README.md", "# Title\n\n`a/`\n");
    tree.has_only("README.md:1: does not name b (b)");
}

#[test]
fn a_profile_of_many_packages_fails() {
    let tree = Tree::clean();
    tree.append(
        "Cargo.toml",
        "[profile.dev.package]\n\"*\" = { opt-level = 0 }\na = { opt-level = 1 }\nb = { opt-level = 1 }\n",
    );
    assert_eq!(tree.violations(), [""; 0]);
    tree.append("Cargo.toml", "c = { opt-level = 1 }\n");
    tree.has_only("Cargo.toml:4: the profile `dev` names 3 packages, 2 are allowed; ");
}

#[test]
fn a_circle_of_modules_fails() {
    let tree = Tree::clean();
    tree.append("a/src/one.rs", "fn f(_: crate::two::Two) {}\n");
    tree.has_only("a/src/one.rs:3: imports itself in a circle, by a/src/two.rs:1; ");
}

#[test]
fn a_circle_through_re_exports_globs_macros_and_aliases_fails() {
    for use_of_two in [
        "use super::*;\nfn f(_: Two) {}\n",
        "use crate::Alias;\nfn f(_: Alias) {}\n",
        "fn f() { println!(\"{:?}\", crate::two::made()); }\n",
        "use crate::two as other;\nfn f() { other::made(); }\n",
        "impl From<super::Two> for One { fn from(two: super::Two) -> Self { two.0 } }\n",
    ] {
        let tree = Tree::clean();
        tree.append("a/src/lib.rs", "pub use two::Two;\npub use two::Two as Alias;\n");
        tree.append("a/src/two.rs", "pub fn made() {}\n");
        tree.append("a/src/one.rs", use_of_two);
        tree.has_only("a/src/one.rs:");
    }
}

#[test]
fn a_circle_of_folders_through_their_parents_fails() {
    let tree = Tree::clean();
    tree.append("a/src/lib.rs", "mod left;\nmod right;\n");
    tree.write("a/src/left.rs", "mod inner;\nuse crate::right::Right;\npub(crate) struct Left(Right, inner::Inner);\n");
    tree.write("a/src/left/inner.rs", "pub(super) struct Inner;\n");
    tree.write("a/src/right.rs", "mod deep;\npub(crate) struct Right(deep::Deep);\n");
    tree.write("a/src/right/deep.rs", "pub(super) struct Deep(crate::left::Left);\n");
    tree.has_only("a/src/left.rs:2: imports itself in a circle, by a/src/right.rs:2, a/src/right/deep.rs:1; ");
}

#[test]
fn parents_children_tests_and_groups_with_a_reason_may_be_mutual() {
    let tree = Tree::clean();
    tree.append("a/src/lib.rs", "pub mod up;\n");
    tree.write("a/src/up.rs", "mod down;\npub struct Up(down::Down);\n");
    tree.write("a/src/up/down.rs", "use super::Up;\npub(super) struct Down(Option<Box<Up>>);\n");
    tree.append(
        "a/src/one.rs",
        "#[cfg(test)]\nmod tests {\n    use crate::two::Two;\n}\n#[test]\nfn t(_: crate::two::Two) {}\n",
    );
    assert_eq!(tree.violations(), [""; 0]);

    tree.append("a/src/one.rs", "fn f(_: crate::two::Two) {}\n");
    let group = "[[mutual]]\nfiles = [\"a/src/one.rs\", \"a/src/two.rs\"]\nreason = \"one is two\"\n";
    tree.append("crates/xtask/tidy.toml", group);
    assert_eq!(tree.violations(), [""; 0]);
}

#[test]
fn a_group_that_is_not_mutual_fails() {
    let tree = Tree::clean();
    tree.append("crates/xtask/tidy.toml", "[[mutual]]\nfiles = [\"a/src/one.rs\", \"a/src/two.rs\"]\nreason = \"r\"\n");
    tree.has_only("crates/xtask/tidy.toml:");
}

#[test]
fn a_dangling_reference_to_a_fact_fails() {
    for (text, id) in [
        ("// By fact `three-words`.\n", "three-words"),
        ("// By facts `two-words`, `C06` and `D1`.\n", "D1"),
        ("const SOURCE: &str = \"facts: two-words, three-words; a remark\";\n", "three-words"),
        ("// As C07 says.\n", "C07"),
    ] {
        let tree = Tree::clean();
        tree.append("a/src/one.rs", text);
        tree.has_only(&format!("a/src/one.rs:3: no fact has the id `{id}`; "));
    }
}

#[test]
fn a_dangling_name_link_anchor_page_or_path_fails() {
    for (path, text, problem) in [
        ("README.md", "The check `no-such` finds it.\n", "docs/checks.md does not define `no-such`"),
        ("README.md", "[x](docs/none.md)\n", "`docs/none.md` does not exist"),
        ("docs/facts.md", "[x](../a/none.rs)\n", "`../a/none.rs` does not exist"),
        ("docs/facts.md", "[x](#c7)\n", "docs/facts.md has no heading `#c7`"),
        (
            "docs/facts.md",
            "[x](checks.md#output-type) and [y](checks.md#none)\n",
            "docs/checks.md has no heading `#none`",
        ),
        ("a/src/one.rs", "// See docs/facts.md#none.\n", "docs/facts.md has no heading `#none`"),
        ("a/src/one.rs", "// As a/src/one.rs and a/src/none.rs do.\n", "`a/src/none.rs` does not exist"),
        ("a/src/one.rs", "// By old section 7.\n", "`old section` is a form of reference that is gone"),
    ] {
        let tree = Tree::clean();
        let line = std::fs::read_to_string(tree.path().join(path)).unwrap().lines().count() + 1;
        tree.append(path, text);
        let start = format!("{path}:{line}: {problem}; ");
        let violations = tree.violations();
        assert!(violations.iter().all(|it| it.starts_with(&start)), "{start}\n{violations:#?}");
        assert!(!violations.is_empty(), "{start}");
    }
}

#[test]
fn code_and_external_links_are_no_references() {
    let tree = Tree::clean();
    tree.append(
        "docs/facts.md",
        "[x](https://example.com/none.md) `[x](none.md)`\n\n```sh\ncat docs-none/none.md [x](none.md)\n```\n",
    );
    tree.append("a/src/one.rs", "const TEXT: &str = \"a/none.rs\"; // check `cargo test`\n");
    assert_eq!(tree.violations(), [""; 0]);
}

#[test]
fn a_public_type_name_used_twice_fails() {
    for text in ["pub struct Two;\n", "pub trait Two {}\n", "pub type Two = u8;\n", "make! { pub enum Two { A } }\n"] {
        let tree = Tree::clean();
        tree.write("b/src/lib.rs", &format!("{LANDING_PAGE}{text}"));
        tree.has_only("b/src/lib.rs:7: the public type `Two` exists in a/src/two.rs:3, too; ");
    }
    let tree = Tree::clean();
    tree.append(
        "b/src/lib.rs",
        "mod inner {\n    pub(crate) struct One;\n}\n#[cfg(test)]\nmod tests {\n    pub struct One;\n}\n",
    );
    assert_eq!(tree.violations(), [""; 0]);
}

#[test]
fn a_type_name_with_a_reason_may_exist_twice() {
    let tree = Tree::clean();
    tree.append("b/src/lib.rs", "pub struct One;\n");
    tree.append("crates/xtask/tidy.toml", "[[twice]]\nname = \"One\"\nreason = \"r\"\n");
    assert_eq!(tree.violations(), [""; 0]);
    tree.write("b/src/lib.rs", LANDING_PAGE);
    tree.has_only("crates/xtask/tidy.toml:");
}

#[test]
fn a_retired_word_fails_in_code_comments_and_file_names() {
    let tree = Tree::clean();
    tree.append("a/src/one.rs", "fn f(_: Gizmo) {}\n");
    tree.has_only("a/src/one.rs:3: `Gizmo` is a retired word; write `Device`");
    let tree = Tree::clean();
    tree.append("b/src/lib.rs", "fn f() {} // a Gizmo\n");
    tree.has_only("b/src/lib.rs:8: `Gizmo` is a retired word; write `Device`");
    let tree = Tree::clean();
    tree.append("a/src/one.rs", "const A: &str = \"Gizmo\"; struct GizmoOfOld;\n");
    assert_eq!(tree.violations(), [""; 0]);
    tree.write("a/tests/Gizmo.rs", "");
    tree.has_only("a/tests/Gizmo.rs:1: the file is named by a retired word");
}

#[test]
fn a_landing_page_without_a_compiled_example_fails() {
    let tree = Tree::clean();
    tree.write("b/src/lib.rs", "//! A crate.\n//!\n//! ```text\n//! a\n//! ```\npub use a::two::Two;\n");
    tree.has_only("b/src/lib.rs:1: the landing page of `b` has no compiled example");
}

#[test]
fn a_source_that_does_not_parse_is_named_with_its_line() {
    let tree = Tree::clean();
    tree.append("a/src/one.rs", "fn {\n");
    let error = Workspace::load(tree.path()).unwrap_err().to_string();
    assert!(error.starts_with("a/src/one.rs:3: does not parse"), "{error}");
}
