//! What a run is asked to do: which operations and suites, how much, how fast, and what it may touch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ivs_canonical::{Recording, Snapshots};
use ivs_client::RetryPolicy;
use ivs_generators::Depth;
use ivs_judge::{Reproducer, RunFacts};
use ivs_model::{CaseId, Model, Operation, SuiteName, glob_matches};
use ivs_pool::RunNonce;

use crate::Regressions;

/// The retries of a run: a disturbance of a few seconds must not cost a verdict.
pub(crate) const RETRY: RetryPolicy = RetryPolicy {
    max_attempts: 5,
    initial_backoff: Duration::from_millis(100),
    max_backoff: Duration::from_secs(3),
    recovery_window: Duration::from_secs(10),
};

/// The settings of one run. Two runs with equal settings, whatever their nonces, against equal endpoints give equal reports.
#[derive(Debug, Clone)]
pub struct Config {
    /// The endpoint as the report names it; requests go where the client sends them.
    pub endpoint: String,
    /// When and by which command the run was started: reports show it.
    pub facts: RunFacts,
    /// Where the endpoint is stated, and who signs the requests, as the report says it.
    pub target: String,
    /// How findings are shown: endpoints of `curl` lines, and the credentials that no text may hold.
    pub reproducer: Reproducer,
    /// The region that requests are signed for.
    pub region: String,
    /// Whether the endpoint is one region's alone, as hosts of AWS are. Others may serve the region that a signature
    /// names, so that another one is no fault there.
    pub is_single_region: bool,
    /// The seed of everything random.
    pub seed: u64,
    /// The source of every value that must be new in each run: idempotency tokens, public keys, unique names. It changes no
    /// report; two runs on one endpoint must not have the same.
    pub nonce: RunNonce,
    /// Random cases for each operation, beside the systematic ones.
    pub cases: u32,
    /// How deep in inputs the places are that have cases.
    pub depth: Depth,
    /// So many generated cases of one service are kept from the plan to the run. Those of further operations are dropped after
    /// use, and generated again. It changes no report; no service of IVS has as many as the default.
    pub kept_cases: usize,
    /// Calls under way at once, at least 1.
    pub concurrency: usize,
    /// What is tested.
    pub selection: Selection,
    /// When to stop early.
    pub budget: Budget,
    /// How calls are sent again that were throttled, or failed in a way that may pass by itself.
    pub retry: RetryPolicy,
    /// Whether calls may be sent that create, change or remove something. Without it such calls, malformed ones
    /// included, are skipped with that reason.
    pub allow_writes: bool,
    /// Marks everything that is created, with this value of the tag [`ivs_pool::RUN_TAG`], so that what a crash or a lost answer
    /// leaves is found again. Without it only the pool's own resources are marked.
    pub run_tag: Option<String>,
    /// Buckets, functions and the like that the endpoint really has, by placeholder kind (`s3-bucket`).
    pub externals: BTreeMap<String, String>,
    /// Whether made-up ones will do for the others: so with an emulator.
    pub sample_externals: bool,
    /// Whether the endpoint may be asked what it offers beside the services: an emulator's surface for tests. Only where it is
    /// on a loopback address.
    pub use_control_api: bool,
    /// Whether requests are signed at all. Unsigned runs skip the suite `auth`.
    pub sign_requests: bool,
    /// The canonical exchanges that the suite `snapshot` holds answers against.
    pub snapshots: Snapshots,
    /// Takes the canonical exchanges of this run, if they are to be recorded.
    pub recording: Option<Recording>,
    /// How long a read may lag behind a write before the write counts as lost: nothing at an emulator, seconds at a
    /// service that is only eventually consistent.
    pub consistency_wait: Duration,
    /// How long an endpoint may take to answer at first: one that is still starting is waited for.
    pub wait: Duration,
    /// Where sequences that fail are kept, and read from; none keeps nothing.
    pub regressions: Option<Arc<dyn Regressions>>,
    /// How long cleaning up may take at the end or after a cancellation.
    pub cleanup: Duration,
}

impl Default for Config {
    /// Everything, with writes, on an unnamed endpoint: what the embedded emulator gets.
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            facts: RunFacts::default(),
            target: String::new(),
            reproducer: Reproducer::new(7),
            region: "us-west-2".to_owned(),
            is_single_region: false,
            seed: 7,
            nonce: RunNonce::new(0),
            cases: 8,
            depth: Depth::default(),
            kept_cases: 10_000,
            concurrency: 8,
            selection: Selection::default(),
            budget: Budget::default(),
            retry: RETRY,
            allow_writes: true,
            run_tag: None,
            externals: BTreeMap::new(),
            sample_externals: true,
            use_control_api: true,
            sign_requests: true,
            snapshots: Snapshots::embedded(),
            recording: None,
            consistency_wait: Duration::ZERO,
            wait: Duration::ZERO,
            regressions: None,
            cleanup: Duration::from_secs(60),
        }
    }
}

/// When a run ends before its time. What is left then is indeterminate, with the budget as its reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// The longest a run may take, cleaning up not counted.
    pub time: Option<Duration>,
    /// The greatest number of requests.
    pub requests: Option<u64>,
    /// The number of failed cases that ends the run.
    pub failures: Option<u64>,
}

/// Which operations and suites are meant. An empty list means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids of services, such as `ivs-realtime`.
    pub services: Vec<String>,
    /// Globs over operation names in any case (`*` any text, `?` one character), such as `Create*`.
    pub operations: Vec<String>,
    /// The suites to run.
    pub suites: Vec<SuiteName>,
    /// The cases to run, each with what it needs and nothing else. Others run only where they are evidence for one of these,
    /// and get no verdict.
    pub cases: Vec<CaseId>,
}

impl Selection {
    /// Whether the operation is meant.
    #[must_use]
    pub fn holds(&self, model: &Model, operation: &Operation) -> bool {
        self.holds_service(model)
            && (self.operations.is_empty() || self.operations.iter().any(|glob| matches(glob, &operation.name)))
    }

    /// Whether the service is meant.
    #[must_use]
    pub fn holds_service(&self, model: &Model) -> bool {
        self.services.is_empty() || self.services.contains(&model.service.id)
    }

    /// Whether the suite is meant.
    #[must_use]
    pub fn holds_suite(&self, suite: SuiteName) -> bool {
        self.suites.is_empty() || self.suites.contains(&suite)
    }

    /// Whether the case is meant.
    #[must_use]
    pub fn holds_case(&self, case: &CaseId) -> bool {
        self.cases.is_empty() || self.cases.contains(case)
    }

    /// Whether a suite has a case that is meant.
    pub(crate) fn holds_case_of(&self, suite: SuiteName) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|case| case.suite == suite)
    }
}

/// Whether `text` as a whole matches `glob`, in any case.
fn matches(glob: &str, text: &str) -> bool {
    glob_matches(&glob.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glob_matches_the_whole_name() {
        assert!(matches("Create*", "CreateChannel"));
        assert!(matches("*Channel", "CreateChannel"));
        assert!(matches("Get?hannel", "GetChannel"));
        assert!(matches("*", ""));
        assert!(!matches("Create", "CreateChannel"));
        assert!(!matches("?", ""));
        assert!(!matches("*Room", "CreateRoomX"));
    }
}
