//! The command as a process, the emulator served by it, and a folder that goes with the test.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The command with nothing of this machine's AWS configuration about it.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivs-contract"));
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name.starts_with("IVS_CONTRACT_") {
            command.env_remove(name);
        }
    }
    // No test may look for instance metadata.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/nonexistent");
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent").current_dir(std::env::temp_dir()).args(arguments);
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

/// What it said to the user.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The emulator as a process of its own, killed when the test ends.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    /// Starts it with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = command(&[&["serve", "--port", "0"], arguments].concat())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("it says its address");
        let url = line.split("AWS_ENDPOINT_URL=").nth(1).expect("the line names the variable to export");
        Self { url: url.trim().to_owned(), child }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of the test's own, gone when it ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder that is not there yet.
    pub(crate) fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("ivs-contract-{name}-{}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
