//! Values that are new in each run, such as idempotency tokens, and the text that reports show in their place.

use std::sync::{Arc, PoisonError, RwLock};

/// Shorter values are replaced only where a member of a JSON object holds them: elsewhere they are parts of words.
const LEAST: usize = 6;

/// The values that one run made, each with the text that stands for it in every report. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunValues(Arc<RwLock<Vec<RunValue>>>);

#[derive(Debug, Clone)]
struct RunValue {
    member: String,
    value: String,
    shown: String,
}

impl RunValues {
    /// Lets `shown` stand for the value of a member.
    pub(crate) fn add(&self, member: &str, value: &str, shown: &str) {
        if value.is_empty() || value == shown {
            return;
        }
        let added = RunValue { member: member.to_owned(), value: value.to_owned(), shown: shown.to_owned() };
        // A poisoned lock means that another thread panicked between two pushes: the list is still whole.
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(added);
    }

    /// The text with the texts that stand for values of the run.
    pub(crate) fn replace(&self, text: &str) -> String {
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        values.iter().fold(text.to_owned(), |text, run_value| run_value.replace(text))
    }
}

impl RunValue {
    fn replace(&self, text: String) -> String {
        let Self { member, value, shown } = self;
        if !text.contains(value.as_str()) {
            return text;
        }
        if value.chars().count() >= LEAST {
            return text.replace(value.as_str(), shown);
        }
        // Compact, pretty, and as a text within a text.
        let forms = [("\"", ":"), ("\"", ": "), ("\\\"", ":")];
        forms.iter().fold(text, |text, (quote, colon)| {
            let form = |value: &str| format!("{quote}{member}{quote}{colon}{quote}{value}{quote}");
            text.replace(&form(value), &form(shown))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_run_is_shown_by_the_text_of_its_case() {
        let values = RunValues::default();
        values.clone().add("token", "Xy12Zw34", "token-01");
        values.add("token", "a", "b");
        values.add("token", "", "c");
        let text = r#"{"token":"a","name":"a","other":"Xy12Zw34"} and {"token": "a"}"#;
        let shown = r#"{"token":"b","name":"a","other":"token-01"} and {"token": "b"}"#;
        assert_eq!(values.replace(text), shown);
    }
}
