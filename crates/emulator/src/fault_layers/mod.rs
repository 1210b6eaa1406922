//! Planted faults as layers around the pipeline of a request.
//!
//! | layer | what it changes | called |
//! |---|---|---|
//! | [`verification`] | which parts of a signature are verified | before the signature is verified |
//! | [`request`] | the body, the input's members | before and after validation |
//! | [`constraints`] | one constraint of the model | at validation |
//! | [`store`] | the stored resources, or the result of a handler | around the handler |
//! | [`values`] | ARNs in the input, values in the output | around the handler |
//! | [`race`] | writes at the same time | before and around the handler |
//! | [`text`] | texts of the input, and in the output | with the layers of request and response |
//! | [`response`] | the output's members, the HTTP response | after the handler |
//!
//! Each file has the table of its faults at its head. Handlers do not know them. Each fault of a handler stands in the
//! table of the handler's file, with the reason why it is there.

pub(crate) mod constraints;
pub(crate) mod race;
pub(crate) mod request;
pub(crate) mod response;
mod revocations;
pub(crate) mod store;
pub(crate) mod text;
pub(crate) mod values;
pub(crate) mod verification;

use crate::fault::FaultInfo;

/// The faults of the layers, one table per file.
pub(crate) const FAULTS: &[&[FaultInfo]] = &[
    constraints::FAULTS,
    race::FAULTS,
    request::FAULTS,
    response::FAULTS,
    store::FAULTS,
    text::FAULTS,
    values::FAULTS,
    verification::FAULTS,
];
