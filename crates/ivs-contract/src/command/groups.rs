//! The subcommands in groups, as the help without a subcommand lists them.

use clap::Command;

/// The groups, each with its subcommands.
const GROUPS: &[(&str, &[&str])] = &[
    ("Test an endpoint", &["check", "plan", "load", "replay", "call", "clean"]),
    ("Understand the result", &["explain", "compare", "trend", "list"]),
    ("Run the emulator", &["serve"]),
    ("Set up", &["init", "model", "pack", "completions", "man", "help"]),
];

/// The width of the help, and the column of the descriptions.
const WIDTH: usize = 80;
const COLUMN: usize = 15;

/// Lists the subcommands of a command in groups.
pub(super) fn grouped(command: Command) -> Command {
    let mut list = String::new();
    for (title, names) in GROUPS {
        list.push_str(title);
        list.push_str(":\n");
        for name in *names {
            let about = match command.find_subcommand(name).and_then(Command::get_about) {
                Some(about) => about.to_string(),
                None => "Print this message or the help of a subcommand".to_owned(),
            };
            describe(name, &about, &mut list);
        }
        list.push('\n');
    }
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}Options:\n{{options}}{{after-help}}"
    );
    command.help_template(template)
}

/// Adds a name and its description, wrapped.
fn describe(name: &str, about: &str, list: &mut String) {
    let mut line = format!("  {name:width$}", width = COLUMN - 2);
    let mut is_first = true;
    for word in about.split_whitespace() {
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            list.push_str(line.trim_end());
            list.push('\n');
            line = " ".repeat(COLUMN);
            is_first = true;
        }
        if !is_first {
            line.push(' ');
        }
        line.push_str(word);
        is_first = false;
    }
    list.push_str(line.trim_end());
    list.push('\n');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_subcommand_is_in_one_group() {
        let names: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut command = super::super::command();
        command.build();
        let known: BTreeSet<&str> = command.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(names.len(), known.len());
    }
}
