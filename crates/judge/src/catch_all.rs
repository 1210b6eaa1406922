//! The answer of an endpoint to a path that no operation has: an operation that is answered so is not implemented.

use ivs_client::{Exchange, Request, Response, decode_percent, error_name};

/// The answer to an unknown path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatchAll {
    status: u16,
    error: Option<String>,
    shape: String,
}

impl CatchAll {
    /// Returns the answer to an unknown path, if it is one from which something follows: a refusal that is not about rate,
    /// quota or permission.
    #[must_use]
    pub fn of(exchange: &Exchange) -> Option<Self> {
        let response = exchange.outcome.as_ref().ok()?;
        let status = response.status;
        if !(400..500).contains(&status) || matches!(status, 402 | 403 | 429) {
            return None;
        }
        let error = error_name(response).map(|error| error.name);
        Some(Self { status, error, shape: shape(&exchange.request, response) })
    }

    /// Whether a request was answered as an unknown path is: by status, error name, and the text but for what the request said.
    pub(crate) fn is_answer_to(&self, exchange: &Exchange) -> bool {
        let Ok(response) = &exchange.outcome else { return false };
        // The text is read only where the rest agrees.
        response.status == self.status
            && error_name(response).map(|error| error.name) == self.error
            && shape(&exchange.request, response) == self.shape
    }
}

/// The body without what is different in each answer: the method, the path, and words that hold digits.
fn shape(request: &Request, response: &Response) -> String {
    let path = request.path.as_str();
    let mut text = String::from_utf8_lossy(&response.body).into_owned();
    let decoded = decode_percent(path);
    for said in [path, &decoded].into_iter().flat_map(|path| [path, path.trim_start_matches('/')]) {
        // In JSON a slash may be escaped.
        for form in [said.to_owned(), said.replace('/', "\\/")] {
            if !form.trim_matches(['/', '\\']).is_empty() {
                text = text.replace(&form, "<path>");
            }
        }
    }
    let is_word = |character: char| character.is_alphanumeric() || "-_%".contains(character);
    let mut shape = String::new();
    for word in text.split_inclusive(|character: char| !is_word(character)) {
        let (word, end) = match word.char_indices().next_back() {
            Some((at, last)) if !is_word(last) => word.split_at(at),
            _ => (word, ""),
        };
        shape.push_str(match word {
            _ if word == request.method => "<method>",
            _ if word.bytes().any(|byte| byte.is_ascii_digit()) => "<id>",
            _ => word,
        });
        shape.push_str(end);
    }
    shape
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_model::OperationId;

    use super::*;

    fn exchange(path: &str, status: u16, error: &str, body: &str) -> Exchange {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new().into(),
        };
        let headers = vec![("x-amzn-errortype".to_owned(), error.as_bytes().to_vec())];
        let outcome = Ok(Response { status, headers, body: body.as_bytes().to_vec().into() });
        Exchange { operation: OperationId::new("ivs", "GetChannel"), request, outcome, duration: Duration::ZERO }
    }

    #[test]
    fn the_same_refusal_that_names_another_path_is_the_same() {
        let of = |path: &str| {
            let body = format!(r#"{{"message":"no route for POST {path} (request 4f1{})"}}"#, path.len());
            exchange(path, 404, "ResourceNotFoundException", &body)
        };
        let unknown = CatchAll::of(&of("/NoSuchOperation")).unwrap();
        assert!(unknown.is_answer_to(&of("/GetChannel")));
        let absent = r#"{"message":"channel arn:aws:ivs:us-west-2:123456789012:channel/a1 not found"}"#;
        for (status, error, body) in [
            (404, "ResourceNotFoundException", absent),
            (400, "ResourceNotFoundException", r#"{"message":"no route for POST /GetChannel (request 4f11)"}"#),
            (404, "ValidationException", r#"{"message":"no route for POST /GetChannel (request 4f11)"}"#),
            (404, "ResourceNotFoundException", ""),
        ] {
            assert!(!unknown.is_answer_to(&exchange("/GetChannel", status, error, body)), "{status} {error} {body}");
        }
    }

    #[test]
    fn the_same_refusal_that_names_another_method_is_the_same() {
        let of = |method: &str, path: &str| {
            let mut exchange = exchange(path, 400, "", &format!(r#"{{"Message":"Unknown path: {method} {path}"}}"#));
            exchange.request.method = method.to_owned();
            exchange
        };
        let unknown = CatchAll::of(&of("POST", "/NoSuchOperation")).unwrap();
        assert!(unknown.is_answer_to(&of("GET", "/settings")));
        assert!(unknown.is_answer_to(&of("PATCH", "/settings")));
    }

    #[test]
    fn nothing_follows_from_a_success_or_a_refused_key() {
        for status in [200, 302, 402, 403, 429, 500, 503] {
            assert_eq!(CatchAll::of(&exchange("/NoSuchOperation", status, "X", "{}")), None, "{status}");
        }
        assert!(
            CatchAll::of(&exchange("/NoSuchOperation", 400, "", r#"{"error":"Unsupported service: ivs"}"#)).is_some()
        );
    }
}
