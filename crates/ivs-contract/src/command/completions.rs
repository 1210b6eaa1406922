//! `ivs-contract completions` and `ivs-contract man`: shell completions and man pages.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Command;
use clap_complete::Shell;

use super::terminal::print_text;
use crate::exit_status::ExitStatus;
use crate::whole_file::write_whole;

/// The name of the command.
const NAME: &str = "ivs-contract";

/// Prints the completions for a shell.
pub(super) fn completions(shell: Shell, mut command: Command) -> Result<ExitStatus> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, NAME, &mut out);
    print_text(&String::from_utf8_lossy(&out))?;
    Ok(ExitStatus::Success)
}

/// Prints the man page of the command, or writes those of the command and all subcommands to a folder.
pub(super) fn man(folder: Option<&Path>, mut command: Command) -> Result<ExitStatus> {
    // Names the subcommands `ivs-contract-check` and so on.
    command.build();
    let Some(folder) = folder else {
        print_text(&page(&command)?)?;
        return Ok(ExitStatus::Success);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    for (name, text) in &pages {
        let path = folder.join(format!("{name}.1"));
        write_whole(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!("{} man pages written to {}", pages.len(), folder.display());
    Ok(ExitStatus::Success)
}

fn page(command: &Command) -> Result<String> {
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    Ok(String::from_utf8(out)?)
}

/// Collects the pages of a built command and its subcommands, by name.
fn collect(command: &Command, pages: &mut Vec<(String, String)>) -> Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    pages.push((name.to_owned(), page(command)?));
    for subcommand in command.get_subcommands().filter(|it| it.get_name() != "help" && !it.is_hide_set()) {
        collect(subcommand, pages)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_has_a_man_page() {
        let mut pages = Vec::new();
        let mut command = super::super::command();
        command.build();
        collect(&command, &mut pages).unwrap();
        for subcommand in command.get_subcommands().filter(|it| it.get_name() != "help") {
            let name = format!("{NAME}-{}", subcommand.get_name());
            assert!(pages.iter().any(|(page, text)| *page == name && text.contains(".SH NAME")), "{name}");
        }
    }

    #[test]
    fn completions_name_the_subcommands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut super::super::command(), NAME, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains("explain") && text.contains("update-baseline"), "{shell}");
        }
    }
}
