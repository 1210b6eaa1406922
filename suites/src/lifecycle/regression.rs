//! Sequences that failed, kept as text for the next run, which plays them first.

use std::collections::{BTreeMap, BTreeSet};
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
    /// The endpoint that showed it; empty in files of earlier versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) endpoint: String,
    pub(super) steps: Vec<Step>,
}

/// The text about one kind.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sequences: Vec<Kept>,
}

impl Kept {
    /// Whether it is the same sequence, whatever endpoint showed it.
    fn is_same(&self, other: &Self) -> bool {
        (&self.operation, &self.finding, &self.steps) == (&other.operation, &other.finding, &other.steps)
    }

    /// Whether the reference model still says what comes of it: models and knowledge change.
    pub(super) fn is_playable(&self, kind: &Arc<Kind>) -> bool {
        State::allows_all(kind, &self.steps)
    }
}

/// The name of the text about a kind.
pub(super) fn file(kind: &Kind) -> String {
    format!("{}.{}.json", kind.model.service.id, kind.name)
}

/// What is kept of these kinds, by name of the text; notes on what is replayed, and on what cannot be read.
pub(crate) fn kept(config: &Config, kinds: &[Arc<Kind>]) -> (BTreeMap<String, Vec<Kept>>, Vec<String>) {
    let (mut kept, mut notes) = (BTreeMap::new(), Vec::new());
    let Some(regressions) = &config.regressions else { return (kept, notes) };
    for kind in kinds {
        let name = file(kind);
        match read(&**regressions, &name) {
            Ok(file) if file.sequences.is_empty() => {}
            Ok(file) => {
                notes.push(announcement(&name, &file, &config.endpoint));
                kept.insert(name, file.sequences);
            }
            Err(reason) => notes.push(format!("the kept sequences of {name} are left out: {reason}")),
        }
    }
    (kept, notes)
}

/// Says how many sequences are replayed, and which other endpoints they are of.
fn announcement(name: &str, file: &File, endpoint: &str) -> String {
    let others: BTreeSet<&str> = file.sequences.iter().map(|kept| kept.endpoint.as_str()).collect();
    let others: Vec<&str> = others.into_iter().filter(|other| !other.is_empty() && *other != endpoint).collect();
    let of = if others.is_empty() { String::new() } else { format!(", found on {}", others.join(", ")) };
    let count = file.sequences.len();
    let noun = if count == 1 { "sequence" } else { "sequences" };
    format!("{count} failed {noun} kept in {name} replayed first{of}")
}

/// Checks the text of a file of kept sequences.
///
/// # Errors
/// Why it is none.
pub fn check_kept_sequences(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<File>(text).map(drop)
}

/// Writes a file of one sequence, so many times that it has the number of a case.
///
/// # Errors
/// Why these are no steps.
pub fn kept_sequence_file(operation: &str, steps: &str, number: usize) -> Result<String, serde_json::Error> {
    let steps: Vec<Step> = serde_json::from_str(steps)?;
    let kept = Kept { operation: operation.to_owned(), finding: String::new(), endpoint: String::new(), steps };
    serde_json::to_string(&File { sequences: vec![kept; number + 1] })
}

/// Adds what failed to the text, if it is not there yet.
pub(super) fn keep(config: &Config, name: &str, failed: Vec<Kept>) -> Result<(), String> {
    let Some(regressions) = config.regressions.as_ref().filter(|_| !failed.is_empty()) else { return Ok(()) };
    let mut file = read(&**regressions, name)?;
    let before = file.sequences.len();
    for kept in failed {
        if !file.sequences.iter().any(|known| known.is_same(&kept)) {
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
