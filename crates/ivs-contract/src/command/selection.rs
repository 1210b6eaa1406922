//! The operations that the flags and the settings file select.

use anyhow::{Result, bail};
use ivs_model::bundled;
use ivs_runner::Selection;

use super::arguments::SelectionArguments;
use crate::settings::SettingsFile;

/// Returns the selected operations. A name that matches none is an error, not an empty run.
pub(super) fn selection(arguments: &SelectionArguments, file: Option<&SettingsFile>) -> Result<Selection> {
    let choose = |flags: &Vec<String>, file: Option<&Vec<String>>| {
        if flags.is_empty() { file.cloned().unwrap_or_default() } else { flags.clone() }
    };
    let selection = Selection {
        services: choose(&arguments.service, file.map(|file| &file.service)),
        operations: choose(&arguments.operation, file.map(|file| &file.operation)),
        ..Selection::default()
    };
    let models = bundled::models();
    if let Some(unknown) = selection.services.iter().find(|id| models.iter().all(|model| model.service.id != **id)) {
        let known: Vec<_> = models.iter().map(|model| model.service.id.as_str()).collect();
        bail!("'{unknown}' is not a service (expected one of: {})", known.join(", "));
    }
    for glob in &selection.operations {
        let one = Selection { operations: vec![glob.clone()], ..selection.clone() };
        if !models.iter().any(|model| model.operations.iter().any(|operation| one.holds(model, operation))) {
            bail!("no operation matches '{glob}' (example: Create*). See `ivs-contract list operations`");
        }
    }
    Ok(selection)
}
