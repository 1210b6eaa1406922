//! The file of `serve --seed-data`: resources in TOML or JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Reads a file whose name ends with `.toml` or `.json`.
pub(super) fn read(path: &Path) -> Result<Value> {
    let about = || format!("cannot use the seed data {}", path.display());
    let text = fs::read_to_string(path).with_context(about)?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => toml::from_str(&text).with_context(about),
        Some("json") => serde_json::from_str(&text).with_context(about),
        _ => bail!("the seed data {} must have a name that ends with .toml or .json", path.display()),
    }
}
