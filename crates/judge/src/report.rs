//! The report of a run: the interface that users build on. Versioned; changes are additive.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::baseline_state::BaselineResult;
use crate::finding_counts::FindingCounts;
use crate::{Cause, Finding, RunStatus};

/// The version of the JSON form of [`Report`].
pub const SCHEMA: u32 = 1;

/// What a run found. Everything but `run`, `endpoint`, `duration_s` and `summary.retries` is the same for the same seed
/// on the same endpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// How far the run came: `status` is `complete`, `partial` or `unusable`; the latter two have a `status_reason`.
    #[serde(flatten)]
    pub status: RunStatus,
    /// When and by which command the report was made.
    #[serde(default)]
    pub run: RunFacts,
    /// The seed of everything random.
    pub seed: u64,
    /// The endpoint, as the user named it.
    pub endpoint: String,
    /// Where the endpoint is stated, and who signs the requests: `from AWS_ENDPOINT_URL, as access key test (built in)`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Wall time of the run in seconds.
    pub duration_s: f64,
    /// The numbers.
    pub summary: Summary,
    /// Every divergence once, sorted by service, operation, check, site.
    pub findings: Vec<Finding>,
    /// The findings by cause, the worst cause first. Each finding is a member of exactly one.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// One row for each operation asked for, sorted by service and name.
    #[serde(default)]
    pub operations: Vec<OperationRow>,
    /// Operations that the endpoint does not have, `ivs.GetStream`. Coverage, no divergence.
    #[serde(default)]
    pub not_implemented: Vec<String>,
    /// Operations that are there or may be, and none of whose cases could be judged, `ivs.TagResource`. Empty if the run was cut.
    #[serde(default)]
    pub not_judged: Vec<String>,
    /// Why cases were not judged or not run, with their number.
    #[serde(default)]
    pub unjudged: Vec<Unjudged>,
    /// Every site that was tried, with what came out for each polarity.
    #[serde(default)]
    pub sites: Vec<SiteRow>,
    /// Every declared error of every operation, and what became of it.
    #[serde(default)]
    pub errors: Vec<ErrorRow>,
    /// Things a person should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Resources that the run created and could not delete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_behind: Vec<LeftBehind>,
    /// The command that deletes them, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean_command: Option<String>,
    /// Why the endpoint could not be judged at all, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
    /// How the findings compare with the baseline of the run, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineResult>,
}

impl Report {
    /// Returns the finding that shows a cause best.
    pub(crate) fn example_of(&self, cause: &Cause) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.identity == cause.example)
    }

    /// Takes the findings out, where nothing shows that the endpoint serves anything: each would be told apart from no
    /// other, and all have one cause. A note says how many there were.
    pub(crate) fn withhold_findings(&mut self) {
        let count = self.findings.len();
        if count == 0 {
            return;
        }
        self.notes.push(format!("{count} findings are left out: no operation answered a valid call"));
        self.findings.clear();
        self.causes.clear();
        self.summary.causes = 0;
        self.summary.findings = FindingCounts::default();
        for row in &mut self.operations {
            row.findings = FindingCounts::default();
        }
    }
}

/// When and by which command a report was made. The sender knows; nothing of it changes what is found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFacts {
    /// The date and time in UTC at which the run began, `2026-11-29T08:43:58Z`.
    #[serde(default)]
    pub date: String,
    /// The version of the command.
    #[serde(default)]
    pub version: String,
    /// The API version of each service model, by short name.
    #[serde(default)]
    pub models: BTreeMap<String, String>,
    /// The command line, with secrets masked.
    #[serde(default)]
    pub command: String,
}

/// A resource that a run created and could not delete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Its ARN.
    pub arn: String,
    /// Why it is still there.
    pub reason: String,
}

