//! Canonical exchanges and the text format that stores them.

use std::fmt::Write as _;

use serde_json::Value;

/// The placeholder for a body that is not JSON.
const NO_JSON: &str = "<no JSON>";

/// An exchange without the values of a single run: ids, times, secrets, accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct CanonicalExchange {
    /// The name, unique within the operation.
    pub name: String,
    /// The method and the path template, such as `POST /tags/{resourceArn}`.
    pub route: String,
    /// The input by member names.
    pub input: Value,
    /// The status of the response.
    pub status: u16,
    /// The name of the error, if the response has one.
    pub error: Option<String>,
    /// The headers that are compared.
    pub headers: Vec<(String, String)>,
    /// The body of the response.
    pub body: CanonicalBody,
}

/// The body of a response.
#[derive(Debug, Clone, PartialEq)]
pub enum CanonicalBody {
    /// An empty body.
    Empty,
    /// JSON, normalized.
    Json(Value),
    /// A body that is not JSON.
    Other,
}

impl CanonicalExchange {
    /// Returns the status and the error name, such as `404 ResourceNotFoundException`.
    pub fn answer(&self) -> String {
        match &self.error {
            Some(error) => format!("{} {error}", self.status),
            None => self.status.to_string(),
        }
    }

    /// Returns whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Writes the exchange as text: its name, the request, the head of the response, and its body. Empty lines separate
    /// the last three.
    pub fn write(&self, text: &mut String) {
        let Self { name, route, input, headers, body, .. } = self;
        let _ = write!(text, "### {name}\n{route}\n{input:#}\n\n{}\n", self.answer());
        for (header, value) in headers {
            let _ = writeln!(text, "{header}: {value}");
        }
        let _ = match body {
            CanonicalBody::Empty => Ok(()),
            CanonicalBody::Json(value) => write!(text, "\n{value:#}\n"),
            CanonicalBody::Other => write!(text, "\n{NO_JSON}\n"),
        };
    }

    /// Parses all exchanges of a text; `None` if [`CanonicalExchange::write`] did not write it.
    pub fn read_all(text: &str) -> Option<Vec<Self>> {
        let mut sections = format!("\n{}", text.trim()).split("\n### ").map(str::to_owned).collect::<Vec<_>>();
        let before = sections.remove(0);
        before.trim().is_empty().then(|| sections.iter().map(|section| Self::read(section)).collect())?
    }

    fn read(section: &str) -> Option<Self> {
        let mut blocks = section.trim_end().splitn(3, "\n\n");
        let (request, head, body) = (blocks.next()?, blocks.next()?, blocks.next());
        let (name, request) = request.split_once('\n')?;
        let (route, input) = request.split_once('\n')?;
        let mut lines = head.lines();
        let (status, error) = match lines.next()?.split_once(' ') {
            Some((status, error)) => (status.parse().ok()?, Some(error.to_owned())),
            None => (head.lines().next()?.parse().ok()?, None),
        };
        let header = |line: &str| line.split_once(": ").map(|(header, value)| (header.to_owned(), value.to_owned()));
        Some(Self {
            name: name.to_owned(),
            route: route.to_owned(),
            input: serde_json::from_str(input).ok()?,
            status,
            error,
            headers: lines.map(header).collect::<Option<_>>()?,
            body: match body {
                None => CanonicalBody::Empty,
                Some(NO_JSON) => CanonicalBody::Other,
                Some(json) => CanonicalBody::Json(serde_json::from_str(json).ok()?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn written_exchanges_parse_back() {
        let with = |name: &str, status, error: Option<&str>, body| CanonicalExchange {
            name: name.to_owned(),
            route: "POST /GetChannel".to_owned(),
            input: json!({"arn": "<channel-arn:1>", "text": "a\n\n### b"}),
            status,
            error: error.map(str::to_owned),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
        };
        let all = vec![
            with("valid", 200, None, CanonicalBody::Json(json!({"channel": {"name": "", "tags": {}}}))),
            CanonicalExchange { headers: Vec::new(), ..with("deleted", 204, None, CanonicalBody::Empty) },
            with("absent", 404, Some("ResourceNotFoundException"), CanonicalBody::Other),
        ];
        let mut text = String::new();
        for exchange in &all {
            exchange.write(&mut text);
            text.push('\n');
        }
        assert_eq!(CanonicalExchange::read_all(&text), Some(all));
        assert_eq!(CanonicalExchange::read_all("something else"), None);
    }
}
