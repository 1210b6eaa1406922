//! The report folder: one file for each format. goose writes its own reports beside them.

mod csv;
mod hdr_log;
mod html;
mod json;
mod junit;
mod limit;
mod markdown;
mod page;
mod prometheus;
mod summary;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use crate::rate_limit::RateLimit;

pub(crate) use hdr_log::{HdrLogWriter, whole_run_log};
pub use summary::{Distribution, GeneratorHealth, LoadSummary, LoadVerdict, StepSummary};

/// The report formats. To add one, write its file and add its line.
static FORMATS: &[LoadReportFormat] = &[
    LoadReportFormat { file: "summary.json", render: json::render },
    LoadReportFormat { file: "summary.md", render: markdown::render },
    LoadReportFormat { file: "summary.txt", render: text::render },
    LoadReportFormat { file: "junit.xml", render: junit::render },
    LoadReportFormat { file: "metrics.prom", render: prometheus::render },
    LoadReportFormat { file: "series.csv", render: csv::render },
    LoadReportFormat { file: "report.html", render: html::render },
    LoadReportFormat { file: "latency.hlog", render: hdr_log::render },
];

/// A format: the name of its file and the function that renders the content.
struct LoadReportFormat {
    file: &'static str,
    render: fn(&LoadReportInput<'_>) -> Vec<u8>,
}

/// The data of a report.
pub(crate) struct LoadReportInput<'a> {
    pub(crate) summary: &'a LoadSummary,
    pub(crate) hdr_log: &'a [u8],
}

/// A report file that could not be written. The run's outcome keeps the results.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct ReportError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

/// Creates the folder and checks that it is writable, before the load rather than after it.
pub(crate) fn prepare(folder: &Path) -> Result<(), ReportError> {
    let failed = |source| ReportError { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let probe = folder.join(".probe");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(failed)
}

/// Writes a report in every format and returns the files that failed.
pub(crate) fn write(folder: &Path, input: &LoadReportInput<'_>) -> Vec<ReportError> {
    FORMATS.iter().filter_map(|format| write_file(folder, format.file, &(format.render)(input)).err()).collect()
}

/// Writes the report of a search for the highest rate and returns the files that failed.
pub(crate) fn write_limit(folder: &Path, limit: &RateLimit) -> Vec<ReportError> {
    let files = [("limit.json", limit::json(limit)), ("limit.html", limit::html(limit))];
    files.into_iter().filter_map(|(file, content)| write_file(folder, file, &content).err()).collect()
}

/// Writes a file whole or not at all, since half a summary.json would be a broken baseline.
fn write_file(folder: &Path, file: &str, content: &[u8]) -> Result<(), ReportError> {
    let (path, partial) = (folder.join(file), folder.join(format!(".{file}.partial")));
    std::fs::write(&partial, content).and_then(|()| std::fs::rename(&partial, &path)).map_err(|source| {
        let _ = std::fs::remove_file(&partial);
        ReportError { path, source }
    })
}
