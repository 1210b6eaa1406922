//! One canonical exchange, and the text in which it is stored.

use std::fmt::Write as _;

use serde_json::Value;

/// Stands in a text in the place of a body that is no JSON.
const NO_JSON: &str = "<no JSON>";

/// An exchange without anything that only one run has: ids, times, secrets, accounts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Canonical {
    /// Its name within the operation.
    pub(crate) name: String,
    /// Method and path template, `POST /tags/{resourceArn}`.
    pub(crate) route: String,
    /// The input by member names.
    pub(crate) input: Value,
    /// The status of the answer.
    pub(crate) status: u16,
    /// The name of the error, if the answer has one.
    pub(crate) error: Option<String>,
    /// The headers that matter.
    pub(crate) headers: Vec<(String, String)>,
    /// The body of the answer.
    pub(crate) body: Body,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    /// No bytes.
    Empty,
    /// JSON, normalised.
    Json(Value),
    /// Anything else.
    Other,
}

impl Canonical {
    /// The answer in a few words: `404 ResourceNotFoundException`.
    pub(crate) fn answer(&self) -> String {
        match &self.error {
            Some(error) => format!("{} {error}", self.status),
            None => self.status.to_string(),
        }
    }

    /// Whether the status is 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The exchange as text: a line with its name, the request, the head of the answer, its body, with an empty line
    /// between each two.
    pub(crate) fn write(&self, text: &mut String) {
        let Self { name, route, input, headers, body, .. } = self;
        let _ = write!(text, "### {name}\n{route}\n{input:#}\n\n{}\n", self.answer());
        for (header, value) in headers {
            let _ = writeln!(text, "{header}: {value}");
        }
        let _ = match body {
            Body::Empty => Ok(()),
            Body::Json(value) => write!(text, "\n{value:#}\n"),
            Body::Other => write!(text, "\n{NO_JSON}\n"),
        };
    }

    /// All exchanges of a text; none if it is not one that [`Canonical::write`] wrote.
    pub(crate) fn read_all(text: &str) -> Option<Vec<Self>> {
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
                None => Body::Empty,
                Some(NO_JSON) => Body::Other,
                Some(json) => Body::Json(serde_json::from_str(json).ok()?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let with = |name: &str, status, error: Option<&str>, body| Canonical {
            name: name.to_owned(),
            route: "POST /GetChannel".to_owned(),
            input: json!({"arn": "<channel-arn:1>", "text": "a\n\n### b"}),
            status,
            error: error.map(str::to_owned),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
        };
        let all = vec![
            with("valid", 200, None, Body::Json(json!({"channel": {"name": "", "tags": {}}}))),
            Canonical { headers: Vec::new(), ..with("deleted", 204, None, Body::Empty) },
            with("absent", 404, Some("ResourceNotFoundException"), Body::Other),
        ];
        let mut text = String::new();
        for exchange in &all {
            exchange.write(&mut text);
            text.push('\n');
        }
        assert_eq!(Canonical::read_all(&text), Some(all));
        assert_eq!(Canonical::read_all("something else"), None);
    }
}
