//! The format `yaml`. Texts that could be read as something else are quoted as in JSON.

use serde_json::Value;

pub(super) fn render(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

/// Writes a value whose first line starts at the current place; further lines are indented.
fn write(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str(&text(key));
                out.push(':');
                match member {
                    Value::Object(inner) if !inner.is_empty() => nested(member, indent + 2, out),
                    // Items of a list stand under their key.
                    Value::Array(inner) if !inner.is_empty() => nested(member, indent, out),
                    _ => {
                        out.push(' ');
                        write(member, indent, out);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str("- ");
                write(item, indent + 2, out);
            }
        }
        Value::Object(_) => out.push_str("{}\n"),
        Value::Array(_) => out.push_str("[]\n"),
        Value::String(content) => {
            out.push_str(&text(content));
            out.push('\n');
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    write(value, indent, out);
}

/// Returns a text as a plain scalar where that is safe, else quoted.
fn text(content: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let is_plain = content.starts_with(|first: char| first.is_ascii_alphabetic())
        && content.chars().all(|character| character.is_ascii_alphanumeric() || "-_./:+@".contains(character))
        && !content.ends_with(':')
        && !WORDS.contains(&content.to_ascii_lowercase().as_str());
    if is_plain {
        return content.to_owned();
    }
    // JSON leaves some characters that a terminal must not get.
    let mut quoted = String::new();
    for character in Value::from(content).to_string().chars() {
        if character.is_control() || !ivs_judge::plain(&character.to_string()).contains(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                quoted.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            quoted.push(character);
        }
    }
    quoted
}
