//! The baseline file of a run: read and opened before the first request, written after the last one.

use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use ivs_judge::{Baseline, BaselineError, BaselineNames, BaselineRun, Report, RunStatus};
use ivs_model::{SuiteName, bundled};
use ivs_suites::explained_checks;
use time::{Date, OffsetDateTime};

use crate::whole_file::WholeFile;

/// The changes of a baseline after a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BaselineChanges {
    /// Whether new findings are added. A file that does not exist is created.
    pub(crate) update: bool,
    /// Whether entries that match nothing are removed.
    pub(crate) prune: bool,
}

/// The baseline of a run, and what to do with its file.
pub(crate) struct BaselineFile {
    path: PathBuf,
    baseline: Baseline,
    changes: BaselineChanges,
    suites: Vec<SuiteName>,
    today: Date,
}

/// The reason why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BaselineFileError {
    /// There is no such file, and it is not to be created.
    #[error("the baseline {file} does not exist")]
    Missing {
        /// The file.
        file: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read the baseline {file}: {cause}")]
    Unreadable {
        /// The file.
        file: String,
        /// The error of the system.
        cause: io::Error,
    },
    /// The content is no baseline.
    #[error(transparent)]
    Wrong(#[from] BaselineError),
    /// The file cannot be written.
    #[error(
        "cannot write the baseline {file}: {cause}. Name a file that can be written (example: --baseline accepted.toml)"
    )]
    Unwritable {
        /// The file.
        file: String,
        /// The error of the system.
        cause: io::Error,
    },
}

impl BaselineChanges {
    /// Whether the file is to be written.
    fn is_any(self) -> bool {
        self.update || self.prune
    }
}

impl BaselineFile {
    /// Reads the file for a run of these suites; empty means all.
    pub(crate) fn read(
        path: &Path,
        changes: BaselineChanges,
        suites: Vec<SuiteName>,
    ) -> Result<Self, BaselineFileError> {
        let file = path.display().to_string();
        let baseline = match std::fs::read_to_string(path) {
            Ok(text) => Baseline::parse(&file, &text, &names())?,
            Err(error) if error.kind() == ErrorKind::NotFound && changes.update => Baseline::empty(&file, &names()),
            Err(source) if source.kind() == ErrorKind::NotFound => {
                return Err(BaselineFileError::Missing { file, source });
            }
            Err(cause) => return Err(BaselineFileError::Unreadable { file, cause }),
        };
        let today = OffsetDateTime::now_utc().date();
        Ok(Self { path: path.to_owned(), baseline, changes, suites, today })
    }

    /// The file, for messages.
    #[cfg(feature = "cli")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file for writing, if it is to be changed. A path that cannot be written to is found before the run.
    pub(crate) fn open(&self) -> Result<Option<WholeFile>, BaselineFileError> {
        let create = || WholeFile::create(&self.path).map_err(|cause| self.unwritable(cause));
        self.changes.is_any().then(create).transpose()
    }

    /// Judges a report by this baseline as it will be after the run. Returns its text, if that is to be written.
    pub(crate) fn judge(&self, report: &mut Report) -> Option<String> {
        let run = BaselineRun { suites: &self.suites, today: self.today };
        self.baseline.judge(report, &run);
        if !self.changes.is_any() || matches!(report.status, RunStatus::Unusable { .. }) {
            return None;
        }
        let mut changed = self.baseline.clone();
        if self.changes.update {
            changed.add_new(report, self.today);
        }
        if self.changes.prune {
            changed.prune(report);
        }
        let text = changed.text();
        // The report shows the state that the next run will find.
        if let Ok(changed) = Baseline::parse(&self.path.display().to_string(), &text, &names()) {
            changed.judge(report, &run);
        }
        Some(text)
    }

    /// Writes the changed file. Returns false if it was to be changed and is not: nothing is written after a run that could not
    /// judge the endpoint.
    pub(crate) fn write(&self, text: Option<&str>, file: Option<WholeFile>) -> Result<bool, BaselineFileError> {
        let (Some(text), Some(mut file)) = (text, file) else { return Ok(!self.changes.is_any()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.commit());
        written.map_err(|cause| self.unwritable(cause)).map(|()| true)
    }

    fn unwritable(&self, cause: io::Error) -> BaselineFileError {
        BaselineFileError::Unwritable { file: self.path.display().to_string(), cause }
    }
}

/// The names that the entries of a baseline may use.
fn names() -> BaselineNames<'static> {
    BaselineNames { checks: explained_checks().map(|(info, _)| info.check).collect(), models: bundled::models() }
}
