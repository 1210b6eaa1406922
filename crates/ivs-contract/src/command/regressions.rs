//! The folder for failed sequences, with one file per resource type.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use ivs_model::CaseId;
use ivs_runner::Regressions;
use ivs_suites::{check_kept_sequences, kept_sequence_file};

/// The folder used when neither the flag nor the settings file names one.
pub(super) const DEFAULT: &str = ".ivs-contract/regressions";

/// The most sequences of one file that a replay line numbers.
const MOST_KEPT: usize = 1000;

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

/// Refuses a folder with a file that holds no kept sequences, before anything is sent.
pub(super) fn check(named: Option<&Path>) -> Result<()> {
    let folder = named.unwrap_or(Path::new(DEFAULT));
    let way_out = "Delete it, name another folder with --regressions DIR, or run with --no-regressions";
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => bail!("cannot read the folder for failed sequences {}: {error}. {way_out}", folder.display()),
    };
    let is_kept = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_kept).collect();
    paths.sort();
    for path in paths {
        let read = std::fs::read_to_string(&path).map_err(anyhow::Error::from);
        let checked = read.and_then(|text| Ok(check_kept_sequences(&text)?));
        if let Err(error) = checked {
            bail!("{} holds no failed sequences: {error}. {way_out}", path.display());
        }
    }
    Ok(())
}

/// The one sequence of a replay, from its line.
#[derive(Debug)]
struct Given {
    file: String,
    text: String,
}

/// Keeps the steps that a replay line holds in place of a folder.
pub(super) fn given(id: &CaseId, steps: &str) -> Result<Arc<dyn Regressions>> {
    let wrong = || anyhow!("--steps belongs to a case named '…-kept-N', and '{id}' is none");
    let (kind, number) = id.name.rsplit_once("-kept-").ok_or_else(wrong)?;
    let number: usize = number.parse().ok().filter(|number| *number < MOST_KEPT).ok_or_else(wrong)?;
    let text = kept_sequence_file(id.operation.name(), steps, number).map_err(|error| {
        anyhow!("--steps holds no steps of a sequence: {error}. Copy the whole line of the finding")
    })?;
    Ok(Arc::new(Given { file: format!("{}.{kind}.json", id.operation.service()), text }))
}

impl Regressions for Given {
    fn read(&self, name: &str) -> Result<Option<String>, String> {
        Ok((name == self.file).then(|| self.text.clone()))
    }

    fn write(&self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }
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
    fn a_file_that_holds_something_else_is_named_with_the_way_out() {
        let path = std::env::temp_dir().join(format!("ivs-contract-garbage-{}", std::process::id()));
        assert!(check(Some(&path)).is_ok(), "a missing folder is empty");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("ivs.channel.json"), "{\"sequences\":[]}").unwrap();
        assert!(check(Some(&path)).is_ok());
        std::fs::write(path.join("ivs.stage.json"), "garbage").unwrap();
        let error = check(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("ivs.stage.json") && error.contains("--no-regressions"), "{error}");
        assert!(check(Some(&path.join("ivs.stage.json"))).is_err(), "a file is no folder");
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_replay_line_holds_the_steps_of_a_sequence() {
        let id: CaseId = "ivschat.UpdateRoom/lifecycle/room-kept-1".parse().unwrap();
        let given_steps = given(&id, r#"[{"step":"create","input":{}},{"step":"read","slot":0}]"#).unwrap();
        let text = given_steps.read("ivschat.room.json").unwrap().unwrap();
        assert_eq!(text.matches("\"read\"").count(), 2, "{text}");
        assert_eq!(given_steps.read("ivs.channel.json"), Ok(None));
        assert!(given(&id, "[{}]").is_err());
        assert!(given(&"ivs.CreateChannel/validation/valid-minimal".parse().unwrap(), "[]").is_err());
    }

    #[test]
    fn the_embedded_emulator_keeps_nothing_unless_told_to() {
        assert!(folder(None, true).unwrap().is_none());
        assert!(folder(None, false).unwrap().is_some());
    }
}
