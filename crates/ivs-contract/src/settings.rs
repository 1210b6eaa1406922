//! The settings file, and the values that settings and flags share.

mod info;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;

pub use self::info::{SETTINGS, SettingInfo};

/// The default settings file, which may be absent. `--config` names another one.
pub(crate) const DEFAULT_FILE: &str = "ivs-contract.toml";

/// The renamed keys, old and new. An old key is accepted (as a serde alias) with a note.
pub(crate) const RENAMED: &[(&str, &str)] = &[("externals", "existing_resources")];

/// The settings file. Permission to write is not a key, since each run must state it.
///
/// [`SETTINGS`] describes the keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettingsFile {
    pub target: Option<String>,
    pub endpoint_url: Option<String>,
    pub endpoint_url_ivs: Option<String>,
    pub endpoint_url_ivs_realtime: Option<String>,
    pub endpoint_url_ivschat: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub ca_bundle: Option<PathBuf>,
    pub read_timeout: Option<u64>,
    pub connect_timeout: Option<u64>,
    pub proxy: Option<String>,
    pub rates: bool,
    pub service: Vec<String>,
    pub operation: Vec<String>,
    pub suite: Vec<String>,
    pub seed: Option<u64>,
    pub cases: Option<u32>,
    pub concurrency: Option<usize>,
    pub baseline: Option<PathBuf>,
    pub fail_on: Option<FailOn>,
    pub require_all: bool,
    pub allow_partial: bool,
    pub max_time: Option<u64>,
    pub max_requests: Option<u64>,
    pub max_failures: Option<u64>,
    pub consistency_wait: Option<u64>,
    pub regressions: Option<PathBuf>,
    pub output: Option<OutputFormat>,
    #[serde(alias = "externals")]
    pub existing_resources: BTreeMap<String, String>,
    /// Remarks for the user, such as the new name of an old key.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// The lowest severity that fails a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailOn {
    Error,
    Warning,
    Never,
}

/// The format of stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OutputFormat {
    Text,
    Json,
}

/// The reason why the settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("cannot read the settings file {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} is not a valid settings file", path.display())]
    Invalid { path: PathBuf, source: toml::de::Error },
}

impl SettingsFile {
    /// Reads the file that `--config` names, which must exist, or the default one, which may be absent.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self, SettingsError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|source| SettingsError::Invalid { path: path.to_owned(), source }),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(SettingsError::Unreadable { path: path.to_owned(), source }),
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut settings: Self = toml::from_str(text)?;
        let keys: toml::Table = toml::from_str(text)?;
        for (old, new) in RENAMED.iter().filter(|(old, _)| keys.contains_key(*old)) {
            settings.notes.push(format!("the setting '{old}' is now called '{new}'; the old name still works"));
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns the accepted keys, as the parser lists them in its error for an unknown one.
    fn accepted() -> BTreeSet<String> {
        let refusal = SettingsFile::parse("no_such_key = 1").unwrap_err().to_string();
        let list = refusal.split("expected one of").nth(1).unwrap_or_else(|| panic!("no list of keys: {refusal}"));
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_table_describes_exactly_the_keys_that_are_accepted() {
        let old: BTreeSet<&str> = RENAMED.iter().map(|(old, _)| *old).collect();
        let accepted = accepted();
        let current: BTreeSet<&str> = accepted.iter().map(String::as_str).filter(|key| !old.contains(key)).collect();
        assert_eq!(current, SETTINGS.iter().map(|setting| setting.key).collect());
        assert_eq!(current.len(), SETTINGS.len(), "no key is described twice");
    }

    #[test]
    fn the_example_of_each_key_is_accepted() {
        for setting in SETTINGS {
            let text = format!("{} = {}", setting.key, setting.example);
            SettingsFile::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = SettingsFile::parse("sede = 7").unwrap_err().to_string();
        assert!(error.contains("sede"), "{error}");
    }

    #[test]
    fn each_old_key_works_and_names_the_new_one() {
        for (old, new) in RENAMED {
            let example =
                SETTINGS.iter().find(|setting| setting.key == *new).expect("the new key is described").example;
            let settings = SettingsFile::parse(&format!("{old} = {example}")).unwrap();
            assert_eq!(settings.notes.len(), 1);
            assert!(settings.notes[0].contains(old) && settings.notes[0].contains(new), "{:?}", settings.notes);
        }
        let settings = SettingsFile::parse("[externals]\ns3-bucket = \"mine\"").unwrap();
        assert_eq!(settings.existing_resources["s3-bucket"], "mine");
    }

    #[test]
    fn a_current_key_gives_no_note() {
        assert!(SettingsFile::parse("[existing_resources]\ns3-bucket = \"mine\"").unwrap().notes.is_empty());
    }
}
