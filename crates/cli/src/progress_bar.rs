//! Progress on a terminal.

use std::collections::BTreeSet;
use std::io::{self, Write};

use indicatif::ProgressStyle;
use ivs_judge::render::Renderer;
use ivs_judge::{Event, Verdict};
use ivs_model::FindingId;

/// A bar over the planned cases with the number of findings so far.
pub(crate) struct ProgressBar {
    bar: indicatif::ProgressBar,
    found: BTreeSet<FindingId>,
}

impl ProgressBar {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template("{elapsed:>4} {wide_bar} {pos}/{len} cases, {msg}")
            .expect("the template is a valid one");
        Self { bar: indicatif::ProgressBar::new(0).with_style(style), found: BTreeSet::new() }
    }

    fn found(&mut self, identity: &FindingId) {
        if self.found.insert(identity.clone()) {
            self.bar.set_message(format!("{} findings", self.found.len()));
        }
    }
}

impl Renderer for ProgressBar {
    fn event(&mut self, event: &Event, _: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => {
                self.bar.println(format!("{}: {} operations, seed {}", run.endpoint, run.operations.len(), run.seed));
                self.bar.set_length(run.cases);
                self.bar.set_message("0 findings");
            }
            Event::CaseJudged(judged) => {
                self.bar.inc(1);
                if let Verdict::Fail(findings) = &judged.verdict {
                    findings.iter().for_each(|finding| self.found(&finding.identity));
                }
            }
            Event::FindingFound(finding) => self.found(&finding.identity),
            Event::Note(note) => self.bar.println(format!("note: {note}")),
            Event::RunEnded(_) => self.bar.finish_and_clear(),
            Event::OperationProbed(_) | Event::ErrorPair(_) => {}
        }
        Ok(())
    }
}
