//! A record of the operations that succeeded and of the errors that were returned.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use ivs_model::{ErrorPair, OperationId, bundled};

/// A shared record. Every client that has it as an interceptor adds to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Entries>>);

/// The content of the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    /// The operations that succeeded at least once.
    pub(crate) succeeded: BTreeSet<OperationId>,
    /// The operations and the error names in their `x-amzn-errortype` headers.
    pub(crate) refused: BTreeSet<ErrorPair>,
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
        // The SDKs name a service by its SDK ID.
        let model = bundled::models().iter().find(|model| model.service.sdk_id == metadata.service());
        let service = &model.ok_or("the service has a model")?.service.id;
        let called = OperationId::new(service, metadata.name());
        let mut entries = self.0.lock().expect("no holder panics");
        if context.output_or_error().is_ok() {
            entries.succeeded.insert(called);
        } else if let Some(error) = context.response().headers().get("x-amzn-errortype") {
            entries.refused.insert(ErrorPair::new(called, error));
        }
        Ok(())
    }
}
