//! The values of `--report`.

use std::path::PathBuf;
use std::str::FromStr;

use ivs_judge::render::{FORMATS, ReportFormat};

use crate::report_files::in_folder;

/// Where reports go: one file of one format, or a folder with a file of each.
#[derive(Debug, Clone)]
pub(in crate::command) enum ReportTarget {
    /// One format.
    File {
        /// The format.
        format: &'static ReportFormat,
        /// The file.
        path: PathBuf,
    },
    /// Every format, each in its usual file.
    Folder(PathBuf),
}

/// A value of `--report` that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' is not a report format (expected one of: {}; example: --report junit=report.xml)", names())]
pub(in crate::command) struct ParseReportTargetError {
    name: String,
}

fn names() -> String {
    FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ")
}

/// Returns the help of `--report`, with the formats that there are.
pub(super) fn help() -> String {
    format!("Write a report: FORMAT=FILE writes one format ({}), a folder all of them; may be repeated", names())
}

impl ReportTarget {
    /// Returns one file of the format of that name.
    pub(in crate::command) fn of(name: &str, path: PathBuf) -> Result<Self, ParseReportTargetError> {
        match FORMATS.iter().find(|format| format.name == name) {
            Some(format) => Ok(Self::File { format, path }),
            None => Err(ParseReportTargetError { name: name.to_owned() }),
        }
    }

    /// Returns the files, each with its format.
    pub(in crate::command) fn files(&self) -> Vec<(&'static ReportFormat, PathBuf)> {
        match self {
            Self::File { format, path } => vec![(*format, path.clone())],
            Self::Folder(folder) => in_folder(folder),
        }
    }
}

impl FromStr for ReportTarget {
    type Err = ParseReportTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, path)) => Self::of(name, path.into()),
            None => Ok(Self::Folder(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<(&'static str, String)> {
        let target: ReportTarget = text.parse().unwrap();
        target.files().into_iter().map(|(format, path)| (format.name, path.display().to_string())).collect()
    }

    #[test]
    fn a_format_has_one_file_and_a_folder_one_of_each() {
        assert_eq!(files("junit=a=b.xml"), [("junit", "a=b.xml".to_owned())]);
        let all = files("out");
        assert_eq!(all.len(), FORMATS.len());
        for (format, file) in [
            ("json", "report.json"),
            ("junit", "junit.xml"),
            ("markdown", "report.md"),
            ("html", "report.html"),
            ("sarif", "report.sarif"),
            ("ndjson", "events.ndjson"),
            ("badge", "badge.json"),
        ] {
            assert!(all.contains(&(format, format!("out/{file}"))), "{format}: {all:?}");
        }
    }

    #[test]
    fn an_unknown_format_is_named_with_those_that_exist() {
        let error = "junt=a.xml".parse::<ReportTarget>().unwrap_err().to_string();
        assert!(error.contains("'junt'"), "{error}");
        assert!(FORMATS.iter().all(|format| error.contains(format.name)), "{error}");
    }
}
