//! What the sender knows of a request, so that nobody is blamed for answering what was asked.

use ivs_model::CaseId;
use serde_json::Value;

/// What the sender knows of one request beyond its bytes.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext<'a> {
    /// The case or sequence step that sends it.
    pub case: &'a CaseId,
    /// The case that sends it when it runs alone, where that is another one: a control is sent for the case it stands by.
    pub sent_for: Option<&'a CaseId>,
    /// The input as the generator wrote it, placeholders not yet filled. Its literals are no secrets and the
    /// same in every run; without it every value of the request is treated as server-made.
    pub input: Option<&'a Value>,
    /// Whether the request is routed as the model says: right method, right path.
    pub routed: bool,
    /// Whether it is whole: right content type, JSON, and an input that keeps every constraint.
    pub well_formed: bool,
    /// Whether it is rightly signed with credentials that the endpoint knows.
    pub signed: bool,
    /// Whether this run has seen the operation answer a valid call. While false, an answer that looks like a
    /// missing route is coverage and no divergence.
    pub implemented: bool,
}

impl<'a> RequestContext<'a> {
    /// A valid, signed call of an operation that is known to be there.
    #[must_use]
    pub fn valid(case: &'a CaseId) -> Self {
        Self { case, sent_for: None, input: None, routed: true, well_formed: true, signed: true, implemented: true }
    }

    /// The first call of an operation, which may turn out to be not implemented.
    #[must_use]
    pub fn probe(case: &'a CaseId) -> Self {
        Self { implemented: false, ..Self::valid(case) }
    }

    /// A signed and routed call whose input or body breaks a rule.
    #[must_use]
    pub fn invalid(case: &'a CaseId) -> Self {
        Self { well_formed: false, ..Self::valid(case) }
    }

    /// A whole call that is unsigned or wrongly signed.
    #[must_use]
    pub fn unsigned(case: &'a CaseId) -> Self {
        Self { signed: false, ..Self::valid(case) }
    }

    /// A call by a method or path that the model does not have.
    #[must_use]
    pub fn unrouted(case: &'a CaseId) -> Self {
        Self { routed: false, well_formed: false, ..Self::valid(case) }
    }

    /// The same, with the input as the generator wrote it.
    #[must_use]
    pub fn with_input(mut self, input: &'a Value) -> Self {
        self.input = Some(input);
        self
    }
}
