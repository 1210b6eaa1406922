//! The error name of a response, by the restJson1 rule (fact `error-name-carriers`).

use serde_json::Value;

use crate::Response;

/// The name of an error and the place where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorName {
    /// The bare name, such as `ValidationException`.
    pub name: String,
    /// The place where the name was found.
    pub carrier: Carrier,
    /// The received text, including namespace and URI.
    pub raw: String,
}

/// The places that may contain the error name, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    /// The header `x-amzn-errortype`, which every client understands.
    Header,
    /// The body member `__type`.
    Type,
    /// The body member `code`.
    Code,
}

/// Returns the error that a response names, if any. The status is ignored.
#[must_use]
pub fn error_name(response: &Response) -> Option<ErrorName> {
    if let Some(found) = response.header("x-amzn-errortype").and_then(|raw| named(raw, Carrier::Header)) {
        return Some(found);
    }
    let body = response.json().ok()?;
    let member = |name: &str, carrier| body.get(name).and_then(Value::as_str).and_then(|raw| named(raw, carrier));
    member("__type", Carrier::Type).or_else(|| member("code", Carrier::Code))
}

/// Removes everything from the first colon and everything up to the number sign.
fn named(raw: &str, carrier: Carrier) -> Option<ErrorName> {
    let name = raw.split(':').next().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default().trim();
    (!name.is_empty()).then(|| ErrorName { name: name.to_owned(), carrier, raw: raw.to_owned() })
}

impl Response {
    /// Parses the body as JSON.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] if the body is not JSON, for example empty.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(header: Option<&str>, body: &str) -> Response {
        Response {
            status: 400,
            headers: header
                .map(|value| ("x-amzn-errortype".to_owned(), value.as_bytes().to_vec()))
                .into_iter()
                .collect(),
            body: body.to_owned().into(),
        }
    }

    fn name(header: Option<&str>, body: &str) -> Option<(String, Carrier)> {
        error_name(&response(header, body)).map(|found| (found.name, found.carrier))
    }

    #[test]
    fn the_header_wins() {
        let body = r#"{"__type":"B","code":"C"}"#;
        assert_eq!(name(Some("A"), body), Some(("A".into(), Carrier::Header)));
        assert_eq!(name(None, body), Some(("B".into(), Carrier::Type)));
        assert_eq!(name(None, r#"{"code":"C"}"#), Some(("C".into(), Carrier::Code)));
    }

    #[test]
    fn namespace_and_uri_are_removed() {
        for raw in
            ["FooError", "FooError:http://internal/coral/", "aws.example#FooError", "aws.example#FooError:http://a/#b"]
        {
            assert_eq!(name(Some(raw), ""), Some(("FooError".into(), Carrier::Header)), "{raw}");
        }
    }

    #[test]
    fn a_response_without_a_name_has_no_error_name() {
        for body in ["", "<html>", "[]", "{}", r#"{"code":7}"#, r#"{"__type":""}"#, "\u{1F980}"] {
            assert_eq!(name(None, body), None, "{body}");
        }
    }
}
