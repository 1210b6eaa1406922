//! The release matrix: null servers and every planted fault, with every suite and operation.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

/// The test programs of the matrix, as arguments of `cargo test`. The command is built beside them, so that the features
/// of the dependencies are those of a release build and little is compiled twice.
const PROGRAMS: [&str; 10] =
    ["test", "--release", "-p", "ivs-contract", "-p", "ivs-suites", "--test", "null_servers", "--test", "faults"];

/// Runs the matrix. The filters go to the test programs: `cargo xtask faults tag-lost`.
///
/// # Errors
///
/// Fails if cargo cannot be started.
pub fn run(root: &Path, filters: &[String]) -> anyhow::Result<ExitCode> {
    let status = command(root, filters).status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn command(root: &Path, filters: &[String]) -> Command {
    // Set by cargo for what `cargo run` starts.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(PROGRAMS).arg("--").args(filters);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_reach_the_test_programs() {
        let command = command(Path::new("/tmp"), &["tag-lost".to_owned(), "--exact".to_owned()]);
        let arguments: Vec<&str> = command.get_args().filter_map(|argument| argument.to_str()).collect();
        assert_eq!(
            arguments.join(" "),
            "test --release -p ivs-contract -p ivs-suites --test null_servers --test faults -- tag-lost --exact"
        );
    }
}
