//! A Variant: one request that departs from a valid one in its bytes, and what an endpoint owes for it.

use ivs_client::Request;
use ivs_generators::{Authority, Expectation, ExpectedError};
use ivs_judge::Property;

/// One departure from a valid request of an operation.
pub(crate) struct Variant {
    /// The name within the operation, kebab case; with the operation it is the case id.
    pub name: &'static str,
    /// What is owed; `None` where nothing is settled, but some well-formed answer that is no 5xx.
    pub expectation: Option<Expectation>,
    /// Where the rule comes from.
    pub source: &'static str,
    /// The same for a service that no knowledge describes, with its authority, where the rule is of another source there.
    elsewhere: Option<(Authority, &'static str)>,
    /// What the request departs in: the body, or the envelope.
    pub property: Property,
    /// Whether the request still goes to the operation by method and path.
    pub routed: bool,
    /// Makes the request from the valid one. It may run more than once, on requests that name other resources.
    pub edit: Box<dyn Fn(&mut Request) + Send + Sync>,
}

impl Variant {
    /// A request that must be answered by a 4xx with a known name (`authority`), by our reading by one of `codes`.
    pub(crate) fn rejected(
        name: &'static str,
        authority: Authority,
        codes: &[(&str, u16)],
        source: &'static str,
        edit: impl Fn(&mut Request) + Send + Sync + 'static,
    ) -> Self {
        let errors =
            codes.iter().map(|(code, status)| ExpectedError { code: (*code).to_owned(), status: *status }).collect();
        let expectation = Expectation::Rejected { errors, authority, code_authority: Authority::Inferred };
        Self::new(name, Some(expectation), source, edit)
    }

    /// A request that must be answered as the valid one is.
    pub(crate) fn accepted(
        name: &'static str,
        authority: Authority,
        source: &'static str,
        edit: impl Fn(&mut Request) + Send + Sync + 'static,
    ) -> Self {
        let expectation = Expectation::Accepted { authority, unless: Vec::new() };
        Self::new(name, Some(expectation), source, edit)
    }

    /// Allows more errors, if the request must be rejected.
    pub(crate) fn allow(&mut self, more: &[ExpectedError]) {
        if let Some(Expectation::Rejected { errors, .. }) = &mut self.expectation {
            errors.extend(more.iter().filter(|error| !errors.contains(error)).cloned().collect::<Vec<_>>());
        }
    }

    /// The same, with another source for services that no knowledge describes.
    #[must_use]
    pub(crate) fn elsewhere(mut self, authority: Authority, source: &'static str) -> Self {
        self.elsewhere = Some((authority, source));
        self
    }

    /// Takes the source for services that no knowledge describes.
    pub(crate) fn cite_elsewhere(&mut self) {
        let Some((because, source)) = self.elsewhere else { return };
        self.source = source;
        if let Some(Expectation::Rejected { authority, .. } | Expectation::Accepted { authority, .. }) =
            &mut self.expectation
        {
            *authority = because;
        }
    }

    /// The same, departing in method, path, query or headers.
    #[must_use]
    pub(crate) fn of_envelope(mut self) -> Self {
        self.property = Property::Envelope;
        self
    }

    /// The same, by a method or path that may belong to no operation.
    #[must_use]
    pub(crate) fn unrouted(mut self) -> Self {
        self.routed = false;
        self
    }

    /// A request of which only this is settled: the answer is a success or an error with a known name.
    pub(crate) fn either(
        name: &'static str,
        source: &'static str,
        edit: impl Fn(&mut Request) + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, None, source, edit)
    }

    /// A request that departs in its body.
    fn new(
        name: &'static str,
        expectation: Option<Expectation>,
        source: &'static str,
        edit: impl Fn(&mut Request) + Send + Sync + 'static,
    ) -> Self {
        let property = Property::Body;
        Self { name, expectation, source, elsewhere: None, property, routed: true, edit: Box::new(edit) }
    }
}
