//! Members of an output that stand outside the body: in headers and in the status.

use ivs_client::Response;
use ivs_model::{Location, Member, Model, ShapeKind, TimestampFormat};
use serde_json::{Map, Value};

/// The value of a member outside the body; none for a member of the body, and for an absent one.
pub(super) fn outside_body(model: &Model, member: &Member, response: &Response) -> Option<Value> {
    match member.location {
        Location::Header => {
            let text = response.header(&member.wire_name.to_ascii_lowercase())?;
            header_value(model, member, text)
        }
        Location::HeaderMap => {
            let prefix = member.wire_name.to_ascii_lowercase();
            let entries = response.headers.iter().filter_map(|(name, value)| {
                let text = String::from_utf8_lossy(value).into_owned();
                Some((name.strip_prefix(&prefix)?.to_owned(), Value::String(text)))
            });
            Some(entries.collect::<Map<_, _>>()).filter(|entries| !entries.is_empty()).map(Value::Object)
        }
        Location::StatusCode => Some(Value::from(response.status)),
        _ => None,
    }
}

/// A header's text by the shape of its member. Text that the shape cannot have stays as it is, and breaks the type.
fn header_value(model: &Model, member: &Member, text: &str) -> Option<Value> {
    let format = member.timestamp_format;
    match model.shape(member.shape).kind {
        ShapeKind::List { item, .. } => {
            let item = model.shape(item);
            let format = item.timestamp_format.or(format).unwrap_or(TimestampFormat::HttpDate);
            let texts = match item.kind {
                ShapeKind::String => strings(text),
                ShapeKind::Timestamp if format == TimestampFormat::HttpDate => dates(text),
                _ => text.split(',').map(|text| text.trim().to_owned()).collect(),
            };
            Some(texts.iter().map(|text| scalar(&item.kind, format, text)).collect())
        }
        ShapeKind::String if text.is_empty() => None,
        ref kind => Some(scalar(kind, format.unwrap_or(TimestampFormat::HttpDate), text)),
    }
}

fn scalar(kind: &ShapeKind, format: TimestampFormat, text: &str) -> Value {
    let number = match kind {
        ShapeKind::Boolean => text.parse::<bool>().ok().map(Value::Bool),
        ShapeKind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
        ShapeKind::Timestamp if format != TimestampFormat::EpochSeconds => None,
        // `NaN` and the like stay texts, as in JSON.
        ShapeKind::Float | ShapeKind::Double | ShapeKind::Timestamp => {
            text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number)
        }
        _ => None,
    };
    number.unwrap_or_else(|| Value::from(text))
}

/// Splits a list of strings at the commas outside quotes.
fn strings(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in text.chars() {
        let item = items.last_mut().expect("the list starts with an item");
        match character {
            _ if is_escaped => {
                item.push(character);
                is_escaped = false;
            }
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => items.push(String::new()),
            ' ' | '\t' if !is_quoted && item.is_empty() => {}
            _ => item.push(character),
        }
    }
    items
}

/// Splits a list of HTTP dates, each of which has one comma.
fn dates(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    parts.chunks(2).map(|date| date.join(", ")).collect()
}

#[cfg(test)]
mod tests {
    use super::{dates, strings};

    #[test]
    fn commas_in_quotes_and_dates_split_nothing() {
        assert_eq!(strings(r#""b,c", "\"def\"", a"#), ["b,c", "\"def\"", "a"]);
        assert_eq!(strings("a,b"), ["a", "b"]);
        let date = "Mon, 16 Dec 2019 23:48:18 GMT";
        assert_eq!(dates(&format!("{date}, {date}")), [date, date]);
    }
}
