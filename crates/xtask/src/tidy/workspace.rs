//! The subject of the rules: the packages, the files under version control, the parsed sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use super::settings::{self, Settings};
use super::source::CrateSource;

/// A workspace, read once for all rules.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// The packages, ordered by name.
    pub(super) packages: Vec<Package>,
    /// The files under version control, relative to the root.
    pub(super) files: Vec<PathBuf>,
    /// The parsed library and program of each package.
    pub(super) crates: Vec<CrateSource>,
    pub(super) settings: Settings,
    settings_text: String,
}

/// A package as `cargo metadata` states it.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// Relative to the root.
    pub(super) folder: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
    /// The root file of the library, relative to the workspace root.
    pub(super) library: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Absent for a dependency of the library or program itself.
    pub(super) kind: Option<String>,
}

impl Dependency {
    pub(super) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Target {
    fn is(&self, kinds: &[&str]) -> bool {
        self.kind.iter().any(|kind| kinds.contains(&kind.as_str()))
    }
}

impl Workspace {
    /// Reads the workspace at a folder: `cargo metadata`, the tables of the rules, and the sources.
    ///
    /// # Errors
    ///
    /// Fails if cargo does not understand the manifests, the tables are missing, or a source does not parse.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let root = root.canonicalize().with_context(|| format!("no folder {}", root.display()))?;
        let settings = Settings::read(&root)?;
        let settings_text = std::fs::read_to_string(root.join(settings::PATH))?;
        let mut packages = Vec::new();
        let mut crates = Vec::new();
        let mut metadata = metadata(&root)?;
        metadata.packages.sort_by(|one, other| one.name.cmp(&other.name));
        for package in metadata.packages {
            let relative = |path: &Path| path.strip_prefix(&root).unwrap_or(path).to_owned();
            let mut library = None;
            for target in package.targets.iter().filter(|target| target.is(&["lib", "proc-macro", "bin"])) {
                let path = relative(&target.src_path);
                crates.push(CrateSource::parse(&root, &package.name, &path)?);
                if !target.is(&["bin"]) {
                    library = Some(path);
                }
            }
            let folder = package.manifest_path.parent().map(relative).unwrap_or_default();
            packages.push(Package { name: package.name, folder, dependencies: package.dependencies, library });
        }
        let files = files(&root)?;
        Ok(Self { root, packages, files, crates, settings, settings_text })
    }

    /// The text of a file, or `None` if it does not exist or is not UTF-8.
    pub(super) fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }

    /// The line of the tables that first holds a text.
    pub(super) fn settings_line(&self, text: &str) -> usize {
        super::text::line_of(&self.settings_text, text)
    }
}

fn metadata(root: &Path) -> anyhow::Result<Metadata> {
    // Set by cargo for what `cargo run` and `cargo test` start.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cannot start cargo")?;
    anyhow::ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("cargo metadata printed an unknown form")
}

/// Lists the files that git knows or would add; where there is no repository, all files but those of builds.
fn files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output();
    let mut files: Vec<PathBuf> = match output {
        Ok(output) if output.status.success() => {
            let names = String::from_utf8(output.stdout).context("git listed a name that is not UTF-8")?;
            // A deleted file is listed until its deletion is staged.
            names.split_terminator('\0').map(PathBuf::from).filter(|path| root.join(path).is_file()).collect()
        }
        _ => {
            let mut found = Vec::new();
            walk(root, root, &mut found)?;
            found
        }
    };
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" && entry.file_name() != ".git" {
                walk(root, &path, found)?;
            }
        } else if let Ok(relative) = path.strip_prefix(root) {
            found.push(relative.to_owned());
        }
    }
    Ok(())
}
