//! The baseline of a test: a file of findings that do not fail it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ivs_judge::{Baseline, BaselineNames, BaselineRun, Report, RunStatus};
use ivs_model::{SuiteName, bundled};
use time::OffsetDateTime;

use crate::run_error::RunError;
use crate::whole_file::WholeFile;

/// The environment variable that adds new findings to the baseline instead of failing.
pub(crate) const UPDATE: &str = "IVS_CONTRACT_UPDATE_BASELINE";

/// A baseline and its file.
pub(crate) struct AcceptedFindings {
    path: PathBuf,
    baseline: Baseline,
    is_updated: bool,
}

impl AcceptedFindings {
    /// Reads the file. One that does not exist is an error, unless [`UPDATE`] is set, which creates it.
    pub(crate) fn read(path: &Path) -> Result<Self, RunError> {
        let is_updated = std::env::var_os(UPDATE).is_some_and(|value| !value.is_empty() && value != "0");
        let name = path.display().to_string();
        let names = names();
        let baseline = match std::fs::read_to_string(path) {
            Ok(text) => {
                Baseline::parse(&name, &text, &names).map_err(|error| RunError::Baseline { text: error.to_string() })?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_updated => Baseline::empty(&name, &names),
            Err(error) => {
                let folder = std::env::current_dir().unwrap_or_default();
                let text = format!(
                    "cannot read the baseline {name} in {}: {error}. Create it by a run with {UPDATE}=1",
                    folder.display()
                );
                return Err(RunError::Baseline { text });
            }
        };
        Ok(Self { path: path.to_owned(), baseline, is_updated })
    }

    /// Gives each finding its state, and updates the file if the environment says so.
    pub(crate) fn judge(mut self, report: &mut Report, suites: &[SuiteName]) -> Result<(), RunError> {
        let today = OffsetDateTime::now_utc().date();
        let run = BaselineRun { suites, today };
        self.baseline.judge(report, &run);
        if !self.is_updated || matches!(report.status, RunStatus::Unusable { .. }) {
            return Ok(());
        }
        self.baseline.add_new(report, today);
        self.baseline.prune(report);
        let text = self.baseline.text();
        let write = || {
            let mut file = WholeFile::create(&self.path)?;
            file.write_all(text.as_bytes())?;
            file.commit()
        };
        let name = self.path.display().to_string();
        write().map_err(|error: std::io::Error| RunError::Baseline {
            text: format!("cannot write the baseline {name}: {error}"),
        })?;
        // The report is compared again with what the next run will read.
        if let Ok(written) = Baseline::parse(&name, &text, &names()) {
            written.judge(report, &run);
        }
        Ok(())
    }
}

/// The names that the entries of a baseline may use.
fn names() -> BaselineNames<'static> {
    BaselineNames { checks: ivs_suites::checks().collect(), models: bundled::models() }
}
