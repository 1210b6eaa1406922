//! `docs/configuration.md`: the keys of `ivs-contract.toml`.

use std::fmt::Write as _;

use super::markdown::{code, head, sentence, table};
use super::rows::SettingRow;

/// Renders the page: a table of keys with their flags and environment variables, then one heading per key.
#[must_use]
pub fn page(settings: &[SettingRow]) -> String {
    let mut text = head("Configuration", "the settings of `ivs-contract`");
    text.push_str(
        "\nA flag takes precedence over the environment, and the environment over the settings file. The file is \
         `ivs-contract.toml`\nin the working directory, or the one that `--config` names. Unknown keys are errors.\n\n",
    );
    let or_none = |word: &Option<String>| word.as_deref().map_or_else(String::new, code);
    let row = |it: &SettingRow| {
        vec![
            format!("[`{0}`](#{0})", it.key),
            it.kind.clone(),
            it.default.clone(),
            or_none(&it.flag),
            or_none(&it.environment),
        ]
    };
    text.push_str(&table(&["key", "type", "default", "flag", "environment"], settings.iter().map(row)));
    for setting in settings {
        let _ = write!(
            text,
            "\n### {}\n\n{}\n\n```toml\n{} = {}\n```\n",
            code(&setting.key),
            sentence(&setting.description),
            setting.key,
            setting.example
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_flag_its_variable_and_an_example() {
        let setting = SettingRow {
            key: "seed".to_owned(),
            kind: "integer".to_owned(),
            default: "none".to_owned(),
            flag: Some("--seed".to_owned()),
            environment: None,
            example: "7".to_owned(),
            description: "The seed".to_owned(),
        };
        let text = page(&[setting]);
        assert!(text.contains("| [`seed`](#seed) | integer | none | `--seed` |  |"), "{text}");
        assert!(text.contains("### `seed`\n\nThe seed.\n\n```toml\nseed = 7\n```"), "{text}");
    }
}
