//! `ivs-contract init`: writes a settings file with every key as a comment.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::exit_status::ExitStatus;
use crate::settings::{DEFAULT_FILE, RENAMED, SETTINGS};
use crate::whole_file::write_whole;

/// The width of the comments.
const WIDTH: usize = 100;

pub(super) fn run(path: Option<&Path>, force: bool) -> Result<ExitStatus> {
    let path = path.unwrap_or(Path::new(DEFAULT_FILE));
    if path.exists() && !force {
        bail!("{} exists. Name another file, or overwrite it with --force", path.display());
    }
    write_whole(path, text().as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{} written. Uncomment the keys that you need, then run `ivs-contract check`", path.display());
    Ok(ExitStatus::Success)
}

/// Returns the file: each key with its description and an example, as comments.
fn text() -> String {
    let mut text = "# Settings of ivs-contract. Every key is optional: remove `# ` before a key to set it.\n\
                    # A flag takes precedence over the environment, and the environment over this file.\n"
        .to_owned();
    for setting in SETTINGS {
        text.push('\n');
        let mut remarks = vec![setting.description.to_owned(), format!("Default: {}.", setting.default)];
        let places: Vec<&str> = [setting.flag, setting.environment].into_iter().flatten().collect();
        if !places.is_empty() {
            remarks.push(format!("Also: {}.", places.join(", ")));
        }
        if let Some((old, _)) = RENAMED.iter().find(|(_, new)| *new == setting.key) {
            remarks.push(format!("The old name `{old}` still works."));
        }
        comment(&remarks.join(" "), &mut text);
        text.push_str(&format!("# {} = {}\n", setting.key, setting.example));
    }
    text
}

fn comment(words: &str, text: &mut String) {
    let mut line = "##".to_owned();
    for word in words.split_whitespace() {
        if line.chars().count() + word.chars().count() + 1 > WIDTH {
            text.push_str(&line);
            text.push('\n');
            "##".clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::SettingsFile;

    #[test]
    fn the_file_is_accepted_as_written_and_with_every_key_set() {
        let text = text();
        SettingsFile::parse(&text).unwrap();
        let all: String = text
            .lines()
            .filter_map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")))
            .map(|rest| format!("{rest}\n"))
            .collect();
        SettingsFile::parse(&all).unwrap_or_else(|error| panic!("{all}\n{error}"));
        let keys: toml::Table = toml::from_str(&all).unwrap();
        let keys: BTreeSet<&str> = keys.keys().map(String::as_str).collect();
        assert_eq!(keys, SETTINGS.iter().map(|setting| setting.key).collect());
        for (old, _) in RENAMED {
            assert!(text.contains(&format!("`{old}`")), "{old}");
        }
    }
}
