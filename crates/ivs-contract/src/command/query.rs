//! `--query`: JMESPath expressions as the AWS CLI takes them.

use anyhow::{Result, anyhow};
use jmespath::{Expression, Variable};
use serde::Serialize;
use serde_json::Value;

/// Compiles an expression.
pub(super) fn compile(text: &str) -> Result<Expression<'static>> {
    jmespath::compile(&with_json_literals(text)).map_err(|error| {
        anyhow!(
            "--query is not a valid JMESPath expression (example: findings[].check): {}",
            one_line(&error.to_string())
        )
    })
}

/// Returns what an expression selects.
pub(super) fn search(query: &Expression<'_>, data: &impl Serialize) -> Result<Value> {
    let data =
        Variable::from_json(&serde_json::to_string(data)?).map_err(|error| anyhow!("--query cannot read: {error}"))?;
    let found = query.search(data).map_err(|error| anyhow!("--query failed: {}", one_line(&error.to_string())))?;
    Ok(serde_json::to_value(&*found)?)
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Quotes backtick literals that are no JSON: the AWS CLI reads `` `LIVE` `` as the text "LIVE".
fn with_json_literals(expression: &str) -> String {
    let mut quoted = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(['\'', '"', '`']) {
        let (before, from) = rest.split_at(at);
        quoted.push_str(before);
        let quote = from.as_bytes()[0];
        let Some(end) = closing(from, quote) else { break };
        let (literal, after) = from.split_at(end + 1);
        let text = &literal[1..end];
        if quote == b'`' && serde_json::from_str::<Value>(&text.replace("\\`", "`")).is_err() {
            quoted.push('`');
            quoted.push_str(&Value::from(text.trim_start().replace("\\`", "`")).to_string().replace('`', "\\`"));
            quoted.push('`');
        } else {
            quoted.push_str(literal);
        }
        rest = after;
    }
    quoted.push_str(rest);
    quoted
}

/// Returns the index of the quote that closes the literal at the start of a text.
fn closing(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn backtick_literals_are_json_or_text() {
        let data = json!({"findings": [{"check": "a", "count": 1}, {"check": "b`c", "count": 2}], "a'b": 3});
        for (query, expected) in [
            ("findings[?check==`a`].count", json!([1])),
            ("findings[?check==`\"a\"`].count", json!([1])),
            ("findings[?check=='a'].count", json!([1])),
            ("findings[?count==`2`].check", json!(["b`c"])),
            ("findings[?check==`b\\`c`].count", json!([2])),
            ("\"a'b\"", json!(3)),
            ("findings[?check=='`a`']", json!([])),
            ("`[1, 2]`", json!([1, 2])),
            ("length(findings)", json!(2)),
        ] {
            assert_eq!(search(&compile(query).unwrap(), &data).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn a_wrong_expression_is_named_in_one_line() {
        for query in ["findings[", "`a", "a.b.", ""] {
            let Err(error) = compile(query).map(|_| ()) else { panic!("{query}") };
            assert!(error.to_string().lines().count() == 1, "{error}");
        }
    }
}
