//! What a check demands and on whose word, and a departure from it before it is a Finding.

use ivs_model::Authority;

/// What a check demands: its stable name, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckInfo {
    /// The stable name of the check, in kebab case: the first part of every identity.
    pub check: &'static str,
    /// Why an endpoint owes it, unless a departure says otherwise.
    pub authority: Authority,
    /// Where the rule comes from, for a person: a specification, a fact in docs/facts.md.
    pub source: &'static str,
    /// Whether a fault that it finds is often one of the endpoint as a whole.
    pub grouping: Grouping,
}

/// Whether the findings of a check tend to be of one operation or of the endpoint as a whole. Those of the latter have a
/// conformance trial of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grouping {
    /// Of one operation.
    #[default]
    Never,
    /// Of all operations of a service.
    Operations,
    /// Besides, of all sites of an operation (signatures ignored altogether).
    SitesAndOperations,
}

/// One place where an answer departs from a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The stable name of the place: part of the identity, so free of seeds, indices and server-made values.
    pub site: String,
    /// JSON pointer to the place in this very exchange, empty for the whole.
    pub pointer: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// An authority other than the rule's own.
    pub authority: Option<Authority>,
    /// A source more exact than the rule's own, such as the model's shape.
    pub source: Option<String>,
    /// Whether the actual text holds the value that is wrong, which no reference may stand for.
    pub shows_value: bool,
}

impl Mismatch {
    /// A departure at a site, of the whole exchange.
    pub fn new(site: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            pointer: String::new(),
            expected: expected.into(),
            actual: actual.into(),
            authority: None,
            source: None,
            shows_value: false,
        }
    }

    /// The same, at a place of the input or output.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    /// The same, on another authority.
    #[must_use]
    pub fn because(mut self, authority: Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// The same, where the actual text holds the value that is wrong: findings show it as it is, unless it is secret.
    #[must_use]
    pub fn showing_value(mut self) -> Self {
        self.shows_value = true;
        self
    }

    /// The same, with a more exact source.
    #[must_use]
    pub fn from_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}
