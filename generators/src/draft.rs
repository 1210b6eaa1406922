//! A draft of a case, without its expectation.

use std::sync::Arc;

use ivs_model::{CaseId, Operation};
use serde_json::Value;

use crate::control::Twin;
use crate::input::Builder;
use crate::{Case, CaseInput, Control, Expectation, Mutation, Site, control, expectation};

/// An input and its mutation.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The name in the id.
    name: String,
    pub(crate) input: CaseInput,
    invalid_variant: Option<Break>,
    sites: Vec<Site>,
}

#[derive(Debug)]
struct Break {
    mutation: Mutation,
    /// The input before the mutation.
    base_input: Arc<Value>,
}

impl Draft {
    pub(crate) fn valid(name: String, input: CaseInput, sites: Vec<Site>) -> Self {
        Self { name, input, invalid_variant: None, sites }
    }

    /// Creates the draft of an invalid case; `None` if the input does not have the place of the mutation.
    pub(crate) fn invalid(name: String, base_input: &Arc<Value>, mutation: Mutation) -> Option<Self> {
        let input = CaseInput::changed(base_input, mutation.change())?;
        let sites = vec![mutation.site.clone()];
        let base_input = Arc::clone(base_input);
        Some(Self { name, input, invalid_variant: Some(Break { mutation, base_input }), sites })
    }

    pub(crate) fn mutation(&self) -> Option<&Mutation> {
        self.invalid_variant.as_ref().map(|of| &of.mutation)
    }

    pub(crate) fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Converts the draft to a case, with its expectation and its control.
    pub(crate) fn into_case(self, builder: &Builder<'_>, operation: &Operation, twin: Option<&Twin>) -> Case {
        let (model, knowledge) = (builder.model, builder.knowledge);
        let id = CaseId::new(operation.id, Case::SUITE, self.name);
        let (mutation, expectation, control, effects) = match self.invalid_variant {
            Some(Break { mutation, base_input }) => {
                let expectation = expectation::rejected(model, operation, knowledge, &mutation);
                let effects = builder.effects(operation, &base_input);
                (Some(mutation), expectation, Control::ValidTwin(base_input.into()), effects)
            }
            None => {
                let expectation = expectation::accepted(model, operation, knowledge);
                let may_fail = matches!(&expectation, Expectation::Accepted { unless, .. } if !unless.is_empty());
                let input = self.input.value();
                let control = control::of_valid(model, operation, &input, twin, may_fail);
                (None, expectation, control, builder.effects(operation, &input))
            }
        };
        let (input, sites) = (self.input, self.sites);
        Case { id, input, mutation, expectation, control, sites, effects }
    }
}
