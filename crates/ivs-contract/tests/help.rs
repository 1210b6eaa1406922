//! The help of every subcommand, as snapshots at 80 columns, and its required content.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::collections::BTreeSet;

use clap::{Arg, Command};
use ivs_contract::SETTINGS;

/// The width at which the help must be readable.
const WIDTH: usize = 80;

/// Returns the command and all its subcommands, by their names joined with `-`.
fn commands() -> Vec<(String, Command)> {
    fn collect(name: &str, command: &Command, all: &mut Vec<(String, Command)>) {
        all.push((name.to_owned(), command.clone()));
        for subcommand in command.get_subcommands().filter(|it| it.get_name() != "help") {
            collect(&format!("{name}-{}", subcommand.get_name()), subcommand, all);
        }
    }
    let mut command = ivs_contract::command::command().term_width(WIDTH).version("VERSION");
    command.build();
    let mut all = Vec::new();
    collect("ivs-contract", &command, &mut all);
    all
}

fn subcommand(name: &str) -> Command {
    let name = format!("ivs-contract-{name}");
    commands().into_iter().find(|(found, _)| *found == name).expect("there is such a subcommand").1
}

fn long_flag<'a>(command: &'a Command, flag: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| argument.get_long() == flag.strip_prefix("--"))
}

#[test]
fn the_help_is_the_stored_one() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/help");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, mut command) in commands() {
        let help = command.render_long_help().to_string();
        settings.bind(|| insta::assert_snapshot!(name, help));
    }
}

#[test]
fn every_help_fits_the_terminal_and_has_examples() {
    for (name, mut command) in commands() {
        let help = command.render_long_help().to_string();
        // clap wraps lines as well, but an example must not need it.
        let examples = help.split("Examples:\n").nth(1).unwrap_or_default().lines();
        for line in examples.take_while(|line| !line.is_empty()) {
            assert!(line.starts_with("  ivs-contract"), "{name}: an example is wrapped: {line}");
        }
        for line in help.lines() {
            assert!(line.chars().count() <= WIDTH, "{name}: a line is too long: {line}");
        }
        if !command.has_subcommands() || name == "ivs-contract" {
            assert!(help.contains("Examples:\n"), "{name}: no examples in {help}");
        }
    }
}

#[test]
fn every_flag_has_a_help_text_of_one_sentence_without_a_period() {
    for (name, command) in commands() {
        for argument in command.get_arguments() {
            let help = argument.get_help().unwrap_or_else(|| panic!("{name}: {} has no help", argument.get_id()));
            let help = help.to_string();
            assert!(!help.ends_with('.'), "{name}: {help}");
            assert!(
                help.starts_with(|first: char| !first.is_lowercase() || help.starts_with("summary.json")),
                "{name}: {help}"
            );
        }
    }
}

#[test]
fn every_setting_with_a_flag_names_a_flag_of_check_and_its_environment_variable() {
    let check = subcommand("check");
    for setting in SETTINGS {
        let Some(flag) = setting.flag else { continue };
        let argument = long_flag(&check, flag).unwrap_or_else(|| panic!("{}: no flag {flag}", setting.key));
        // A flag that is repeated takes one entry of a table.
        let plural = if setting.kind.starts_with("table") { "s" } else { "" };
        assert_eq!(flag.trim_start_matches('-').replace('-', "_") + plural, setting.key);
        let help = argument.get_help().unwrap().to_string();
        let variable = help.split("[env: ").nth(1).and_then(|rest| rest.split(']').next());
        assert_eq!(variable, setting.environment, "{help}");
    }
}

#[test]
fn every_flag_of_check_that_changes_what_is_judged_is_a_setting() {
    let settings: BTreeSet<&str> = SETTINGS.iter().filter_map(|setting| setting.flag).collect();
    let per_run = [
        "--against",
        "--allow-writes",
        "--color",
        "--config",
        "--debug",
        "--depth",
        "--help",
        "--html",
        "--junit",
        "--markdown",
        "--model",
        "--no-regressions",
        "--no-sign-request",
        "--no-verify-ssl",
        "--pack",
        "--paginators",
        "--prune",
        "--query",
        "--quiet",
        "--record",
        "--recorded-from",
        "--report",
        "--update-baseline",
        "--verbose",
        "--wait",
    ];
    for argument in subcommand("check").get_arguments() {
        let flag = format!("--{}", argument.get_long().unwrap_or_default());
        assert!(settings.contains(flag.as_str()) || per_run.contains(&flag.as_str()), "{flag} is in neither list");
    }
}
