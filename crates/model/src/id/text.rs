//! The error of parsing an id, and the text form in serde.

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not {kind} (example: {example})")]
pub struct ParseIdError {
    /// The text.
    pub text: String,
    /// The kind of id, with its article.
    pub kind: &'static str,
    /// An example of that kind.
    pub example: &'static str,
}

impl ParseIdError {
    pub(super) fn new(text: &str, kind: &'static str, example: &'static str) -> Self {
        Self { text: text.to_owned(), kind, example }
    }
}

/// Returns whether a text can be a service or operation name: not empty, and without the separators of ids.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|character| matches!(character, '/' | ':' | '*') || character.is_whitespace())
}

/// Implements serde's traits by the text form of each id.
macro_rules! serde_as_text {
    ($($id:ty),+ $(,)?) => {
        $(
            impl serde::Serialize for $id {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $id {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )+
    };
}

pub(super) use serde_as_text;
