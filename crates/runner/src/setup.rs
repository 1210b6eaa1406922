//! The steps of a situation, taken at the endpoint with resources of their own.

use std::collections::BTreeMap;

use ivs_client::{Signing, encode};
use ivs_generators::Placeholder;
use ivs_judge::RequestContext;
use ivs_model::CaseId;
use ivs_model::knowledge::{SetupAction, Step};
use ivs_pool::Resource;
use serde_json::Value;

use crate::bindings::Bindings;
use crate::layer::JudgedExchange;
use crate::operation_under_test::OperationUnderTest;
use crate::resource_document::resource_document;
use crate::setup_error::SetupError;

/// The kind of placeholders that stand for what a step has kept.
const KEPT: &str = "kept";
/// Stands for the number of an iteration.
const EACH: &str = "#each";

/// The setup of a situation at one endpoint: resources created for it alone, and the values that its steps keep.
pub struct Setup<'a> {
    under_test: &'a OperationUnderTest,
    case: CaseId,
    /// The resources, for the calls that the setup is made for.
    pub bindings: Bindings<'a>,
}

/// The steps and inputs of a setup.
pub struct SetupPlan<'s> {
    /// All steps that will be taken.
    pub steps: Vec<&'s Step>,
    /// Inputs of other calls that name the same resources.
    pub inputs: Vec<Value>,
    /// The number of iterations of the steps that contain `#each`.
    pub times: u64,
}

impl SetupPlan<'_> {
    /// The controls that the endpoint must offer.
    fn controls(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match &step.action {
            SetupAction::Control(name) => Some(name.as_str()),
            SetupAction::Call(_) => None,
        })
    }

    fn calls(&self) -> Vec<&str> {
        self.steps
            .iter()
            .filter_map(|step| match &step.action {
                SetupAction::Call(name) => Some(name.as_str()),
                SetupAction::Control(_) => None,
            })
            .collect()
    }

    /// Every placeholder of every iteration, except those of kept values.
    fn placeholders(&self) -> Value {
        let mut inputs: Vec<Value> = self.inputs.clone();
        inputs.extend(self.steps.iter().map(|step| object(&step.input)));
        let mut named = Vec::new();
        for input in inputs {
            for iteration in iterations(self.times) {
                let input = for_iteration(&input, iteration);
                let placeholders = Placeholder::all_in(&input).into_iter();
                named.extend(placeholders.filter(|it| it.kind != KEPT).map(|it| Value::String(it.to_string())));
            }
        }
        Value::Array(named)
    }
}

impl<'a> Setup<'a> {
    /// Creates the resources that the plan names. A control that the endpoint lacks is reported before anything is created.
    ///
    /// # Errors
    ///
    /// [`SetupError`] for the first step that failed.
    pub async fn begin(
        under_test: &'a OperationUnderTest,
        case: CaseId,
        setup_plan: &SetupPlan<'_>,
    ) -> Result<Self, SetupError> {
        let controls = under_test.run_context.controls(under_test.service()).await;
        if let Some(missing) = setup_plan.controls().find(|control| !controls.offers(control)) {
            return Err(SetupError::NoControl(missing.to_owned()));
        }
        let named = setup_plan.placeholders();
        let lease = under_test.pool.lease_apart(under_test.operation.id, &setup_plan.calls(), &[&named]).await;
        let mut lease = lease?;
        let resource = lease.references().find_map(|(value, _)| Resource::from_arn(value));
        if let Some((region, account)) = resource.as_ref().and_then(Resource::place) {
            lease.keep(kept("region"), region.to_owned());
            lease.keep(kept("account"), account.to_owned());
        }
        Ok(Self { under_test, case, bindings: Bindings::Leased(Box::new(lease)) })
    }

    /// Runs steps, those of one iteration if it is given. The first failure ends the setup.
    ///
    /// # Errors
    ///
    /// [`SetupError`] for the first step that failed.
    pub async fn run_steps(&mut self, steps: &[Step], iteration: Option<u64>) -> Result<(), SetupError> {
        for step in steps {
            let input = object(&step.input);
            let input = iteration.map_or_else(|| input.clone(), |iteration| for_iteration(&input, iteration));
            let input = self.bindings.fill(&input)?;
            let answer = match &step.action {
                SetupAction::Control(name) => {
                    let controls = self.under_test.run_context.controls(self.under_test.service()).await;
                    controls.act(name, &input).await?
                }
                SetupAction::Call(operation) => {
                    let answer = self.call(operation, &input).await?;
                    if self.is_update(operation) {
                        self.is_kept(operation, &input).await?;
                    }
                    answer
                }
            };
            for (name, pointer) in &step.keep {
                let value = answer.pointer(pointer).and_then(Value::as_str);
                let value = value.ok_or_else(|| SetupError::NoText(pointer.clone()))?;
                self.bindings.lease_mut().keep(kept(name), value.to_owned());
            }
        }
        Ok(())
    }

    /// Whether the operation of that name updates a resource.
    fn is_update(&self, operation: &str) -> bool {
        let service = self.under_test.run_context.catalog.service(self.under_test.service());
        service.is_some_and(|service| service.is_update(self.under_test.operation.id.sibling(operation)))
    }

    /// Runs steps once for each iteration, and calls `after` at the end of each.
    ///
    /// # Errors
    ///
    /// [`SetupError`] for the first step that failed.
    pub async fn run_each(
        &mut self,
        steps: &[Step],
        times: u64,
        mut after: impl FnMut(&Self, u64),
    ) -> Result<(), SetupError> {
        for iteration in iterations(times) {
            self.run_steps(steps, Some(iteration)).await?;
            after(self, iteration);
        }
        Ok(())
    }

