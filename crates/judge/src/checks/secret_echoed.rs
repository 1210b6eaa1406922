//! No answer holds a credential, and no error a secret.

use ivs_model::Authority;

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// The caller's secret key or session token in any answer; a stream key, a token or another sensitive text of this run
/// in an error.
pub(crate) struct SecretEchoed;

static RULE: Rule = Rule {
    check: "secret-echoed",
    authority: Authority::Protocol,
    source: "SigV4: the secret key never travels; the model's `sensitive` trait for the rest",
    grouping: Grouping::Operations,
};

impl Check for SecretEchoed {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let held = |bytes: &[u8], secret: &str| {
            !secret.is_empty() && bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
        };
        let response = subject.response;
        let credential = subject.credentials.iter().any(|secret| {
            held(&response.body, secret) || response.headers.iter().any(|(_, value)| held(value, secret))
        });
        let mut departures = Vec::new();
        if credential {
            departures.push(Departure::new("credentials", "no credential in an answer", "a secret of the caller"));
        }
        if response.status >= 400 && !subject.leaked.is_empty() {
            departures.push(
                Departure::new("error", "no sensitive value in an error", "a value that the model marks sensitive")
                    .because(Authority::Inferred),
            );
        }
        Ok(departures)
    }
}
