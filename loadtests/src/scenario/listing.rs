//! Walks over all pages of a populated account: complete, nothing twice, pages kept to their bound.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use ivs_generators::Authority;
use rand::Rng;
use serde::Deserialize;
use serde_json::json;

use super::{Call, Desk, Reply, Scenario, body, missing, step};
use crate::LoadError;
use crate::inspection::Breach;
use crate::template::{Catalogue, Template};

/// The page sizes that walks take: small, middling, and the model's maximum.
const PAGE_SIZES: [usize; 3] = [10, 25, 100];

/// The one step.
pub(crate) struct Steps {
    list: Arc<Template>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self { list: step(catalogue, "ivs", "ListChannels", "")? }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow)]
    channels: Vec<Summary<'a>>,
    #[serde(borrow, default)]
    next_token: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Summary<'a> {
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
}

/// One user's walk.
pub(super) struct Walk {
    steps: Arc<Steps>,
    token: Option<String>,
    page_size: usize,
    /// Those of the world's channels that this walk has met: only they are sure to stay.
    met: HashSet<usize>,
}

impl Walk {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps, token: None, page_size: PAGE_SIZES[0], met: HashSet::new() }
    }

    fn breach(check: &'static str, expected: String, actual: String) -> Breach {
        // What a listing shows while others write is not documented: a warning, unless the bound itself is broken.
        let authority = if check == "page-bound" { Authority::Model } else { Authority::Inferred };
        Breach { check, authority, pointer: "/channels", expected, actual, rule: "facts section 6" }
    }
}

impl Scenario for Walk {
    fn next(&mut self, desk: &mut Desk) -> Call {
        let input = match &self.token {
            Some(token) => json!({ "maxResults": self.page_size, "nextToken": token }),
            None => {
                self.met.clear();
                self.page_size = PAGE_SIZES[desk.random.random_range(0..PAGE_SIZES.len())];
                json!({ "maxResults": self.page_size })
            }
        };
        Call::valid(&self.steps.list, body(&input))
    }

    fn take(&mut self, desk: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let Some(answer) = reply.wanted() else {
            self.token = None;
            return None;
        };
        let Ok(page) = serde_json::from_slice::<Page<'_>>(&answer.body) else {
            self.token = None;
            return Some(missing("/channels"));
        };
        let mut breach = None;
        if page.channels.len() > self.page_size {
            let actual = format!("{} items", page.channels.len());
            breach = Some(Self::breach("page-bound", format!("at most {} items", self.page_size), actual));
        }
        for summary in &page.channels {
            let known = summary.arn.as_deref().and_then(|arn| desk.world.position(arn));
            if let Some(position) = known
                && !self.met.insert(position)
            {
                breach = Some(Self::breach("page-repeat", "each item once".to_owned(), "an item met twice".to_owned()));
            }
        }
        // An absent, null or empty token ends the walk (facts section 6).
        self.token = page.next_token.filter(|token| !token.is_empty()).map(Cow::into_owned);
        if self.token.is_none() && breach.is_none() && self.met.len() < desk.world.channels.len() {
            let expected = format!("all {} channels made before the run", desk.world.channels.len());
            breach = Some(Self::breach("page-loss", expected, format!("{} of them", self.met.len())));
        }
        breach
    }

    fn is_at_rest(&self) -> bool {
        self.token.is_none()
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        None
    }
}
