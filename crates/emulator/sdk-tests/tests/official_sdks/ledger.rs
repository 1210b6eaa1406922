//! A record of the operations that succeeded and of the errors that were returned.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// An operation as the SDKs name it: the SDK ID of the service, and the name of the operation.
pub(crate) type Called = (String, String);

/// A shared record. Every client that has it as an interceptor adds to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Entries>>);

/// The content of the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    /// The operations that succeeded at least once.
    pub(crate) succeeded: BTreeSet<Called>,
    /// The operations and the error names in their `x-amzn-errortype` headers.
    pub(crate) refused: BTreeSet<(Called, String)>,
}

impl Ledger {
    /// Returns a copy of the record so far.
    pub(crate) fn entries(&self) -> Entries {
        self.0.lock().expect("no holder panics").clone()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Ledger {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let metadata = config.load::<Metadata>().ok_or("the SDK names the operation")?;
        let called = (metadata.service().to_owned(), metadata.name().to_owned());
        let mut entries = self.0.lock().expect("no holder panics");
        if context.output_or_error().is_ok() {
            entries.succeeded.insert(called);
        } else if let Some(error) = context.response().headers().get("x-amzn-errortype") {
            entries.refused.insert((called, error.to_owned()));
        }
        Ok(())
    }
}
