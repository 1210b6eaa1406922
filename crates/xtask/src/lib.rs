//! Developer commands: the rules of this repository, its generated documentation, the release matrix.
//!
//! `cargo xtask tidy` asserts what a compiler cannot: who may import whom, that modules form no circle, that references
//! resolve, that a name means one thing. The tables of these rules are data: `crates/xtask/tidy.toml`.
//!
//! ```
//! # fn main() -> anyhow::Result<()> {
//! let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
//! let workspace = xtask::tidy::Workspace::load(&root)?;
//! for violation in xtask::tidy::circles::check(&workspace) {
//!     println!("{violation}"); // path:line: what is wrong; what to do
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How to add a rule
//!
//! 1. Write `src/tidy/NAME.rs` with `pub fn check(workspace: &Workspace) -> Vec<RuleViolation>`.
//! 2. Add one line to `RULES` in `src/tidy.rs`.
//! 3. Show in `tests/tidy.rs`, on a small temporary tree, that a breach makes it fail.
//!
//! # How to add a generated page
//!
//! 1. Write its renderer in `src/docs/`: a function from plain rows to Markdown.
//! 2. Read the rows from the other crates in `src/docs/registry.rs`.
//! 3. Add one line to `pages` in `src/docs.rs`.

pub mod docs;
pub mod matrix;
pub mod tidy;
