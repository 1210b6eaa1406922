//! The id of an operation.

use std::fmt;
use std::str::FromStr;

use super::intern::intern;
use super::text::{ParseIdError, is_name, serde_as_text};

/// One operation of one service: `ivs.CreateChannel`. A `Copy` handle to interned names; it sorts by service, then name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId {
    service: &'static str,
    name: &'static str,
}

impl OperationId {
    /// Returns the id of an operation by the short name of its service (`ivs-realtime`) and its own name.
    #[must_use]
    pub fn new(service: &str, name: &str) -> Self {
        Self { service: intern(service), name: intern(name) }
    }

    /// Returns the id of another operation of the same service.
    #[must_use]
    pub fn sibling(self, name: &str) -> Self {
        Self { service: self.service, name: intern(name) }
    }

    /// Returns the short name of the service, such as `ivs-realtime`.
    #[must_use]
    pub fn service(self) -> &'static str {
        self.service
    }

    /// Returns the name of the operation, such as `CreateChannel`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.service, self.name)
    }
}

impl fmt::Debug for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OperationId({self})")
    }
}

impl FromStr for OperationId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.rsplit_once('.') {
            Some((service, name)) if is_name(service) && is_name(name) => Ok(Self::new(service, name)),
            _ => Err(ParseIdError::new(text, "an operation", "ivs.CreateChannel")),
        }
    }
}

serde_as_text!(OperationId);

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Generates any operation id that a model can have.
    pub(crate) fn operation_ids() -> impl Strategy<Value = OperationId> {
        ("[a-z0-9][a-z0-9.-]{0,11}", "[A-Za-z_][A-Za-z0-9_]{0,20}")
            .prop_map(|(service, name)| OperationId::new(&service, &name))
    }

    proptest! {
        #[test]
        fn the_text_form_reads_back(id in operation_ids()) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            if let Ok(id) = text.parse::<OperationId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn ids_sort_by_service_then_name() {
        let id = OperationId::new;
        let mut ids = [id("ivschat", "A"), id("ivs-realtime", "A"), id("ivs", "B"), id("ivs", "A")];
        ids.sort();
        assert_eq!(ids, [id("ivs", "A"), id("ivs", "B"), id("ivs-realtime", "A"), id("ivschat", "A")]);
    }

    #[test]
    fn a_wrong_text_is_named_with_an_example() {
        for text in ["", "CreateChannel", ".CreateChannel", "ivs.", "ivs.*", "ivs.A/b", "ivs. A"] {
            let error = text.parse::<OperationId>().expect_err(text);
            assert_eq!(error.to_string(), format!("'{text}' is not an operation (example: ivs.CreateChannel)"));
        }
    }

    #[test]
    fn json_holds_the_text() {
        let id = OperationId::new("ivs", "GetChannel");
        assert_eq!(serde_json::to_string(&id).expect("JSON"), r#""ivs.GetChannel""#);
        assert_eq!(serde_json::from_str::<OperationId>(r#""ivs.GetChannel""#).expect("an id"), id);
        assert!(serde_json::from_str::<OperationId>(r#""GetChannel""#).is_err());
    }
}
