//! A Case: one request, what it breaks, and what an endpoint owes in return.

use serde::Serialize;
use serde_json::Value;

/// The stable name of a Case, `ivs.CreateChannel/length-above-max/name`: the same across runs, machines and seeds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

/// One request of one operation, valid or broken in exactly one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its stable name.
    pub id: CaseId,
    /// [`ivs_model::Service::id`] of the service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The input by member names, labels and queries included. Strings of the form `{channel.arn}` are
    /// placeholders that a pool fills in.
    pub input: Value,
    /// The one break, if the Case is invalid.
    pub mutation: Option<Mutation>,
    /// What the endpoint owes.
    pub expectation: Expectation,
    /// The twin that makes a pass mean something.
    pub control: Control,
    /// The sites this Case tests (one, with its polarity given by `mutation`).
    pub sites: Vec<Site>,
}

/// One constraint at one place of one operation's input, at any depth: the unit of coverage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Site {
    /// JSON pointer into the input by member names; list items and map values as `*`, map keys as `*key`.
    pub path: String,
    /// Which constraint.
    pub kind: SiteKind,
}

/// The kinds of constraint an input may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the model's own")]
pub enum SiteKind {
    Required,
    Type,
    MinLength,
    MaxLength,
    MinValue,
    MaxValue,
    Pattern,
    Enum,
    UniqueItems,
    /// Exactly one known member of a union.
    Union,
    TimestampFormat,
}

/// One break: what was done, where, and the value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutation {
    /// What was done.
    pub operator: Operator,
    /// Where, by kind of constraint.
    pub site: Site,
    /// The JSON pointer into `input` of the broken value.
    pub pointer: String,
    /// The value before; `None` if it was absent.
    pub before: Option<Value>,
    /// The value after; `None` if it was removed.
    pub after: Option<Value>,
}

/// The ways to break a constraint, in kebab case within case ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Operator {
    OmitRequired,
    NullRequired,
    WrongType,
    LengthBelowMin,
    LengthAboveMax,
    ValueBelowMin,
    ValueAboveMax,
    PatternMiss,
    EnumMiss,
    DuplicateItem,
    UnionNone,
    UnionTwo,
    UnionUnknown,
    TimestampMalformed,
}

/// What an endpoint owes for a Case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// The operation's success status.
    Accepted {
        /// Why we expect it.
        authority: Authority,
    },
    /// One of the named errors, code *and* status.
    Rejected {
        /// The answers that are right.
        errors: Vec<ExpectedError>,
        /// Why we expect it.
        authority: Authority,
    },
}

/// An error by name and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ExpectedError {
    /// The error name, such as `ValidationException`.
    pub code: String,
    /// Its HTTP status.
    pub status: u16,
}

/// Why an answer is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// Declared in the service model.
    Model,
    /// restJson1 or SigV4 demand it.
    Protocol,
    /// AWS prose says it.
    Documented,
    /// Recorded from AWS by someone.
    Observed,
    /// Our reading. A departure is a warning, never an error.
    Inferred,
}

/// The twin that shows that the endpoint can tell the difference (design section 3).
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// For `Rejected`: this valid input of the same operation must not be answered by that rejection.
    ValidTwin(Value),
    /// For `Accepted`: the answer echoes these input members (JSON pointers), or a read-back shows them.
    Echo(Vec<String>),
    /// For `Accepted` where nothing is echoed: this invalid input must be rejected.
    InvalidTwin(Value),
}