    async fn call(&mut self, operation: &str, input: &Value) -> Result<Value, SetupError> {
        let OperationUnderTest { run_context, pool, model, .. } = self.under_test;
        let described = model.operation(operation).ok_or_else(|| SetupError::UnknownOperation(operation.to_owned()))?;
        let mut input = pool.tagged(described.id, input.clone());
        run_context.renew_tokens(model, described, &mut input, Some(self.bindings.lease_mut()));
        let request = encode(model, described, &input)?;
        let context = RequestContext::probe(&self.case);
        let JudgedExchange { exchange, answer } =
            run_context.send(described.id, request, &Signing::Valid, &context).await?;
        pool.track(self.bindings.lease_mut(), &exchange);
        match &exchange.outcome {
            Ok(response) if response.is_success() => Ok(response.json().unwrap_or(Value::Null)),
            _ => Err(SetupError::Refused { operation: operation.to_owned(), answer: Box::new(answer) }),
        }
    }

    /// An update that changes nothing brings nothing about, and what comes next must not be blamed for it.
    async fn is_kept(&mut self, operation: &str, input: &Value) -> Result<(), SetupError> {
        let about = ["arn", "identifier"].iter().find_map(|name| Resource::from_arn(input.get(name)?.as_str()?));
        let Some(resource) = about else { return Ok(()) };
        let Some(reader) = self.under_test.pool.getter(&resource.kind).cloned() else { return Ok(()) };
        let asked = reader.about(&resource.arn);
        let answer = self.call(reader.operation.name(), &asked).await?;
        let Some(document) = resource_document(&answer, &resource.arn) else { return Ok(()) };
        let is_lost =
            |(name, sent): &(&String, &Value)| document.get(name.as_str()).is_some_and(|shown| !is_in(sent, shown));
        match input.as_object().into_iter().flatten().find(is_lost) {
            Some((name, _)) => Err(SetupError::NotKept { operation: operation.to_owned(), member: name.clone() }),
            None => Ok(()),
        }
    }

    /// Returns the input with everything filled in.
    ///
    /// # Errors
    ///
    /// [`SetupError::Resource`] if nothing stands for a placeholder.
    pub fn fill(&self, input: &Value, iteration: Option<u64>) -> Result<Value, SetupError> {
        Ok(self.bindings.fill(&iteration.map_or_else(|| input.clone(), |iteration| for_iteration(input, iteration)))?)
    }

    /// Takes the last steps, each as far as it goes (of what never began there is nothing to end), and removes what was
    /// made.
    pub async fn tear_down(mut self, steps: &[Step], times: u64) {
        for step in steps {
            let step = std::slice::from_ref(step);
            if object(&step[0].input).to_string().contains(EACH) {
                for iteration in iterations(times) {
                    let _ = self.run_steps(step, Some(iteration)).await;
                }
            } else {
                let _ = self.run_steps(step, None).await;
            }
        }
        self.under_test.release(self.bindings).await;
    }
}

/// Whether all that was sent is in what is shown, which may have defaults beside it.
fn is_in(sent: &Value, shown: &Value) -> bool {
    match (sent, shown) {
        (Value::Object(sent), Value::Object(shown)) => {
            sent.iter().all(|(name, sent)| shown.get(name).is_some_and(|shown| is_in(sent, shown)))
        }
        _ => sent == shown,
    }
}

/// Turns count from 2: the first of a kind has no number in its placeholder.
fn iterations(times: u64) -> impl Iterator<Item = u64> {
    2..2 + times.max(1)
}

fn kept(name: &str) -> Placeholder {
    Placeholder { kind: KEPT.to_owned(), field: name.to_owned(), number: 1 }
}

/// The members as one JSON object.
pub fn object(members: &BTreeMap<String, Value>) -> Value {
    members.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The value with the number of the iteration in all its texts.
fn for_iteration(value: &Value, iteration: u64) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(EACH, &format!("#{iteration}"))),
        Value::Array(items) => items.iter().map(|item| for_iteration(item, iteration)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), for_iteration(member, iteration))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_turn_has_resources_of_its_own() {
        let input = json!({"arn": "{channel.arn#each}", "list": ["user#each"], "other": "{channel.arn}"});
        assert_eq!(
            for_iteration(&input, 3),
            json!({"arn": "{channel.arn#3}", "list": ["user#3"], "other": "{channel.arn}"})
        );
        assert_eq!(iterations(2).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn defaults_beside_what_was_sent_do_not_matter() {
        let shown = json!({"a": {"b": 1, "c": 2}, "d": ["x"]});
        assert!(is_in(&json!({"a": {"b": 1}}), &shown));
        for lost in [json!({"a": {"b": 2}}), json!({"a": {"e": 1}}), json!({"d": []}), json!({"d": {}})] {
            assert!(!is_in(&lost, &shown), "{lost}");
        }
    }

    #[test]
    fn what_is_kept_is_not_asked_of_the_pool() {
        let input = json!({"arn": "{stage.arn#each}", "participantId": "{kept.participant}"});
        let setup_plan = SetupPlan { steps: Vec::new(), inputs: vec![input], times: 2 };
        assert_eq!(setup_plan.placeholders(), json!(["{stage.arn#2}", "{stage.arn#3}"]));
    }
}
