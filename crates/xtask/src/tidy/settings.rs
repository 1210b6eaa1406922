//! The tables of the rules: `crates/xtask/tidy.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// The file of the tables, relative to the workspace root.
pub const PATH: &str = "crates/xtask/tidy.toml";

/// Everything that the rules are told rather than derive.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// The top level of the repository.
    pub layout: Layout,
    /// Which packages of the workspace each package may depend on.
    pub packages: BTreeMap<String, PackageImports>,
    /// Crates that only some packages may depend on.
    pub only: Vec<Only>,
    /// Crates that some packages never depend on.
    pub never: Vec<Never>,
    /// Texts that a file must hold.
    pub requires: Vec<Requires>,
    /// Groups of files that may import each other.
    pub mutual: Vec<Mutual>,
    /// Public type names that may exist more than once.
    pub twice: Vec<Twice>,
    /// Files without references, and forms that are gone.
    pub references: References,
    /// Packages whose `lib.rs` needs no example, each with the reason.
    pub without_example: BTreeMap<String, String>,
    /// Identifiers that may not come back, each with what to write instead.
    pub retired: BTreeMap<String, String>,
}

/// The shape of the top level.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Layout {
    /// Names allowed at the top level. Names that begin with a dot are always allowed.
    pub top_level: Vec<String>,
    /// The greatest number of lines in `README.md`.
    pub readme_lines: Option<usize>,
    /// The greatest number of packages that a profile of the root manifest names.
    pub profile_packages: Option<usize>,
    /// Files of which at least one must name each package's folder.
    pub maps: Vec<PathBuf>,
}

/// Imports from the workspace that a package may have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PackageImports {
    /// Dependencies of the library or program.
    pub imports: Vec<String>,
    /// Further dependencies of its tests, examples and benchmarks.
    pub dev_imports: Vec<String>,
}

/// Crates reserved to some packages. Dev-dependencies are free.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// The crates.
    pub crates: Vec<String>,
    /// The packages that may depend on them.
    pub packages: Vec<String>,
    /// The reason.
    pub reason: String,
}

/// Crates forbidden to some packages, their tests included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Never {
    /// The crates.
    pub crates: Vec<String>,
    /// The packages that never depend on them.
    pub packages: Vec<String>,
    /// The reason.
    pub reason: String,
}

/// A text that a file of some packages must hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requires {
    /// The packages.
    pub packages: Vec<String>,
    /// The file, relative to each package's folder.
    pub file: PathBuf,
    /// The text.
    pub text: String,
    /// The reason.
    pub reason: String,
}

/// Files that are mutual in the domain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutual {
    /// The files.
    pub files: Vec<PathBuf>,
    /// The reason.
    pub reason: String,
}

/// A public type name that may exist more than once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twice {
    /// The name.
    pub name: String,
    /// The reason.
    pub reason: String,
}

/// The reading of references.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct References {
    /// Beginnings of paths whose files are not read.
    pub skip: Vec<String>,
    /// Forms of reference that are gone.
    pub leftovers: Vec<Leftover>,
}

/// A form of reference that is gone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leftover {
    /// A regular expression.
    pub pattern: String,
    /// The form to write instead.
    pub remedy: String,
}

impl Settings {
    /// Reads the tables of a workspace.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let path = root.join(PATH);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("invalid {PATH}"))
    }
}
