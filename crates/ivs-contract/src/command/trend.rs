//! `ivs-contract trend DIR --html FILE`: the runs of many nights as one page.

mod chart;
mod night;
mod page;

use anyhow::{Context as _, Result, bail};

use self::night::Night;
use super::arguments::TrendArguments;
use crate::exit_status::ExitStatus;
use crate::whole_file::WholeFile;

pub(super) fn run(arguments: &TrendArguments) -> Result<ExitStatus> {
    let folder = &arguments.folder;
    let (nights, skipped) = Night::read_all(folder)?;
    if nights.is_empty() {
        bail!(
            "{} has no reports. Put the JSON reports of `check` or the summary.json files of `load` there, in folders or files \
             named by date (example: {}/2026-03-01/report.json)",
            folder.display(),
            folder.display()
        );
    }
    for (path, reason) in &skipped {
        eprintln!("note: {} is left out: {reason}", path.display());
    }
    let write = || -> std::io::Result<()> {
        let mut file = WholeFile::create(&arguments.html)?;
        std::io::Write::write_all(&mut file, page::html(&nights).as_bytes())?;
        file.commit()
    };
    write().with_context(|| format!("cannot write {}", arguments.html.display()))?;
    println!("{} runs drawn in {}", nights.len(), arguments.html.display());
    Ok(ExitStatus::Success)
}
