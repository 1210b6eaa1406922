//! The one stream of events of a run; renderers only consume it.

use ivs_model::{CaseId, ErrorPair, OperationId};

use crate::coverage::Coverage;
use crate::report::RunFacts;
use crate::{Finding, Report, Verdict};

/// What happens in a run, in the order in which it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run begins.
    RunStarted(Run),
    /// It is settled whether an operation is there.
    OperationProbed(Probe),
    /// A Case has its verdict.
    CaseJudged(CaseJudged),
    /// A divergence; the same one may come many times.
    FindingFound(Box<Finding>),
    /// What became of one declared error of one operation (suite `errors`).
    ErrorPair(ErrorPairState),
    /// Something a person should know; free of secrets.
    Note(String),
    /// The run ends with this report.
    RunEnded(Box<Report>),
}

/// What a run sets out to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The seed of everything random.
    pub seed: u64,
    /// The endpoint as reports name it.
    pub endpoint: String,
    /// When and by which command the run was started.
    pub facts: RunFacts,
    /// Where the endpoint is stated, and who signs the requests.
    pub target: String,
    /// Every operation asked for, with its number of sites.
    pub operations: Vec<PlannedOperation>,
    /// How many Cases are planned.
    pub cases: u64,
}

/// One operation that a run sets out to test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedOperation {
    /// The operation.
    pub operation: OperationId,
    /// The number of its sites.
    pub sites: u64,
}

/// What a run knows of the presence of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The operation.
    pub operation: OperationId,
    /// The coverage.
    pub coverage: Coverage,
}

/// One Case with its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseJudged {
    /// The case.
    pub case: CaseId,
    /// The checks this Case put to the test, with the site each was asked at.
    pub tried: Vec<(&'static str, String)>,
    /// The sites of the input it covers, with the polarity tried.
    pub sites: Vec<SiteTried>,
    /// Its verdict.
    pub verdict: Verdict,
}

/// One site of an input and the polarity with which a Case tries it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteTried {
    /// JSON pointer by member names, `*` for items.
    pub path: String,
    /// The kind of constraint, in kebab case.
    pub kind: String,
    /// Whether the Case keeps the constraint.
    pub valid: bool,
}

/// What became of one declared error of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPairState {
    /// The operation and the error.
    pub pair: ErrorPair,
    /// What became of it.
    pub state: PairState,
}

/// Whether a declared error was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairState {
    /// It was answered, with its status.
    Seen,
    /// This run can bring it about, and it did not come.
    NotSeen,
    /// This run cannot bring it about, and why.
    NotProvocable(String),
}
