//! The folder for failed sequences, with one file per resource type.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ivs_runner::Regressions;

/// The folder used when neither the flag nor the settings file names one.
pub(super) const DEFAULT: &str = ".ivs-contract/regressions";

/// A folder, created when the first sequence fails.
#[derive(Debug)]
struct Folder(PathBuf);

/// The folder of a run: the named one, else the default. The embedded emulator has no default: its faults are known.
///
/// # Errors
///
/// Fails if it is there and is no folder.
pub(super) fn folder(named: Option<&Path>, embedded: bool) -> anyhow::Result<Option<Arc<dyn Regressions>>> {
    let usual = (!embedded).then_some(Path::new(DEFAULT));
    let path = named.or(usual);
    if let Some(path) = path.filter(|path| path.exists() && !path.is_dir()) {
        anyhow::bail!("{} is not a folder. Name a folder for failed sequences with --regressions DIR", path.display());
    }
    Ok(path.map(|path| Arc::new(Folder(path.to_owned())) as Arc<dyn Regressions>))
}

/// The absolute path of the named folder, or else of the default one, for lines that are pasted elsewhere.
pub(super) fn absolute(named: Option<&Path>) -> String {
    let path = named.unwrap_or(Path::new(DEFAULT));
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

impl Regressions for Folder {
    fn read(&self, name: &str) -> Result<Option<String>, String> {
        let path = self.0.join(name);
        let hint = "Delete it, or name another folder with --regressions DIR";
        match std::fs::read_to_string(&path) {
            Ok(text) => match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
                Ok(_) => Ok(Some(text)),
                Err(error) => Err(format!("{} holds no sequences: {error}. {hint}", path.display())),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read {}: {error}. {hint}", path.display())),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let write = || {
            std::fs::create_dir_all(&self.0)?;
            // Write to another file first, so that a killed run leaves no partial file.
            let partial = self.0.join(format!("{name}.{}", std::process::id()));
            std::fs::write(&partial, text)?;
            std::fs::rename(partial, self.0.join(name))
        };
        write().map_err(|error: std::io::Error| format!("cannot write {}: {error}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_read_back_and_a_missing_folder_is_empty() {
        let path = std::env::temp_dir().join(format!("ivs-contract-regressions-{}", std::process::id()));
        let folder = folder(Some(&path), true).unwrap().expect("a folder is named");
        assert_eq!(folder.read("ivs.channel.json"), Ok(None));
        folder.write("ivs.channel.json", "{}").unwrap();
        folder.write("ivs.stage.json", "garbage").unwrap();
        let error = folder.read("ivs.stage.json").unwrap_err();
        assert!(error.contains("ivs.stage.json holds no sequences") && error.contains("--regressions"), "{error}");
        std::fs::remove_file(path.join("ivs.stage.json")).unwrap();
        folder.write("ivs.channel.json", "{\"sequences\":[]}").unwrap();
        assert_eq!(folder.read("ivs.channel.json"), Ok(Some("{\"sequences\":[]}".to_owned())));
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1, "no partial file is left");
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn the_embedded_emulator_keeps_nothing_unless_told_to() {
        assert!(folder(None, true).unwrap().is_none());
        assert!(folder(None, false).unwrap().is_some());
    }
}
