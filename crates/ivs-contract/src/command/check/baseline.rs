//! The baseline file of a run: read and opened before the first request, written after the last one.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_judge::{Baseline, BaselineNames, BaselineRun, Report, RunStatus, plain};
use ivs_model::{SuiteName, bundled};
use ivs_suites::explained_checks;
use time::{Date, OffsetDateTime};

use crate::command::arguments::CheckArguments;
use crate::settings::SettingsFile;
use crate::whole_file::WholeFile;

/// The baseline of a run, and what to do with its file.
pub(super) struct BaselineFile {
    path: PathBuf,
    baseline: Baseline,
    update: bool,
    prune: bool,
    suites: Vec<SuiteName>,
    today: Date,
}

impl BaselineFile {
    /// Reads the file that the flag or the settings name. A file that cannot be used is an error.
    pub(super) fn read(arguments: &CheckArguments, file: &SettingsFile, suites: &[SuiteName]) -> Result<Option<Self>> {
        let Some(path) = arguments.baseline.as_deref().or(file.baseline.as_deref()) else {
            if arguments.update_baseline || arguments.prune {
                bail!("no baseline to change. Name its file with --baseline FILE (example: --baseline accepted.toml)");
            }
            return Ok(None);
        };
        // A comparison of two endpoints has findings of its own only.
        let suites =
            if arguments.against.is_some() { vec![SuiteName::from_static("differential")] } else { suites.to_vec() };
        Ok(Some(Self {
            baseline: read(path, arguments.update_baseline)?,
            path: path.to_owned(),
            update: arguments.update_baseline,
            prune: arguments.prune,
            suites,
            today: OffsetDateTime::now_utc().date(),
        }))
    }

    /// Opens the file for writing, if it is to be changed. A path that cannot be written to is found before the run.
    pub(super) fn open(&self) -> Result<Option<WholeFile>> {
        if !self.update && !self.prune {
            return Ok(None);
        }
        let file =
            WholeFile::create(&self.path).map_err(|error| anyhow!("cannot write {}: {error}", self.path.display()))?;
        Ok(Some(file))
    }

    /// Judges a report by this baseline as it will be after the run. Returns its text, if that is to be written.
    pub(super) fn judge(&self, report: &mut Report) -> Option<String> {
        let run = BaselineRun { suites: &self.suites, today: self.today };
        self.baseline.judge(report, &run);
        if !self.update && !self.prune || matches!(report.status, RunStatus::Unusable { .. }) {
            return None;
        }
        let mut changed = self.baseline.clone();
        if self.update {
            changed.add_new(report, self.today);
        }
        if self.prune {
            changed.prune(report);
        }
        let text = changed.text();
        // The report shows the state that the next run will find.
        if let Ok(changed) = Baseline::parse(&self.path.display().to_string(), &text, &names()) {
            changed.judge(report, &run);
        }
        Some(text)
    }

    /// Writes the changed file. Nothing is written after a run that could not judge the endpoint.
    pub(super) fn write(&self, text: Option<&str>, file: Option<WholeFile>) -> Result<()> {
        let (Some(text), Some(mut file)) = (text, file) else {
            if self.update || self.prune {
                eprintln!("{} is unchanged: the endpoint could not be judged", plain(&self.path.display().to_string()));
            }
            return Ok(());
        };
        file.write_all(text.as_bytes())
            .and_then(|()| file.commit())
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// The names that the entries of a baseline may use.
fn names() -> BaselineNames<'static> {
    BaselineNames { checks: explained_checks().map(|(info, _)| info.check).collect(), models: bundled::models() }
}

fn read(path: &Path, may_be_new: bool) -> Result<Baseline> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Baseline::parse(&file, &text, &names())?),
        Err(error) if error.kind() == ErrorKind::NotFound && may_be_new => Ok(Baseline::empty(&file, &names())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("the baseline {file} does not exist. Create it with --baseline {file} --update-baseline")
        }
        Err(error) => bail!("cannot read the baseline {file}: {error}"),
    }
}
