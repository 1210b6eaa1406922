//! The runs of this machine: which of them were killed, and so left their resources behind.
//!
//! Each run has a file with its process and its endpoint, which it deletes at its end. A run whose process is gone while its
//! file exists was killed. The next run on the same endpoint deletes what it left, found by its tag.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The folder of the files, in the folder for temporary files.
const FOLDER: &str = "ivs-contract-runs";
/// The age at which a file is forgotten: `clean` still finds what that run left.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The file of one run, deleted with this value.
pub(super) struct RegisteredRun {
    path: PathBuf,
}

/// A killed run on the same endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KilledRun {
    /// The value of its tag.
    pub(super) tag: String,
    path: PathBuf,
}

impl KilledRun {
    /// Forgets the run: nothing of it is left.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Registers a run, and returns the killed ones on the same endpoint. A folder that cannot be used costs only this.
pub(super) fn register(tag: &str, endpoint: &str) -> (Option<RegisteredRun>, Vec<KilledRun>) {
    let folder = std::env::temp_dir().join(FOLDER);
    if fs::create_dir_all(&folder).is_err() {
        return (None, Vec::new());
    }
    let killed = killed_runs(&folder, endpoint, is_alive);
    let path = folder.join(tag);
    let is_written = fs::write(&path, format!("{}\n{endpoint}\n", std::process::id())).is_ok();
    (is_written.then_some(RegisteredRun { path }), killed)
}

fn killed_runs(folder: &Path, endpoint: &str, is_alive: impl Fn(i32) -> bool) -> Vec<KilledRun> {
    let mut killed = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let age = entry.metadata().and_then(|data| data.modified()).map(|at| SystemTime::now().duration_since(at));
        if age.is_ok_and(|age| age.unwrap_or_default() > LONGEST) {
            let _ = fs::remove_file(&path);
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let mut lines = text.lines();
        let process = lines.next().and_then(|line| line.parse().ok());
        if lines.next() == Some(endpoint) && process.is_some_and(|process| !is_alive(process)) {
            killed.push(KilledRun { tag: entry.file_name().to_string_lossy().into_owned(), path });
        }
    }
    killed.sort_by(|one, other| one.tag.cmp(&other.tag));
    killed
}

/// Returns whether a process exists. Where that cannot be known, it does.
fn is_alive(process: i32) -> bool {
    #[cfg(unix)]
    {
        rustix::process::Pid::from_raw(process)
            .is_none_or(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
    }
    #[cfg(not(unix))]
    {
        let _ = process;
        true
    }
}

impl Drop for RegisteredRun {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn killed_runs_are_those_of_the_same_endpoint_whose_process_is_gone() {
        let folder = std::env::temp_dir().join(format!("ivs-contract-registry-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (tag, text) in [
            ("1-killed", "7\nhttp://a\n"),
            ("2-running", "8\nhttp://a\n"),
            ("3-elsewhere", "7\nhttp://b\n"),
            ("4-broken", "nonsense"),
        ] {
            fs::write(folder.join(tag), text).unwrap();
        }
        let killed = killed_runs(&folder, "http://a", |process| process == 8);
        assert_eq!(killed.iter().map(|run| run.tag.as_str()).collect::<Vec<_>>(), ["1-killed"]);
        killed[0].forget();
        assert!(killed_runs(&folder, "http://a", |process| process == 8).is_empty());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn this_process_is_alive() {
        assert!(is_alive(i32::try_from(std::process::id()).unwrap()));
        assert!(!is_alive(i32::MAX));
    }
}
