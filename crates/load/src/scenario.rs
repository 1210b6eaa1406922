//! Scenarios: state machines that turn responses into the next request. Every driver can run them.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use ivs_model::CaseId;
use rand::rngs::SmallRng;
use serde_json::Value;

use crate::class::AnswerClass;
use crate::error::LoadError;
use crate::inspection::{Breach, ExpectedAnswer};
use crate::seed_data::{SeedData, SeedNeeds};
use crate::step::{StepCatalog, StepTemplate};
use crate::transport::{HttpAnswer, Route};

/// A scenario that users of a run can execute. See the crate's page for how to add one.
pub trait ScenarioFactory: Send + Sync {
    /// The name in profiles and on the command line, in kebab case. Locust's user class is the same in camel case.
    fn name(&self) -> &'static str;

    /// A description in one line.
    fn about(&self) -> &'static str;

    /// The resources that must exist before the scenario starts.
    fn needs(&self) -> SeedNeeds {
        SeedNeeds::default()
    }

    /// Says what the scenario leaves out at an endpoint with this seed data, if anything.
    fn note(&self, seed_data: &SeedData) -> Option<String> {
        let _ = seed_data;
        None
    }

    /// Registers the scenario's steps, so that all users share their templates, and returns how to spawn its users.
    ///
    /// `seed_data` has no channels yet. They are created afterwards, and each user gets them in its [`UserContext`].
    ///
    /// # Errors
    ///
    /// [`LoadError`] if a step cannot be prepared.
    fn prepare(&self, catalog: &mut StepCatalog, seed_data: &SeedData) -> Result<ScenarioSpawner, LoadError>;
}

/// A prepared scenario: creates the state of one more user.
#[derive(Clone)]
pub struct ScenarioSpawner(Arc<dyn Fn() -> Box<dyn Scenario> + Send + Sync>);

impl ScenarioSpawner {
    /// Wraps a function that creates the state of one more user.
    pub fn new<S: Scenario + 'static>(spawn: impl Fn() -> S + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Box::new(spawn())))
    }

    /// Creates the state of one more user.
    #[must_use]
    pub fn spawn(&self) -> Box<dyn Scenario> {
        (self.0)()
    }
}

/// A scenario of a registry, identified by its name.
#[derive(Clone, Copy)]
pub struct ScenarioId(&'static dyn ScenarioFactory);

impl ScenarioId {
    /// Refers to a scenario.
    #[must_use]
    pub fn new(factory: &'static dyn ScenarioFactory) -> Self {
        Self(factory)
    }

    /// Finds the scenario of that name in a registry.
    #[must_use]
    pub fn find(registry: &[&'static dyn ScenarioFactory], name: &str) -> Option<Self> {
        registry.iter().find(|factory| factory.name() == name).map(|factory| Self(*factory))
    }
}

impl Deref for ScenarioId {
    type Target = dyn ScenarioFactory;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl fmt::Display for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScenarioId").field(&self.name()).finish()
    }
}

impl PartialEq for ScenarioId {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for ScenarioId {}

impl PartialOrd for ScenarioId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ScenarioId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

/// The behavior of one user. It sends nothing itself: a driver transports requests and replies.
pub trait Scenario: Send {
    /// Returns the next request.
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest;

    /// Receives the reply to the last request. Returns a breach that only the history of responses shows. By default, a scenario
    /// keeps no history.
    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let _ = (context, reply);
        None
    }

    /// Returns whether the user is between two iterations. By default, a request is an iteration.
    fn is_idle(&self) -> bool {
        true
    }

    /// Returns the next request that checks an invariant after the load, before the user cleans up. `receive` gets the
    /// reply. `None` when nothing is left to check.
    fn next_final_check(&mut self, context: &mut UserContext) -> Option<StepRequest> {
        let _ = context;
        None
    }

    /// Returns the next deletion that a leaving user still has to send, with the resource's name in case it fails.
    /// `None` when nothing is left. Each deletion is returned once. By default, a scenario creates nothing.
    fn next_cleanup(&mut self, context: &mut UserContext) -> Option<(StepRequest, String)> {
        let _ = context;
        None
    }
}

impl Scenario for Box<dyn Scenario> {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        (**self).next_request(context)
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        (**self).receive(context, reply)
    }

    fn is_idle(&self) -> bool {
        (**self).is_idle()
    }

    fn next_final_check(&mut self, context: &mut UserContext) -> Option<StepRequest> {
        (**self).next_final_check(context)
    }

    fn next_cleanup(&mut self, context: &mut UserContext) -> Option<(StepRequest, String)> {
        (**self).next_cleanup(context)
    }
}

/// The data of one user.
pub struct UserContext {
    /// The user's number in the run, from 0.
    pub number: u64,
    /// The user's own random number generator.
    pub random: SmallRng,
    /// The resources that were created before the load began.
    pub seed_data: Arc<SeedData>,
}

/// A request of a step, and the response that it expects.
pub struct StepRequest {
    /// The operation, prepared for sending.
    pub template: Arc<StepTemplate>,
    /// The route, if the template has none.
    pub route: Option<Arc<Route>>,
    /// The body.
    pub body: Bytes,
    /// The expected response.
    pub expect: ExpectedAnswer,
    /// The id of the generators' case, if the request comes from one.
    pub case: Option<CaseId>,
    /// True if the input is valid.
    pub valid: bool,
}

impl StepRequest {
    /// Creates a valid request that must succeed.
    #[must_use]
    pub fn valid(template: &Arc<StepTemplate>, body: Bytes) -> Self {
        Self {
            template: Arc::clone(template),
            route: None,
            body,
            expect: ExpectedAnswer::Success,
            case: None,
            valid: true,
        }
    }

    /// Creates a valid request with a JSON body that must succeed.
    #[must_use]
    pub fn json(template: &Arc<StepTemplate>, input: &Value) -> Self {
        Self::valid(template, Bytes::from(input.to_string()))
    }

    /// Replaces the expected response.
    #[must_use]
    pub fn expecting(mut self, expect: ExpectedAnswer) -> Self {
        self.expect = expect;
        self
    }
}

/// The reply to a request, as a scenario sees it.
pub struct StepReply<'a> {
    /// The class of the response.
    pub class: AnswerClass,
    /// The response, if there is one.
    pub answer: Option<&'a HttpAnswer>,
}

impl StepReply<'_> {
    /// The response, if it is the expected one.
    #[must_use]
    pub fn expected(&self) -> Option<&HttpAnswer> {
        self.answer.filter(|_| self.class == AnswerClass::Expected)
    }
}
