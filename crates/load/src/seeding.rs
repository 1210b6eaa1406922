//! Setup and teardown of the seed data.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use ivs_generators::{Case, Placeholder};
use serde_json::{Value, json};

use crate::error::LoadError;
use crate::inspection::ExpectedAnswer;
use crate::scenario::{Scenario, StepRequest, UserContext};
use crate::seed_data::SeedData;
use crate::step::{StepCatalog, StepTemplate};
use crate::stop::StopHandle;
use crate::user::User;

/// The steps of setup and teardown. They are not part of the results.
pub(crate) struct SeedSteps {
    create: Arc<StepTemplate>,
    delete: Arc<StepTemplate>,
}

impl SeedSteps {
    pub(crate) fn new(catalog: &mut StepCatalog) -> Result<Self, LoadError> {
        Ok(Self { create: catalog.step("ivs.CreateChannel")?, delete: catalog.step("ivs.DeleteChannel")? })
    }
}

/// Returns the generators' invalid cases that can be sent repeatedly.
pub(crate) fn invalid_cases() -> Vec<Case> {
    let knowledge = ivs_model::bundled::knowledge();
    let plans = ivs_model::bundled::models().iter().map(|model| ivs_generators::systematic(model, knowledge));
    plans.flat_map(|plan| plan.cases).filter(is_self_contained).collect()
}

/// Returns whether a case names no resource, so that only its invalid part decides the response.
fn is_self_contained(case: &Case) -> bool {
    fn has_no_placeholder(value: &Value) -> bool {
        match value {
            Value::String(text) => text.parse::<Placeholder>().is_err(),
            Value::Array(items) => items.iter().all(has_no_placeholder),
            Value::Object(members) => members.values().all(has_no_placeholder),
            _ => true,
        }
    }
    !case.is_valid() && has_no_placeholder(&case.input.value())
}

/// Asks the endpoint for the actions of its control API. An endpoint without one offers none.
pub(crate) async fn control_actions(
    catalog: &StepCatalog,
    setup_user: &mut User,
) -> Result<BTreeSet<String>, LoadError> {
    let request = StepRequest::valid(&catalog.capabilities()?, Bytes::new());
    let answer = setup_user.exchange(&request).await.0.map_err(LoadError::Unreachable)?;
    let listed = answer.json().filter(|_| answer.status == 200).unwrap_or_default();
    let actions = listed.get("actions").and_then(Value::as_array).into_iter().flatten();
    Ok(actions.filter_map(|action| Some(action.get("name")?.as_str()?.to_owned())).collect())
}

/// Creates channels through `setup_user`. After a failure or a stop, `seed_data` contains the channels created so far,
/// so that they can be deleted.
pub(crate) async fn create_channels(
    seed_data: &mut SeedData,
    count: usize,
    steps: &SeedSteps,
    setup_user: &mut User,
    stop: &StopHandle,
) -> Result<(), LoadError> {
    let mut throttled = 0;
    while seed_data.channels.len() < count {
        if stop.is_requested() {
            return Err(LoadError::Stopped);
        }
        let name = format!("load-seed-{}", seed_data.channels.len());
        let request = StepRequest::json(&steps.create, &json!({ "name": name, "tags": seed_data.tags() }));
        let answer = setup_user.exchange(&request).await.0.map_err(LoadError::Unreachable)?;
        match (answer.text_at("/channel/arn"), answer.text_at("/streamKey/arn")) {
            (Some(arn), Some(stream_key)) if answer.status == 200 => {
                seed_data.push_channel(arn, stream_key);
                throttled = 0;
            }
            _ if answer.status == 429 && throttled < 10 => {
                throttled += 1;
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            _ => {
                return Err(LoadError::SetupRejected {
                    operation: steps.create.label.clone(),
                    status: answer.status,
                    error: answer.error_name().unwrap_or_default(),
                });
            }
        }
    }
    Ok(())
}

/// Deletes the channels and returns the ARNs of those that could not be deleted.
pub(crate) async fn delete_channels(seed_data: &SeedData, steps: &SeedSteps, setup_user: &mut User) -> Vec<String> {
    let mut left_behind = Vec::new();
    for channel in &seed_data.channels {
        let request = StepRequest::valid(&steps.delete, channel.get_body.clone()).expecting(ExpectedAnswer::Anything);
        if !setup_user.delete(&request).await {
            left_behind.push(channel.arn.clone());
        }
    }
    left_behind
}

/// The scenario of the setup user, which sends no requests.
pub(crate) struct IdleScenario;

impl Scenario for IdleScenario {
    fn next_request(&mut self, _: &mut UserContext) -> StepRequest {
        unreachable!("the setup user plays no scenario")
    }
}
