//! The id of a finding.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::OperationId;
use super::intern::intern;
use super::text::{ParseIdError, is_name, serde_as_text};

/// The wildcard for every operation of a service, and for every site of an operation.
const ALL: &str = "*";

/// Check, operation and site of a finding: `rejects-invalid:ivs.CreateChannel:/name#max-length`. Baselines and
/// deduplication compare it. It does not depend on the seed or on values from the server.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FindingId {
    /// The name of the check.
    pub check: Arc<str>,
    /// The operation or service of the finding.
    pub scope: FindingScope,
    /// The place within input or output; `*` for several sites in one finding.
    pub site: Arc<str>,
}

/// The operation of a finding, or the whole service. In JSON it has the two fields `service` and `operation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "Fields")]
pub enum FindingScope {
    /// Every operation of the service with that short name; its text ends with `*` in place of an operation.
    Service(&'static str),
    /// One operation.
    Operation(OperationId),
}

/// The JSON form of a scope.
#[derive(Serialize, Deserialize)]
struct Fields {
    service: String,
    operation: String,
}

impl FindingScope {
    /// Returns the scope of a whole service.
    #[must_use]
    pub fn service_wide(service: &str) -> Self {
        Self::Service(intern(service))
    }

    /// Returns the short name of the service.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Self::Service(service) => service,
            Self::Operation(operation) => operation.service(),
        }
    }

    /// Returns the operation, unless the scope is a whole service.
    #[must_use]
    pub fn operation(self) -> Option<OperationId> {
        match self {
            Self::Service(_) => None,
            Self::Operation(operation) => Some(operation),
        }
    }

    /// Returns the name of the operation, or `*` for a whole service.
    #[must_use]
    pub fn operation_name(self) -> &'static str {
        match self {
            Self::Service(_) => ALL,
            Self::Operation(operation) => operation.name(),
        }
    }

    /// Returns whether this scope includes the other one.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        match self {
            Self::Service(service) => service == other.service(),
            Self::Operation(_) => self == other,
        }
    }
}

// Not derived, since the derived one would borrow the names from the text.
impl<'de> Deserialize<'de> for FindingScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer).map(Self::from)
    }
}

impl From<OperationId> for FindingScope {
    fn from(operation: OperationId) -> Self {
        Self::Operation(operation)
    }
}

impl From<Fields> for FindingScope {
    fn from(fields: Fields) -> Self {
        if fields.operation == ALL {
            Self::service_wide(&fields.service)
        } else {
            Self::Operation(OperationId::new(&fields.service, &fields.operation))
        }
    }
}

impl From<FindingScope> for Fields {
    fn from(scope: FindingScope) -> Self {
        Self { service: scope.service().to_owned(), operation: scope.operation_name().to_owned() }
    }
}

impl fmt::Display for FindingScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.service(), self.operation_name())
    }
}

impl FindingId {
    /// Returns the id of a check's finding at a site.
    #[must_use]
    pub fn new(check: impl Into<Arc<str>>, scope: impl Into<FindingScope>, site: impl Into<Arc<str>>) -> Self {
        Self { check: check.into(), scope: scope.into(), site: site.into() }
    }

    /// Returns whether this id includes the other one: they are equal, or this one is its grouped form (`*` as its
    /// operation, its site, or both). A baseline with a grouped finding covers its members.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.check == other.check && self.scope.covers(other.scope) && (&*self.site == ALL || self.site == other.site)
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.check, self.scope, self.site)
    }
}

impl fmt::Debug for FindingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FindingId({self})")
    }
}

impl FromStr for FindingId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (check, rest) = text.split_once(':').filter(|(check, _)| is_name(check))?;
            let (scope, site) = rest.split_once(':')?;
            let scope = match scope.strip_suffix(".*") {
                Some(service) if is_name(service) => FindingScope::service_wide(service),
                _ => FindingScope::Operation(scope.parse().ok()?),
            };
            Some(Self::new(check, scope, site))
        };
        read().ok_or_else(|| {
            ParseIdError::new(text, "a finding ID", "rejects-invalid:ivs.CreateChannel:/name#max-length")
        })
    }
}

serde_as_text!(FindingId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::operation::tests::operation_ids;
    use super::*;

    proptest! {
        #[test]
        fn the_text_form_reads_back(
            check in "[a-z][a-z0-9-]{0,20}",
            operation in operation_ids(),
            is_service_wide: bool,
            site in ".*",
        ) {
            let scope =
                if is_service_wide { FindingScope::service_wide(operation.service()) } else { operation.into() };
            let id = FindingId::new(check, scope, site);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn a_scope_survives_json(operation in operation_ids(), is_service_wide: bool) {
            let scope =
                if is_service_wide { FindingScope::service_wide(operation.service()) } else { operation.into() };
            let json = serde_json::to_string(&scope).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<FindingScope>(&json).expect("a scope"), scope);
        }
    }

    fn id(text: &str) -> FindingId {
        text.parse().expect("a finding id")
    }

    #[test]
    fn a_grouped_id_covers_its_members_and_no_other() {
        let grouped = id("content-type:ivs.*:success");
        assert!(grouped.covers(&grouped));
        assert!(grouped.covers(&id("content-type:ivs.GetChannel:success")));
        assert!(!grouped.covers(&id("content-type:ivs.GetChannel:error")));
        assert!(!grouped.covers(&id("content-type:ivs-realtime.GetStage:success")));
        assert!(!id("content-type:ivs.GetChannel:success").covers(&grouped));
        assert!(id("a:ivs.*:*").covers(&id("a:ivs.X:unsigned")));
    }

    #[test]
    fn a_scope_has_two_fields_in_json() {
        let json = |scope: FindingScope| serde_json::to_string(&scope).expect("JSON");
        assert_eq!(json(FindingScope::service_wide("ivs")), r#"{"service":"ivs","operation":"*"}"#);
        assert_eq!(json(OperationId::new("ivs", "GetStream").into()), r#"{"service":"ivs","operation":"GetStream"}"#);
    }

    #[test]
    fn a_wrong_text_is_named_with_an_example() {
        for text in ["", "a", "a:ivs.X", "a:X:y", ":ivs.X:y", "a:.*:y"] {
            let error = text.parse::<FindingId>().expect_err(text);
            let expected = "is not a finding ID (example: rejects-invalid:ivs.CreateChannel:/name#max-length)";
            assert_eq!(error.to_string(), format!("'{text}' {expected}"));
        }
    }
}
