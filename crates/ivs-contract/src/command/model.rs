//! `ivs-contract model import`: converts a service model to a fixture.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use ivs_model::Model;

use crate::exit_status::ExitStatus;
use crate::whole_file::write_whole;

pub(super) fn import(files: &[PathBuf], out: &Path) -> Result<ExitStatus> {
    let mut read = Vec::new();
    for path in files {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the model file {}", path.display()))?;
        read.push((path.display().to_string(), bytes));
    }
    let named: Vec<(&str, &[u8])> = read.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let stripped = ivs_model::import::strip(&named)?;
    let model = Model::from_slice(&stripped.bytes)?;
    write_whole(out, &stripped.bytes).with_context(|| format!("cannot write {}", out.display()))?;
    for note in &stripped.notes {
        eprintln!("note: {note}");
    }
    eprintln!(
        "{}: {} operations and {} shapes of {} {}",
        out.display(),
        model.operations.len(),
        model.shapes.len(),
        model.service.sdk_id,
        model.service.api_version
    );
    Ok(ExitStatus::Success)
}
