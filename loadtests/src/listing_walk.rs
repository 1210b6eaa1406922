//! Walks over all pages of a populated account: complete, without repeats, and with pages within their bound.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog, StepReply,
    StepRequest, StepTemplate, UserContext,
};
use rand::Rng;
use serde::Deserialize;
use serde_json::json;

/// The page sizes: small, medium, and the model's maximum.
const PAGE_SIZES: [usize; 3] = [10, 25, 100];

/// The scenario.
pub(crate) struct ListingWalk;

impl ScenarioFactory for ListingWalk {
    fn name(&self) -> &'static str {
        "listing-walk"
    }

    fn about(&self) -> &'static str {
        "walks over all pages of a populated account"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { channels: 120, ..SeedNeeds::default() }
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || Walk::new(Arc::clone(&steps))))
    }
}

/// The step.
struct Steps {
    list: Arc<StepTemplate>,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self { list: catalog.step("ivs.ListChannels")? }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow)]
    channels: Vec<ChannelSummary<'a>>,
    #[serde(borrow, default)]
    next_token: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ChannelSummary<'a> {
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
}

/// The state of one user.
struct Walk {
    steps: Arc<Steps>,
    token: Option<String>,
    page_size: usize,
    /// The seed channels seen in this walk. Other channels may come and go.
    seen: HashSet<usize>,
}

impl Walk {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps, token: None, page_size: PAGE_SIZES[0], seen: HashSet::new() }
    }

    fn breach(check: &'static str, expected: String, actual: String) -> Breach {
        // Listings during writes are not documented, so every problem but an exceeded page size is only a warning.
        let authority = if check == "page-bound" { Authority::Model } else { Authority::Inferred };
        Breach { check, authority, pointer: "/channels", expected, actual, rule: "facts: pagination" }
    }
}

impl Scenario for Walk {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let input = match &self.token {
            Some(token) => json!({ "maxResults": self.page_size, "nextToken": token }),
            None => {
                self.seen.clear();
                self.page_size = PAGE_SIZES[context.random.random_range(0..PAGE_SIZES.len())];
                json!({ "maxResults": self.page_size })
            }
        };
        StepRequest::json(&self.steps.list, &input)
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let Some(answer) = reply.expected() else {
            self.token = None;
            return None;
        };
        let Ok(page) = serde_json::from_slice::<Page<'_>>(&answer.body) else {
            self.token = None;
            return Some(Breach::missing("/channels"));
        };
        let mut breach = None;
        if page.channels.len() > self.page_size {
            let actual = format!("{} items", page.channels.len());
            breach = Some(Self::breach("page-bound", format!("at most {} items", self.page_size), actual));
        }
        for summary in &page.channels {
            let known = summary.arn.as_deref().and_then(|arn| context.seed_data.position(arn));
            if let Some(position) = known
                && !self.seen.insert(position)
            {
                breach = Some(Self::breach("page-repeat", "each item once".to_owned(), "an item met twice".to_owned()));
            }
        }
        // An absent, null or empty token ends the walk (fact `page-last-token`).
        self.token = page.next_token.filter(|token| !token.is_empty()).map(Cow::into_owned);
        if self.token.is_none() && breach.is_none() && self.seen.len() < context.seed_data.channels.len() {
            let expected = format!("all {} channels created before the run", context.seed_data.channels.len());
            breach = Some(Self::breach("page-loss", expected, format!("{} of them", self.seen.len())));
        }
        breach
    }

    fn is_idle(&self) -> bool {
        self.token.is_none()
    }
}
