//! Secrets out of texts, in every form in which a report could carry them.

use crate::wire::MASK;

/// Shorter texts are no secrets: replacing them would only garble words.
const LEAST: usize = 4;

/// The secrets to keep out of one finding.
#[derive(Default)]
pub(crate) struct Mask {
    /// Each secret in each form, longest first, so that no rest of a longer one stays.
    forms: Vec<String>,
}

impl Mask {
    /// A mask for these secrets. Those in `literals` were made up by a generator and are none.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<String> = Vec::new();
        for secret in secrets.into_iter().filter(|secret| secret.chars().count() >= LEAST) {
            let json = serde_json::Value::from(secret).to_string();
            forms.push(json[1..json.len() - 1].to_owned());
            forms.push(percent_encoded(secret));
            forms.push(secret.to_owned());
        }
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// The text without the secrets.
    pub(crate) fn apply(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| {
            if text.contains(form.as_str()) { text.replace(form.as_str(), MASK) } else { text }
        })
    }
}

/// As the client writes a label or a query value, and jq's `@uri` too.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_form_of_a_secret_is_left(
            secret in "[!-~]{4,40}", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}", second in "[A-Z0-9]{8,20}",
        ) {
            let mask = Mask::new([secret.as_str(), second.as_str()]);
            let json = serde_json::json!({ "a": secret }).to_string();
            let text = format!("{before}{secret}{after}{}{second}{json}", percent_encoded(&secret));
            let masked = mask.apply(&text).replace(MASK, "\u{0}");
            prop_assert!(!masked.contains(&secret), "{masked}");
            prop_assert!(!masked.contains(&second), "{masked}");
        }
    }

    #[test]
    fn a_text_without_secrets_stays_as_it_is() {
        let text = "a test of the latest name";
        assert_eq!(Mask::new(["sk_us-west-2_abc", "abc"]).apply(text), text);
    }
}
