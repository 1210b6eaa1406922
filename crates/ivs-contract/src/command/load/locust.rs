//! The Locust that is installed on this machine.

use std::io;
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};

/// The program, found on the PATH.
const PROGRAM: &str = "locust";
/// The version that the workers are tested with.
const TESTED: &str = "2.47.0";
/// The oldest version that speaks the protocol of the workers.
const OLDEST: (u32, u32) = (2, 20);

/// Returns the version of the installed Locust, such as `2.47.0`.
///
/// # Errors
///
/// Fails if there is none, or one that is too old for the workers. The text says how to install it.
pub(super) fn installed_version() -> Result<String> {
    let output = match Command::new(PROGRAM).arg("--version").output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("--workers needs Locust, which is not on the PATH. Install it with `pip install locust=={TESTED}`");
        }
        Err(error) => return Err(error).context("cannot run `locust --version`"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = version_in(&text).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow!("`locust --version` printed no version: {}", format!("{text}{said}").trim())
    })?;
    if is_too_old(version) {
        let (major, minor) = OLDEST;
        bail!(
            "--workers needs Locust {major}.{minor} or later, and `locust` on the PATH is {version}. Install it with \
             `pip install locust=={TESTED}`"
        );
    }
    Ok(version.to_owned())
}

/// Returns a command that runs Locust.
pub(super) fn command() -> Command {
    Command::new(PROGRAM)
}

/// Finds the version in `locust 2.47.0 from /usr/lib/… (Python 3.11.2)`.
fn version_in(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    words.find(|word| *word == PROGRAM)?;
    words.next().filter(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

fn is_too_old(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_and_compared() {
        assert_eq!(version_in("locust 2.47.0 from /usr/lib (Python 3.11.2)\n"), Some("2.47.0"));
        assert_eq!(version_in("locust 1.6.0"), Some("1.6.0"));
        assert_eq!(version_in("locust: command broken"), None);
        assert!(is_too_old("1.6.0") && is_too_old("2.8.6") && !is_too_old("2.20.0") && !is_too_old("2.47.0"));
        assert!(!is_too_old(TESTED));
    }
}
