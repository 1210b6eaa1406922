//! GitHub Actions: one annotation with the totals, and the job summary.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use ivs_judge::render::{Markdown, RenderOptions, Renderer as _};
use ivs_judge::{Event, Outcome, Report, plain};

/// Tells GitHub Actions what a run came to, if it runs there. A summary that cannot be written is a note: the run has its
/// report.
pub(super) fn announce(report: &Report, options: &RenderOptions) {
    if env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return;
    }
    // The runner reads commands from stderr, too, and stdout may hold JSON.
    eprintln!("{}", annotation(report, options));
    let Some(summary) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    if let Err(error) = write_summary(report, options, Path::new(&summary)) {
        eprintln!("note: cannot write the job summary {}: {error}", plain(&summary.to_string_lossy()));
    }
}

/// Returns the workflow command of the verdict.
fn annotation(report: &Report, options: &RenderOptions) -> String {
    let level = match report.outcome(&options.policy) {
        Outcome::Conforms => "notice",
        Outcome::Findings | Outcome::Partial | Outcome::Unusable => "error",
    };
    format!("::{level} title=ivs-contract::{}", escaped(&report.verdict(&options.policy)))
}

/// Escapes the text of a workflow command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Appends the Markdown report: other steps of the job may have written before.
fn write_summary(report: &Report, options: &RenderOptions, path: &Path) -> io::Result<()> {
    let mut page = Vec::new();
    Markdown::new(options.policy).event(&Event::RunEnded(Box::new(report.clone())), &mut page)?;
    OpenOptions::new().create(true).append(true).open(path)?.write_all(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_one_line_whatever_the_endpoint_is_called() {
        let mut report = Report { endpoint: "http://x/%0A\n::error::y".to_owned(), ..Report::default() };
        report.summary.findings.error = 1;
        report.summary.causes = 1;
        let line = annotation(&report, &RenderOptions::default());
        let found = "1 cause (1 error, 0 warnings), 0 of 0 operations implemented";
        assert_eq!(line, format!("::error title=ivs-contract::FAIL http://x/%250A%0A::error::y: {found}"));
    }
}