/// The numbers of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Operations by coverage.
    pub operations: OperationCounts,
    /// Cases by verdict.
    pub cases: CaseCounts,
    /// Sites by whether a Case with a verdict tried them.
    pub sites: SiteCounts,
    /// Declared errors by what became of them.
    #[serde(default)]
    pub errors: ErrorCounts,
    /// Requests sent, retries left out.
    pub exchanges: u64,
    /// Requests sent again after throttling, a broken connection or a server that failed once.
    #[serde(default)]
    pub retries: u64,
    /// Findings by severity.
    pub findings: FindingCounts,
    /// The number of causes of the findings.
    #[serde(default)]
    pub causes: u64,
}

/// Operations by coverage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationCounts {
    /// Asked for.
    pub total: u64,
    /// Answered a valid call.
    pub exercised: u64,
    /// Answered a valid call as if they were not there.
    pub not_implemented: u64,
}

/// Cases by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCounts {
    /// Sent: all but those skipped and those not sent.
    pub run: u64,
    /// The contract is kept, and a control shows it.
    pub passed: u64,
    /// It is not.
    pub failed: u64,
    /// Could not be judged.
    pub indeterminate: u64,
    /// Do not apply, or may not be sent.
    pub skipped: u64,
    /// Not sent, because the run or the operation ended before them.
    #[serde(default)]
    pub not_sent: u64,
}

/// Sites by whether they were tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCounts {
    /// Of the operations asked for.
    pub total: u64,
    /// Tried by a Case that passed or failed.
    pub tested: u64,
}

/// Pairs of an operation and an error that it declares, by what became of them (suite `errors`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCounts {
    /// Of the operations asked for.
    pub total: u64,
    /// Answered with its status.
    pub seen: u64,
    /// Some case should have brought it about, and it did not come.
    pub not_seen: u64,
    /// Nothing brings it about; each has its reason.
    pub not_provocable: u64,
}

/// One operation in a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRow {
    /// The service id.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Whether it is there.
    pub coverage: CoverageRow,
    /// Why it is not there or could not be told; empty if it is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Its Cases by verdict.
    pub cases: CaseCounts,
    /// The same, suite by suite.
    #[serde(default)]
    pub suites: BTreeMap<String, CaseCounts>,
    /// Its sites.
    pub sites: SiteCounts,
    /// Its findings.
    pub findings: FindingCounts,
}

/// Whether an operation is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageRow {
    /// It answers a valid call.
    Exercised,
    /// It is not there.
    NotImplemented,
    /// It could not be told.
    #[default]
    Unknown,
}

/// Why some cases have no verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unjudged {
    /// The suite.
    pub suite: String,
    /// `indeterminate`, `skipped` or `not-sent`.
    pub verdict: String,
    /// The reason.
    pub reason: String,
    /// How many cases.
    pub cases: u64,
}

impl Unjudged {
    /// Returns the verdict and the reason as a person reads them: `not run`, and why, not `not run` twice.
    pub(crate) fn in_words(&self) -> (&str, &str) {
        match self.verdict.as_str() {
            "not-sent" => ("not run", self.reason.strip_prefix("not run: ").unwrap_or(&self.reason)),
            verdict => (verdict, &self.reason),
        }
    }
}

/// One site of one operation and what came out, each polarity apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRow {
    /// `ivs.CreateChannel`.
    pub operation: String,
    /// JSON pointer by member names, `*` for items.
    pub path: String,
    /// The kind of constraint.
    pub kind: String,
    /// What became of Cases that keep the constraint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Trial>,
    /// What became of Cases that break it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Trial>,
}

/// What came out of the Cases of one polarity at one site: the worst of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trial {
    /// None was run.
    Skipped,
    /// None could be judged.
    Indeterminate,
    /// At least one passed and none failed.
    Passed,
    /// At least one failed.
    Failed,
}

/// One declared error of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRow {
    /// The service id.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The error's name.
    pub error: String,
    /// `seen`, `not-seen` or `not-provocable`.
    pub state: String,
    /// Why it cannot be provoked; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}
