//! The progress of a load run on stderr: a bar on a terminal, lines of text elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ivs_load::otlp::MetricsExport;
use ivs_load::{LoadProgress, StopHandle, format_duration};

/// Shows the progress of a run.
pub(super) struct LiveProgress {
    bar: Option<ProgressBar>,
    stop: StopHandle,
    stop_announced: bool,
    /// Exports the progress as metrics.
    export: Option<MetricsExport>,
    last: Option<Duration>,
}

impl LiveProgress {
    pub(super) fn new(stop: StopHandle, export: Option<MetricsExport>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{elapsed:>4} {bar:20} {wide_msg}").expect("the template is a valid one");
            ProgressBar::new(0).with_style(style)
        });
        Self { bar, stop, stop_announced: false, export, last: None }
    }

    /// Shows one update. A run sends about one per second.
    pub(super) fn show(&mut self, progress: &LoadProgress) {
        if let Some(export) = &self.export {
            export.observe(progress);
        }
        if self.stop.is_requested() && !self.stop_announced {
            self.stop_announced = true;
            self.print_line("stopping: deleting the resources of this run and writing its reports");
        }
        match &self.bar {
            Some(bar) => {
                bar.set_length(progress.planned.as_secs().max(1));
                bar.set_position(progress.elapsed.as_secs());
                bar.set_message(line(progress));
            }
            None => {
                // One line per second would flood the log of a long run.
                let every = if progress.planned > Duration::from_secs(60) { 10.0 } else { 1.0 };
                let since = self.last.map(|last| progress.elapsed.saturating_sub(last).as_secs_f64());
                if since.is_none_or(|since| since > every - 0.5) {
                    self.last = Some(progress.elapsed);
                    eprintln!("{:>5.0} s  {}", progress.elapsed.as_secs_f64(), line(progress));
                }
            }
        }
    }

    /// Begins anew, for a second run.
    pub(super) fn restart(&mut self) {
        self.last = None;
    }

    /// Prints a line above the bar.
    pub(super) fn print_line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }

    /// Ends the display and returns the export, which is still to be finished.
    pub(super) fn end(self) -> Option<MetricsExport> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.export
    }
}

fn line(progress: &LoadProgress) -> String {
    let mut line = format!(
        "{} requests, {:.0}/s, p50 {}, p99 {}, {} users, {} failed",
        progress.requests,
        progress.rps,
        format_duration(progress.p50),
        format_duration(progress.p99),
        progress.users,
        progress.failures
    );
    for (count, name) in [(progress.throttled, "throttled"), (progress.dropped, "dropped"), (progress.late, "late")] {
        if count > 0 {
            line.push_str(&format!(", {count} {name}"));
        }
    }
    line
}
