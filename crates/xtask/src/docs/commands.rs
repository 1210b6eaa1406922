//! `docs/cli.md`: the command line, from its definition.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

use super::markdown::{code, head, table};

/// Renders the page: one heading per subcommand, with its usage, arguments and options.
#[must_use]
pub fn page(mut command: Command) -> String {
    // Fills in usages, global options, and the names of subcommands with those around them.
    command.build();
    let mut text = head("Command line", "the arguments of `ivs-contract`");
    section(&mut text, &mut command, 2);
    text
}

fn section(text: &mut String, command: &mut Command, level: usize) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let _ = write!(text, "\n{} {}\n", "#".repeat(level.min(4)), code(&name));
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        let _ = write!(text, "\n{}\n", about.to_string().trim());
    }
    let usage = command.render_usage().to_string();
    let _ = write!(text, "\n```text\n{}\n```\n", usage.trim().trim_start_matches("Usage:").trim());

    let shown: Vec<&Arg> = command.get_arguments().filter(|argument| is_shown(argument)).collect();
    let (positionals, options): (Vec<&Arg>, Vec<&Arg>) =
        shown.into_iter().partition(|argument| argument.is_positional());
    arguments(text, "Arguments", &positionals);
    let mut groups: BTreeMap<&str, Vec<&Arg>> = BTreeMap::new();
    for option in options {
        groups.entry(option.get_help_heading().unwrap_or("Options")).or_default().push(option);
    }
    for (heading, options) in groups {
        arguments(text, heading, &options);
    }
    if let Some(after) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        let _ = write!(text, "\n```text\n{}\n```\n", after.to_string().trim());
    }
    for subcommand in command.get_subcommands_mut().filter(|it| it.get_name() != "help" && !it.is_hide_set()) {
        section(text, subcommand, level + 1);
    }
}

fn is_shown(argument: &Arg) -> bool {
    !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
}

fn arguments(text: &mut String, heading: &str, arguments: &[&Arg]) {
    if arguments.is_empty() {
        return;
    }
    let _ = write!(text, "\n**{heading}**\n\n");
    text.push_str(&table(&["", "meaning"], arguments.iter().map(|it| vec![code(&spelling(it)), meaning(it)])));
}

/// Spells an argument: `-s, --seed <SEED>`.
fn spelling(argument: &Arg) -> String {
    let mut names = Vec::new();
    names.extend(argument.get_short().map(|short| format!("-{short}")));
    names.extend(argument.get_long().map(|long| format!("--{long}")));
    let takes_values = argument.get_num_args().is_some_and(|range| range.takes_values());
    let values = argument.get_value_names().unwrap_or_default();
    let values: Vec<String> = values.iter().map(|name| format!("<{name}>")).collect();
    let mut text = names.join(", ");
    if takes_values || argument.is_positional() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&values.join(" "));
        if argument.is_positional() && matches!(argument.get_action(), ArgAction::Append) {
            text.push_str("...");
        }
    }
    text
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let mut text = help.map(|help| help.to_string().trim().to_owned()).unwrap_or_default();
    if !text.is_empty() && !text.ends_with('.') {
        text.push('.');
    }
    let takes_values = argument.get_num_args().is_some_and(|range| range.takes_values());
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| takes_values && !value.is_hide_set())
        .map(|value| code(value.get_name()))
        .collect();
    if !possible.is_empty() {
        let _ = write!(text, " One of {}.", possible.join(", "));
    }
    let defaults: Vec<String> =
        argument.get_default_values().iter().filter_map(|value| value.to_str()).map(code).collect();
    if takes_values && !defaults.is_empty() {
        let _ = write!(text, " Default: {}.", defaults.join(", "));
    }
    if let Some(variable) = argument.get_env().and_then(|name| name.to_str()) {
        let _ = write!(text, " Environment: {}.", code(variable));
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        Command::new("tool").about("Does things").arg(Arg::new("secret").long("secret").hide(true)).subcommand(
            Command::new("run")
                .about("Runs a thing")
                .after_help("Examples:\n  tool run x")
                .arg(Arg::new("what").value_name("THING").required(true).help("The thing | its name"))
                .arg(
                    Arg::new("mode")
                        .short('m')
                        .long("mode")
                        .value_name("MODE")
                        .env("TOOL_MODE")
                        .default_value("fast")
                        .value_parser(["fast", "slow"])
                        .help_heading("Speed")
                        .help("How fast"),
                )
                .arg(Arg::new("dry").long("dry").action(ArgAction::SetTrue).help("Only say what would be done")),
        )
    }

    #[test]
    fn every_subcommand_has_a_section_with_all_it_takes() {
        let text = page(command());
        for part in [
            "## `tool`\n\nDoes things\n",
            "### `tool run`\n\nRuns a thing\n",
            "tool run [OPTIONS] <THING>",
            "| `<THING>` | The thing \\| its name. |",
            "**Speed**",
            "| `-m, --mode <MODE>` | How fast. One of `fast`, `slow`. Default: `fast`. Environment: `TOOL_MODE`. |",
            "| `--dry` | Only say what would be done. |",
            "Examples:\n  tool run x",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        assert!(!text.contains("secret") && !text.contains("tool help"), "{text}");
    }
}
