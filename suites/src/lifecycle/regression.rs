//! Sequences that failed, kept as text for the next run, which plays them first.

use std::collections::BTreeMap;
use std::sync::Arc;

use ivs_runner::{Config, Regressions};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::state::State;
use super::step::Step;

/// One sequence that failed, made as simple as it could be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// The operation that it put to the test.
    pub(crate) operation: String,
    /// The identity of the finding.
    pub(crate) finding: String,
    pub(super) steps: Vec<Step>,
}

/// The text about one kind.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sequences: Vec<Kept>,
}

impl Kept {
    /// Whether the reference model still says what comes of it: models and knowledge change.
    pub(super) fn is_playable(&self, kind: &Arc<Kind>) -> bool {
        State::allows_all(kind, &self.steps)
    }
}

/// The name of the text about a kind.
pub(super) fn file(kind: &Kind) -> String {
    format!("{}.{}.json", kind.model.service.id, kind.name)
}

/// What is kept of these kinds, by name of the text; what cannot be read, with the reason.
pub(crate) fn kept(config: &Config, kinds: &[Arc<Kind>]) -> (BTreeMap<String, Vec<Kept>>, Vec<String>) {
    let (mut kept, mut unread) = (BTreeMap::new(), Vec::new());
    let Some(regressions) = &config.regressions else { return (kept, unread) };
    for kind in kinds {
        let name = file(kind);
        match read(&**regressions, &name) {
            Ok(file) if file.sequences.is_empty() => {}
            Ok(file) => {
                kept.insert(name, file.sequences);
            }
            Err(reason) => unread.push(format!("the kept sequences of {name} are left out: {reason}")),
        }
    }
    (kept, unread)
}

/// Adds what failed to the text, if it is not there yet.
pub(super) fn keep(config: &Config, name: &str, failed: Vec<Kept>) -> Result<(), String> {
    let Some(regressions) = config.regressions.as_ref().filter(|_| !failed.is_empty()) else { return Ok(()) };
    let mut file = read(&**regressions, name)?;
    let before = file.sequences.len();
    for kept in failed {
        if !file.sequences.contains(&kept) {
            file.sequences.push(kept);
        }
    }
    if file.sequences.len() == before {
        return Ok(());
    }
    let mut text = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
    text.push('\n');
    regressions.write(name, &text)
}

fn read(regressions: &dyn Regressions, name: &str) -> Result<File, String> {
    let Some(text) = regressions.read(name)? else { return Ok(File::default()) };
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
