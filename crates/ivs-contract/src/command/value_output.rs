//! A JSON value on stdout in the formats of the AWS CLI: `json`, `text`, `table` and `yaml`.

mod table;
mod text;
mod yaml;

use std::io;

use clap::ValueEnum;
use ivs_judge::render::write_json;
use serde_json::Value;

/// The format of a value on stdout, as in the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::command) enum ValueFormat {
    /// Indented JSON
    Json,
    /// Values separated by tabs
    Text,
    /// A table
    Table,
    /// YAML
    Yaml,
}

/// Renders a value. `title` is the heading of a table.
pub(super) fn render(value: &Value, format: ValueFormat, title: &str) -> io::Result<String> {
    Ok(match format {
        ValueFormat::Json => {
            let mut out = Vec::new();
            write_json(value, &mut out)?;
            String::from_utf8_lossy(&out).into_owned()
        }
        ValueFormat::Text => text::render(value),
        ValueFormat::Table => table::render(value, title),
        ValueFormat::Yaml => yaml::render(value),
    })
}

/// Returns a scalar as text, without what a terminal must not get; `None` for lists and objects.
fn scalar(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => ivs_judge::plain(text),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        json!({
            "channels": [
                {"arn": "a1", "name": "one", "tags": {"team": "x"}},
                {"arn": "a2", "authorized": true, "tags": {}},
            ],
            "nextToken": null,
        })
    }

    #[test]
    fn text_is_that_of_the_aws_cli() {
        let text = render(&sample(), ValueFormat::Text, "ListChannels").unwrap();
        assert_eq!(text, "None\nCHANNELS\ta1\t\tone\nTAGS\tx\nCHANNELS\ta2\tTrue\t\n");
        assert_eq!(render(&json!(["a", "b"]), ValueFormat::Text, "x").unwrap(), "a\tb\n");
        assert_eq!(render(&json!([["a", 1], ["b", 2]]), ValueFormat::Text, "x").unwrap(), "a\t1\nb\t2\n");
        assert!(!render(&json!("a\u{1b}b"), ValueFormat::Text, "x").unwrap().contains('\u{1b}'));
    }

    #[test]
    fn yaml_reads_back() {
        let text = render(&sample(), ValueFormat::Yaml, "x").unwrap();
        let expected = "channels:\n- arn: a1\n  name: one\n  tags:\n    team: x\n- arn: a2\n  authorized: true\n  tags: {}\n\
                        nextToken: null\n";
        assert_eq!(text, expected);
        let odd = json!({"a": "yes", "b": "1", "c": "x: y", "d": "", "e": [[1, []], "-"], "f": "#"});
        let expected = "a: \"yes\"\nb: \"1\"\nc: \"x: y\"\nd: \"\"\ne:\n- - 1\n  - []\n- \"-\"\nf: \"#\"\n";
        assert_eq!(render(&odd, ValueFormat::Yaml, "x").unwrap(), expected);
    }

    #[test]
    fn a_table_has_a_title_and_lines_of_one_width() {
        let table = render(&sample(), ValueFormat::Table, "ListChannels").unwrap();
        let widths: std::collections::BTreeSet<usize> = table.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths.len(), 1, "{table}");
        for part in ["ListChannels", "channels", "|  arn ", "|  a1 ", "nextToken"] {
            assert!(table.contains(part), "{part}: {table}");
        }
    }
}
