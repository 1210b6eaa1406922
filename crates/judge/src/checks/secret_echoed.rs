//! No answer holds a credential, and no error a secret.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// The caller's secret key or session token in any answer; a stream key, a token or another sensitive text of this run
/// in an error.
pub(crate) struct SecretEchoed;

static RULE: CheckInfo = CheckInfo {
    check: "secret-echoed",
    authority: Authority::Protocol,
    source: "SigV4: the secret key never travels; the model's `sensitive` trait for the rest",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "No response has the caller's secret key or session token, and no error has a sensitive value of the request.",
    right: &["< HTTP/1.1 404", r#"< {"exceptionMessage":"Resource not found"}"#],
    wrong: &["< HTTP/1.1 404", r#"< {"exceptionMessage":"No stream key sk_us-east-1_…"}"#],
    causes: &["Error texts that quote the request.", "A debug page that shows headers or the environment."],
};

impl UniversalCheck for SecretEchoed {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Any
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let held = |bytes: &[u8], secret: &str| {
            !secret.is_empty() && bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
        };
        let response = view.response;
        let credential = view.credentials.iter().any(|secret| {
            held(&response.body, secret) || response.headers.iter().any(|(_, value)| held(value, secret))
        });
        let mut mismatches = Vec::new();
        if credential {
            mismatches.push(Mismatch::new("credentials", "no credential in an answer", "a secret of the caller"));
        }
        if response.status >= 400 && !view.leaked.is_empty() {
            mismatches.push(
                Mismatch::new("error", "no sensitive value in an error", "a value that the model marks sensitive")
                    .because(Authority::Inferred),
            );
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, SECRET, answer, channel, create, with};

    pub(super) fn found_in() -> FoundIn {
        vec![("credentials", create(answer(200, with(channel(), "/channel/name", json!(SECRET)))))]
    }
}
