//! Model files of other services.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use ivs_model::Model;
use ivs_model::import::strip;

/// Returns the model of a file.
pub(super) fn read(file: &Path, paginators: Option<&Path>) -> Result<Model> {
    parsed(file, &stripped(file, paginators)?)
}

/// Returns the model of a stripped file, which errors name.
pub(super) fn parsed(file: &Path, stripped: &[u8]) -> Result<Model> {
    let model = Model::from_slice(stripped)?;
    if model.operations.is_empty() {
        let reason = model.gaps.first().map(ToString::to_string).unwrap_or_default();
        bail!("{}: no operation of this model can be called. {reason}", file.display());
    }
    Ok(model)
}

/// Returns a model file without its documentation, with the paginators in it.
pub(super) fn stripped(file: &Path, paginators: Option<&Path>) -> Result<Vec<u8>> {
    let mut files = Vec::new();
    for path in std::iter::once(file).chain(paginators) {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the model file {}", path.display()))?;
        files.push((path.display().to_string(), bytes));
    }
    let named: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Ok(strip(&named)?.bytes)
}
