//! The report files of a run: opened before the first request, written while events come, and named at the end.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ivs_judge::Event;
use ivs_judge::render::{FORMATS, RenderOptions, Renderer, ReportFormat};

use crate::whole_file::WholeFile;

/// All report files of a run.
pub(crate) struct ReportFiles(Mutex<Vec<ReportFile>>);

struct ReportFile {
    renderer: Box<dyn Renderer>,
    path: PathBuf,
    file: WholeFile,
}

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub(crate) struct UnwritableReport {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl UnwritableReport {
    /// Returns what the user can do about it, as a sentence.
    pub(crate) fn way_out(&self) -> String {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists());
        match (self.source.kind(), parent) {
            (io::ErrorKind::NotFound, Some(parent)) => format!("Create the folder {} first", parent.display()),
            (io::ErrorKind::StorageFull, _) => "Free some space, or name a path on another disk".to_owned(),
            _ => "Name a path that can be written".to_owned(),
        }
    }
}

impl ReportFiles {
    /// Opens the files before anything is sent: a wrong path must not cost a run.
    pub(crate) fn open(
        files: impl IntoIterator<Item = (&'static ReportFormat, PathBuf)>,
        options: &RenderOptions,
    ) -> Result<Self, UnwritableReport> {
        let open = |(format, path): (&ReportFormat, PathBuf)| match WholeFile::create(&path) {
            Ok(file) => Ok(ReportFile { renderer: (format.renderer)(options), path, file }),
            Err(source) => Err(UnwritableReport { path, source }),
        };
        files.into_iter().map(open).collect::<Result<_, _>>().map(|files| Self(Mutex::new(files)))
    }

    /// Passes an event to every file.
    pub(crate) fn receive(&self, event: &Event) {
        for ReportFile { renderer, file, .. } in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            if let Err(error) = renderer.event(event, file) {
                file.fail(error);
            }
        }
    }

    /// Gives the files their names. Returns those that could not be written.
    pub(crate) fn commit(&self) -> Vec<UnwritableReport> {
        let files = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let commit = |ReportFile { path, file, .. }: ReportFile| match file.commit() {
            Ok(()) => None,
            Err(source) => Some(UnwritableReport { path, source }),
        };
        files.into_iter().filter_map(commit).collect()
    }
}

/// A file of each format in a folder.
pub(crate) fn in_folder(folder: &Path) -> Vec<(&'static ReportFormat, PathBuf)> {
    FORMATS.iter().map(|format| (format, folder.join(format.file_name))).collect()
}
