//! The evidence that each kind of case needs: the properties of which the endpoint must be known to check one, where neither an
//! echo nor a control of the case itself shows that it looked at the request.
//!
//! A control belongs to the property tested: that malformed JSON is refused says nothing about signatures.

use ivs_judge::{Property, PropertySet};

/// Auth: an unusual signature is accepted. A wrong one must be refused.
pub(crate) const UNUSUAL_SIGNATURE: PropertySet = PropertySet::of(&[Property::Signature]);

/// Protocol: an unusual body is accepted. Another body must be refused, for its form or for its values.
pub(crate) const UNUSUAL_BODY: PropertySet = PropertySet::of(&[Property::Body, Property::Values]);

/// Protocol: an unusual path, query or header is accepted. Another one must be refused, or a value that it carries.
pub(crate) const UNUSUAL_ENVELOPE: PropertySet =
    PropertySet::of(&[Property::Envelope, Property::Values, Property::Resources]);

/// Validation: a valid value is accepted. An invalid one must be refused.
pub(crate) const VALID_VALUE: PropertySet = PropertySet::of(&[Property::Values]);

/// Errors: a call succeeds in a situation. It must be refused in another one.
pub(crate) const SITUATION: PropertySet = PropertySet::of(&[Property::Resources]);

/// Snapshot: a call is answered as recorded. Another one must be refused, for its values or for what it names.
pub(crate) const RECORDED_ANSWER: PropertySet = PropertySet::of(&[Property::Values, Property::Resources]);

/// Batch: every item of a batch succeeds. One that names nothing must be refused.
pub(crate) const BATCH_ITEMS: PropertySet = PropertySet::of(&[Property::Resources]);

/// Idempotency: a call succeeds twice, and its answer shows nothing. One with other values or resources must be refused.
pub(crate) const REPETITION: PropertySet = PropertySet::of(&[Property::Values, Property::Resources]);
